"""Tests of what a component author imports."""
