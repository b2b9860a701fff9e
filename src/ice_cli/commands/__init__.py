"""The commands, one module per verb or noun; each is imported only when it is run."""
