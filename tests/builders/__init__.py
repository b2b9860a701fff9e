"""Makers of real wheels, bundles, keys and archives for tests; each takes what a test says and fills in the rest."""
