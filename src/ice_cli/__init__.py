"""The `ice` command: arguments in, words out; no rule lives here."""
