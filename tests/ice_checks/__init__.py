"""Tests of ice_checks."""
