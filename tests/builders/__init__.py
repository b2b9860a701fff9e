"""Small real things that tests stand on: manifests, keys, wheels, home folders."""
