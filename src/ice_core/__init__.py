"""Formats, bytes, trust and the registry; no network, no component code."""
