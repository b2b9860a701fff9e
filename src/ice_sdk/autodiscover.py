"""Finds the decorated components of a source tree: read first, then only the modules that hold one are imported.

The import happens in a child process (`autodiscover_child`), so that the author's code leaves nothing behind here: no
module, no working directory, no line on standard output. The child starts with a fixed hash seed and without the
`PYTHON*` variables of whoever runs it. (`-I` would do the second but not the first: it ignores the seed, too.)
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, NoReturn

from ice_core.canonical import canonical_bytes
from ice_core.errors import Finding, IceError, Location
from ice_core.names import ComponentId
from ice_core.refusal_form import NotARefusal, read_finding, read_refusal
from ice_core.strict_json import MAX_REGISTRY_BYTES, JsonObject, JsonValue, parse_json
from ice_core.version import SCHEMA_VERSION
from ice_sdk.project import Project, read_project
from ice_sdk.source_scan import Candidate, scan

IMPORT_SECONDS: Final = 120.0
# The path comes first, since it decides where everything else comes from.
_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from ice_sdk.autodiscover_child import main; main()"
)
_SAID_LINES: Final = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One component of a source tree: its manifest entry, and where it is declared (file relative to the project)."""

    id: ComponentId
    entry: JsonObject
    file: str
    line: int

    @property
    def where(self) -> Location:
        """The place to name in messages."""
        return Location(self.file, line=self.line)


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """What a source tree declares, sorted by (node_type, name), and the schemas that the entries reach.

    Attributes:
        project: The project.
        components: What it declares.
        schemas: The schemas that their entries reach.
        network_refused_by: What refused the network to the child process; empty when nothing had to be imported.
        warnings: What was refused and went without, as a module that tried to reach a host and took no for an answer;
            and decorators that reading could not follow.
    """

    project: Project
    components: tuple[Found, ...]
    schemas: JsonObject
    network_refused_by: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()


def discover(root: Path, *, seconds: float = IMPORT_SECONDS) -> Discovery:
    """Every component that the project in `root` declares.

    Args:
        root: The folder of its pyproject.toml.
        seconds: How long importing the project's modules may take.

    Raises:
        IceError: `project-invalid`, `import-target-unreachable`, `component-declared-twice`, `module-import-failed`,
            `discovery-timeout`, `discovery-network-refused`, and what describing a component raises.
    """
    project = read_project(root.resolve())
    read = scan(project)
    if not read.candidates:
        # Here, and not at the top: it loads pydantic, which otherwise only the child process needs.
        from ice_sdk.entries import Described, check_whole

        check_whole(manifest_head(project), Described(entries=(), schemas={}))
        return Discovery(project=project, components=(), schemas={}, warnings=read.warnings)
    result = _in_child(project, read.candidates, seconds)
    components, schemas = result["components"], result["schemas"]
    found = [_found(item) for item in _list(components)]
    return Discovery(
        project=project,
        components=tuple(sorted(found, key=lambda item: item.id)),
        schemas=schemas if isinstance(schemas, dict) else {},
        network_refused_by=tuple(map(str, _list(result.get("network")))),
        warnings=(*read.warnings, *map(read_finding, _list(result.get("warnings")))),
    )


def manifest_head(project: Project) -> JsonObject:
    """What a project's manifest says about its distribution, in the order that people read; without `created`."""
    head: JsonObject = {"$schema": project.manifest_schema} if project.manifest_schema is not None else {}
    head["schema_version"] = SCHEMA_VERSION
    head["package"] = {"name": project.name, "version": project.version}
    if project.license is not None:
        head["license"] = project.license
    return head


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _found(item: JsonValue) -> Found:
    members = item if isinstance(item, dict) else {}
    entry, line = members["entry"], members["line"]
    assert isinstance(entry, dict)
    assert isinstance(line, int)
    return Found(
        id=ComponentId.parse(f"{entry['node_type']}:{entry['name']}"), entry=entry, file=str(members["file"]), line=line
    )


