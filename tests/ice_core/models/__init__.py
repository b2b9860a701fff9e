"""Tests of ice_core.models, one module per module."""
