"""Tests of ice_cli: whole outputs, exit codes, and what goes to which stream."""
