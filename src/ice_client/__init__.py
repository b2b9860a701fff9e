"""The user's half of the marketplace: sign, bundle, publish, lock, install."""
