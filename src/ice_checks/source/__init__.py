"""What the sources of a distribution say when they are read and not run: modules, names, what a component reaches."""
