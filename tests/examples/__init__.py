"""Tests of the plugin packages, blueprints and data under examples/: each one does what its page says."""
