"""Starting: what a person waits for before the first word, in multiples of a bare interpreter."""

import sys
from pathlib import Path
from typing import Final

from bench.environments import peers_python
from bench.homes import home_of, synced
from bench.measure import Case, Group, python

LISTED: Final = 1_000


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """Whole processes, with nothing installed; then listing a thousand components, against importing click alone."""
    interpreter = sys.executable if quick else peers_python()
    empty = folder / "empty-home"
    commands = (("--help",), ("plugins", "list"), ("runs", "list"), ("run", "--help"))
    imports = ("ice_core.unified_registry", "ice_sdk", "ice_orchestrator.run", "click", "pydantic", "cryptography.x509")
    start = (
        python("python -c pass", "pass", interpreter=interpreter),
        *(_ice(interpreter, empty, *arguments) for arguments in (commands[:2] if quick else commands)),
        *(
            python(f"import {name}", f"import {name}", interpreter=interpreter)
            for name in (imports[:2] if quick else imports)
        ),
    )
    full = synced(home_of(folder / "home", LISTED).root, interpreter)
    listing = (
        python("import click", "import click", interpreter=interpreter),
        _ice(interpreter, full, "plugins", "list"),
        _ice(interpreter, full, "plugins", "show", "tool:tool_00500"),
    )
    return (
        Group(name="start", cases=start, units=1, unit="process"),
        Group(name=f"list {LISTED:,} components", cases=listing[: 2 if quick else 3], units=1, unit="process"),
    )


def _ice(interpreter: str, home: Path, *arguments: str) -> Case:
    """The console script, as an installation puts it beside its interpreter."""
    return Case(
        name=" ".join(("ice", *arguments)),
        command=(str(Path(interpreter).with_name("ice")), *arguments),
        whole=True,
        environment=(("ICEOS_HOME", str(home)),),
    )
