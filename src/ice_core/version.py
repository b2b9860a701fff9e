"""The version of iceos, kept equal to pyproject.toml by a test; installed metadata would cost every start too much."""

from typing import Final

VERSION: Final = "1.0.0"