def _in_child(project: Project, candidates: tuple[Candidate, ...], seconds: float) -> JsonObject:
    with _scratch() as answer, _scratch() as words:
        request: JsonObject = {
            "answer": answer.fileno(),
            "root": str(project.root),
            "source": str(project.source),
            "modules": [{"module": item.module, "file": item.file} for item in candidates],
            "version": str(project.component_version) if project.component_version is not None else None,
            "head": manifest_head(project),
        }
        with subprocess.Popen(
            [sys.executable, "-P", "-s", "-c", _START, json.dumps(_import_path(project.source))],
            stdin=subprocess.PIPE,
            stdout=words,
            stderr=words,
            env=_environment(),
            cwd=project.root,
            pass_fds=(answer.fileno(),),
            start_new_session=True,
        ) as child:
            try:
                child.communicate(_one_line(request), timeout=seconds)
            except subprocess.TimeoutExpired:
                from ice_sdk.discovery_refusals import refuse_timeout

                refuse_timeout(_lines(answer), _said(words), seconds)
            finally:
                # Whatever ended the wait, an interrupt included: nothing goes on behind the caller's back.
                if child.poll() is None:
                    _end(child)
        lines = _lines(answer)
        said = _said(words)
    last = lines[-1] if lines else {}
    if "components" not in last:
        _refuse(last, child.returncode, said, project, candidates)
    return last


def _refuse(
    last: JsonObject, status: int, said: tuple[str, ...], project: Project, candidates: tuple[Candidate, ...]
) -> NoReturn:
    if "refusal" in last:
        with suppress(NotARefusal):
            raise _as_the_project_says(read_refusal(last["refusal"]), project)
    # Here, and not at the top: what mends an import is costly to find, and mostly not wanted.
    from ice_sdk.discovery_refusals import refuse_end, refuse_import

    if "failure" in last:
        refuse_import(last["failure"], said, project, candidates)
    refuse_end(last, status, said)


def _scratch() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile()
    except OSError as error:
        from ice_sdk.discovery_refusals import refuse_full_disk

        refuse_full_disk("before the modules were imported", found=error.strerror or str(error))


def _as_the_project_says(error: IceError, project: Project) -> IceError:
    # A refusal at import names files as Python does; people know them by their place in the project.
    for finding in (error.finding, *error.findings):
        where = finding.where
        if where is not None and Path(where.file).is_relative_to(project.root):
            file = Path(where.file).relative_to(project.root).as_posix()
            finding.where = Location(file, line=where.line, column=where.column, path=where.path)
    return error


def _import_path(source: Path) -> tuple[str, ...]:
    # Behind the standard library, which the tree must not shadow, and before an installed copy of the same packages.
    entries = [entry for entry in sys.path if entry and os.path.isabs(entry)]
    installed = (index for index, entry in enumerate(entries) if Path(entry).name in ("site-packages", "dist-packages"))
    index = next(installed, len(entries))
    return (*entries[:index], str(source), *entries[index:])


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON") or name == "PYTHONHOME"}
    return {**kept, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}


def _one_line(value: JsonObject) -> bytes:
    return canonical_bytes(value)


def _end(child: subprocess.Popen[bytes]) -> None:
    # The whole session, so that what the author's modules started ends, too. The child is not collected yet, so its
    # number is still its own.
    os.killpg(child.pid, signal.SIGKILL)


def _lines(answer: IO[bytes]) -> list[JsonObject]:
    answer.seek(0)
    return [
        parse_json(line, where="the discovery process", max_bytes=MAX_REGISTRY_BYTES)
        for line in answer.read().splitlines()
        if line.endswith(b"}")
    ]


def _said(words: IO[bytes]) -> tuple[str, ...]:
    words.seek(0)
    return tuple(words.read().decode("utf-8", errors="replace").splitlines()[-_SAID_LINES:])
