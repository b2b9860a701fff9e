"""Tests of ice_core, one module per module."""
