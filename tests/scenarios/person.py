"""A person at a terminal: a working folder, a home of their own, and `ice` in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.ice_cli.invoke import Outcome

# What a process needs to start; everything else of whoever runs the tests stays outside.
KEPT = ("PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "UV_CACHE_DIR")
# A machine that is busy with other work must not fail a test; what hangs still ends.
SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whose `HOME` is `home`, who works in `folder`, and who answers for `environ`."""

    folder: Path
    home: Path
    environ: dict[str, str]

    @property
    def iceos(self) -> Path:
        """Where their `~/.iceos` lies."""
        return self.home / ".iceos"

    def ice(
        self,
        *words: object,
        folder: Path | None = None,
        environ: "Mapping[str, str] | None" = None,
        seconds: float = SECONDS,
    ) -> Outcome:
        """Runs `ice` with these words; `environ` is put over their own."""
        return self.python("-m", "ice_cli", *words, folder=folder, environ=environ, seconds=seconds)

    def python(
        self,
        *words: object,
        folder: Path | None = None,
        environ: "Mapping[str, str] | None" = None,
        seconds: float = SECONDS,
    ) -> Outcome:
        """Runs this interpreter with these words."""
        done = subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=folder or self.folder,
            env={**self.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=seconds,
        )
        return Outcome(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def person_at(folder: Path, **variables: str) -> Person:
    """Someone who works in `folder` and has nothing in their home yet."""
    home = folder / "person"
    home.mkdir(mode=0o700)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return Person(folder=folder, home=home, environ={**kept, "HOME": str(home), "USER": home.name, **variables})


def done(outcome: Outcome) -> Outcome:
    """The outcome of a command that has to succeed; its own words if it did not."""
    assert outcome.code == 0, outcome.err or outcome.out
    return outcome
