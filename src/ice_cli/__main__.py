"""`python -m ice_cli`: the `ice` command without the console script."""

from ice_cli.main import main

main()
