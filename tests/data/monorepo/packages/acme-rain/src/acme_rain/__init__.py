"""Rain."""
