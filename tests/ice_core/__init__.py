"""Tests of ice_core: formats, bytes, trust and registry."""
