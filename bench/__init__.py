"""Measurements as ratios to a floor or a peer of the same run; docs/how-to/measure.md tells how to read them."""
