"""Tests of ice_compiler: blueprints against manifests, without importing a component."""
