"""The tests; each folder mirrors one of src, and tests/house holds the rules of the repository itself."""
