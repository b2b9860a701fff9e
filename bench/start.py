"""Starting: what a person waits for before the first word, in multiples of a bare interpreter."""

import sys
from pathlib import Path

from bench.measure import Case, Group, python


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """Whole processes; the commands find an empty home folder."""
    home = str(folder / "empty-home")
    ice = str(Path(sys.executable).with_name("ice"))
    commands = (("--help",), ("plugins", "list"), ("runs", "list"), ("run", "--help"))
    imports = ("ice_core.unified_registry", "ice_sdk", "ice_orchestrator.run", "click", "pydantic", "cryptography.x509")
    cases = (
        python("python -c pass", "pass"),
        *(
            Case(
                name=" ".join(("ice", *arguments)),
                command=(sys.executable, ice, *arguments),
                whole=True,
                environment=(("ICEOS_HOME", home),),
            )
            for arguments in (commands[:2] if quick else commands)
        ),
        *(python(f"import {name}", f"import {name}") for name in (imports[:2] if quick else imports)),
    )
    return (Group(name="start", cases=cases, units=1, unit="process"),)
