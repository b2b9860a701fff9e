"""An agent that answers questions over a table by calling permitted tools: without a model, and honest when lost."""
