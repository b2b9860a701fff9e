"""Units that the other packages share; it declares no component."""
