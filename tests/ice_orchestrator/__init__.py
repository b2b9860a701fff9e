"""Running plans: the journal, the budget, the engine, verified imports and whole runs."""
