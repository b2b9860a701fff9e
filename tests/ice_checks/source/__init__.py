"""Tests of ice_checks.source."""
