"""The pytest plugin: what it sees, what it lets pass, and that it costs nothing where nobody asked for it."""
