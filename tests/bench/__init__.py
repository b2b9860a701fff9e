"""The bench itself: what it measures, refuses and writes; never how long anything took."""
