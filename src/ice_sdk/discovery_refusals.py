"""Why discovery went without an answer: a module that raised, ended the process or hung, or a full disk."""

import tempfile
from collections.abc import Sequence
from typing import NoReturn

from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.optional_dependencies import extra_bringing, read_extras
from ice_sdk.project import Project
from ice_sdk.refusals import DISK_FULL
from ice_sdk.source_scan import Candidate


def refuse_import(
    failure: JsonValue, said: tuple[str, ...], project: Project, candidates: Sequence[Candidate]
) -> NoReturn:
    """Refuses a module that raised while it was imported, with its components and the extra that would mend it."""
    members = failure if isinstance(failure, dict) else {}
    line = members.get("line")
    decorated = next((each.decorated for each in candidates if each.module == members.get("module")), ())
    missing = members.get("missing")
    extra = extra_bringing(missing, read_extras(*project.extras)) if isinstance(missing, str) else None
    raise IceError(
        "module-import-failed",
        f"`{members.get('module')}` cannot be imported: {members.get('exception')}",
        where=Location(str(members.get("at", members.get("file"))), line=line if isinstance(line, int) else None),
        expected=f"`{members.get('file')}` to import, since it holds {_listed(decorated)}",
        found=str(members.get("exception")),
        detail=said,
        note="The module was imported in a process of its own; nothing was written.",
        hints=(
            *((f"To install it, run `uv pip install -e '.[{extra}]'`",) if extra is not None else ()),
            f"To see it by itself, run `python -c 'import {members.get('module')}'` in the project's environment",
        ),
        details={
            "module": members.get("module"),
            "file": members.get("file"),
            "decorated": list(decorated),
            "missing": missing,
            "extra": extra,
        },
    )


def _listed(decorated: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in decorated) or "a component"


def refuse_end(last: JsonObject, status: int, said: tuple[str, ...]) -> NoReturn:
    """Refuses a module that ended the process while it was imported."""
    if status == DISK_FULL:
        refuse_full_disk(f"while `{last.get('importing', 'ice_sdk')}` was imported", said=said)
    raise IceError(
        "module-import-failed",
        f"importing `{last.get('importing', 'ice_sdk')}` ended the process, with status {status}",
        where=Location(str(last.get("file", "ice_sdk"))),
        expected="a module that can be imported without ending the process",
        found=f"exit status {status}" if status >= 0 else f"signal {-status}",
        detail=said,
        hints=("Put what a module does when it is run under `if __name__ == '__main__':`",),
        details={"module": last.get("importing"), "file": last.get("file")},
    )


def refuse_full_disk(when: str, *, said: tuple[str, ...] = (), found: str = "no space left") -> NoReturn:
    """Refuses to go on without room for the answer of the discovery process."""
    folder = tempfile.gettempdir()
    raise IceError(
        "file-not-written",
        f"nothing more could be written {when}",
        where=Location(folder),
        expected="room for temporary files",
        found=found,
        detail=said,
        note="Nothing else was written.",
        hints=(f"To see what is left, run `df -h {folder} .`", "To use another folder, set `TMPDIR`"),
    )


def refuse_timeout(lines: list[JsonObject], said: tuple[str, ...], seconds: float) -> NoReturn:
    """Refuses modules that take too long to import."""
    last = lines[-1] if lines else {}
    raise IceError(
        "discovery-timeout",
        f"importing `{last.get('importing', 'the modules')}` took longer than {seconds:g} seconds",
        where=Location(str(last.get("file", "ice_sdk"))),
        expected=f"the modules that hold components to import within {seconds:g} seconds",
        found="still importing",
        detail=said,
        note="The process was ended; nothing was written.",
        hints=("Move what a module does at import into the component's function",),
    )
