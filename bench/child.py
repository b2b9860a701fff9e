"""The process of one sample: it does what one function of the bench does, and prints what that took."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from bench.measure import Spent


def tell(work: Callable[..., Spent]) -> None:
    """Gives the arguments of the process to `work`, and prints what it spent."""
    print(json.dumps(asdict(work(*sys.argv[1:]))))
