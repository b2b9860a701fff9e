"""The child process of discovery: imports the author's modules, describes what they declare, answers on its own file.

Standard output and error belong to the author's modules. The request is one JSON object on standard input; the answer
is one JSON object a line, the last of which is the result, a refusal or a failure.
"""

import errno
import importlib
import json
import os
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from ice_core.errors import Finding, IceError, Location, Severity
from ice_core.names import SemVer
from ice_sdk.declared import all_declared
from ice_sdk.entries import Described, check_whole, describe_all
from ice_sdk.network_refusal import NetworkRefusal
from ice_sdk.reachability import refuse_shared_ids, refuse_unreachable
from ice_sdk.refusals import DECLARATION_REFUSALS, DISK_FULL, gathered, refusal_in

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LEFT_OUT: Final = ("site-packages", "dist-packages", "test", "tests")


class _Answer:
    """The file that the parent reads, and what is being done, for the case that it fails."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._descriptor = int(request["answer"])
        self.root = Path(request["root"])
        self.network = NetworkRefusal(self.root)
        self.current: dict[str, Any] = {}

    def say(self, line: dict[str, Any]) -> None:
        """Writes one whole line."""
        data = json.dumps(line).encode("ascii") + b"\n"
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            _end_if_full(error)
            raise

    def importing(self, module: str, file: str) -> None:
        """Says what is imported next, so that the parent can name it if this process ends there."""
        self.current = {"module": module, "file": file}
        self.say({"importing": module, "file": file})

    def failed(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """The process's `excepthook`: a refusal of ours as it is, anything else as the failure of the module."""
        traceback.print_exception(kind, error, self._own_part(trace))
        _end_if_full(error)
        if isinstance(error, IceError):
            self.say({"refusal": error.to_json()["error"]})
            return
        if self.network.attempts:
            self.say({"refusal": self.network_refusal(kind, error).to_json()["error"]})
            return
        at, line = self._place(error, trace)
        said = [line for line in str(error).splitlines() if line.strip()]
        words = f"{kind.__name__}: {said[0]}" if said else kind.__name__
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        self.say({"failure": {**self.current, "at": at, "line": line, "exception": words, "missing": missing}})

    def network_refusal(self, kind: type[BaseException], error: BaseException) -> IceError:
        """The refusal of a module that would not do without the network."""
        findings = self.network_findings("error")
        return IceError(
            "discovery-network-refused",
            findings[-1].message,
            where=findings[-1].where,
            found=f"{kind.__name__}: {error}",
            note=findings[-1].note,
            hints=findings[-1].hints,
            details=findings[-1].details,
        )

    def network_findings(self, severity: Severity) -> list[Finding]:
        """What was refused, attempt by attempt."""
        module, file = self.current.get("module", ""), self.current.get("file", "")
        return [
            Finding(
                "discovery-network-refused",
                f"`{each.subject}` was asked for over the network while components were discovered, and refused",
                severity=severity,
                where=Location(self.relative(each.file), line=each.line) if each.file else Location(file),
                note="A manifest is made from the code alone, the same on every machine; nothing was sent.",
                hints=("Move what a module fetches at import into the component's function",),
                details={"subject": each.subject, "importing": module},
            )
            for each in self.network.attempts
        ]

    def _place(self, error: BaseException, trace: TracebackType | None) -> tuple[str | None, int | None]:
        # The innermost line of the author's own tree; a syntax error names its line itself.
        if isinstance(error, SyntaxError) and error.filename:
            return self.relative(error.filename), error.lineno
        frames = traceback.extract_tb(trace)
        own = [frame for frame in frames if Path(frame.filename).is_relative_to(self.root)]
        own = [frame for frame in own if not set(_LEFT_OUT) & set(Path(frame.filename).parts)] or own
        return (self.relative(own[-1].filename), own[-1].lineno) if own else (self.current.get("file"), None)

    def _own_part(self, trace: TracebackType | None) -> TracebackType | None:
        # Without the import machinery above the author's module, which says nothing about it.
        own = trace
        while own is not None and not Path(own.tb_frame.f_code.co_filename).is_relative_to(self.root):
            own = own.tb_next
        return own or trace

    def relative(self, file: str) -> str:
        """A file as people of the project call it."""
        path = Path(file)
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else file


def _end_if_full(error: BaseException) -> None:
    # An answer that nothing can be written to can only be the status.
    if isinstance(error, OSError) and error.errno in _FULL:
        os._exit(DISK_FULL)


def main() -> None:
    """Answers the request on standard input."""
    request = json.loads(sys.stdin.buffer.read())
    answer = _Answer(request)
    sys.excepthook = answer.failed
    refused: list[Finding] = []
    DECLARATION_REFUSALS.kept = refused
    for item in request["modules"]:
        answer.importing(item["module"], item["file"])
        importlib.import_module(item["module"])
    source = Path(request["source"])
    own = [item for item in all_declared() if _is_own(item.file, source)]
    named = [replace(item, file=answer.relative(item.file)) for item in own]
    declared = sorted(named, key=lambda item: (item.id, item.file, item.line))
    version = SemVer.parse(request["version"]) if request["version"] is not None else None
    described = Described(entries=(), schemas={})
    with gathered(refused):
        refuse_unreachable(declared, sys.modules)
    with gathered(refused):
        refuse_shared_ids(declared)
    with gathered(refused):
        described = describe_all(declared, version=version)
    if refused:
        raise refusal_in(refused, len(declared))
    # Here, where pydantic is loaded already; the parent adds when the manifest was made.
    check_whole(request["head"], described)
    components = [
        {"entry": entry, "file": item.file, "line": item.line}
        for item, entry in zip(declared, described.entries, strict=True)
    ]
    answer.say(
        {
            "components": components,
            "schemas": described.schemas,
            "network": list(answer.network.means),
            "warnings": [finding.to_json() for finding in answer.network_findings("warning")],
        }
    )
    # The answer is given: neither what modules left running nor what they want done at exit is waited for.
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


def _is_own(file: str, source: Path) -> bool:
    path = Path(file)
    return path.is_relative_to(source) and not set(_LEFT_OUT) & set(path.relative_to(source).parts)
