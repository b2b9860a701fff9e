"""Runs `ice` inside the test's process and gives what a person would see."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ice_cli.main import run


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The exit code and both streams of one `ice` command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    @property
    def slug(self) -> str:
        """The slug of the refusal on standard error; `none` when there is none."""
        first = [line for line in self.err.splitlines() if line.startswith("error[")]
        return first[-1].partition("[")[2].partition("]")[0] if first else "none"


Ice = Callable[..., Outcome]


def invoker(capsys: pytest.CaptureFixture[str]) -> Ice:
    """A function that runs `ice` with these words."""

    def ice(*words: object) -> Outcome:
        capsys.readouterr()
        code = run([str(word) for word in words])
        output = capsys.readouterr()
        return Outcome(code=code, out=output.out, err=output.err)

    return ice
