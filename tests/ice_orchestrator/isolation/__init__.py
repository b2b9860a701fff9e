"""Tests of isolated calls."""
