"""An agent that answers questions over a table with a language model, which works through permitted tools only."""
