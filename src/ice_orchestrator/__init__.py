"""Runs compiled plans; the only place that imports component code."""
