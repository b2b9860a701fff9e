"""Behaviour of ice_client: keys, bundles, publishing, locking and installing."""
