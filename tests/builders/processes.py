"""The environment of a child process whose modules are looked at."""

import os
from typing import Final

# Without what has coverage measured in it: that loads a good part of the standard library first.
UNTRACED: Final = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))}
