"""The component's side of an isolated call, served in a thread: what it tells, line by line."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ice_core.errors import IceError
from ice_core.models.wire import WireModel
from ice_core.strict_json import JsonObject
from ice_orchestrator.isolation.child import serve
from ice_orchestrator.isolation.frames import Channel, Start
from ice_orchestrator.isolation.isolated_caller import IsolatedCaller
from ice_orchestrator.isolation.limits import Limits
from ice_orchestrator.package_wheels import VerifiedWheels
from tests.builders.installed import plan_for
from tests.builders.plans import node
from tests.ice_orchestrator.isolation.packages import AGENTS, install
from tests.ice_orchestrator.packages import loaded

pytestmark = pytest.mark.usefixtures("clean_imports")


class Served:
    """One component that is served in a thread of this process; `tell` and `hear` are the other side's."""

    def __init__(self, home: Path, name: str) -> None:
        install(home)
        registry = loaded(home)
        component = f"{'agent' if name in AGENTS else 'tool'}:{name}"
        plan = plan_for(registry, node("n", component))
        caller = IsolatedCaller(plan, registry, no_dynamic=True, wheels=VerifiedWheels(registry.home), limits=Limits())
        registered, wheel = caller._load(plan.components[component], plan.packages["acme-alone"])
        assert wheel is not None
        self.start: Start = caller._start(registered, wheel)
        self.wheel = wheel.archive.data
        self.here, there = socket.socketpair()
        self.channel = Channel(there)
        self.here.settimeout(20)
        self.orphaned: list[int] = []
        self.patience = 20.0
        self._lines = self.here.makefile("rb")

    def begin(self, **members: object) -> None:
        """Starts serving, with these members of the start being others."""
        start = self.start.model_copy(update=members)
        self.here.sendall(self.wheel)
        self.thread = threading.Thread(
            target=lambda: serve(self.channel, start, orphaned=self.orphaned.append), daemon=True
        )
        self.thread.start()

    def call(self, **arguments: object) -> None:
        """Asks for the call."""
        value = {"input": json.dumps(arguments), "run_id": "r", "node_id": "n", "idempotency_key": "k"}
        self.tell(value)

    def tell(self, value: dict[str, Any]) -> None:
        """Writes a line."""
        self.here.sendall(json.dumps(value).encode() + b"\n")

    def hear(self) -> dict[str, Any]:
        """The next line that is not about what was seen."""
        while True:
            line: dict[str, Any] = json.loads(self._lines.readline())
            if "seen" not in line:
                return line

    def close(self) -> None:
        """The other side goes away."""
        self._lines.close()
        self.here.close()
        self.thread.join(self.patience)
        for thread in threading.enumerate():
            if thread.name == "iceos answers":
                thread.join(20)
        self.channel.close()


@pytest.fixture
def served(home: Path, request: pytest.FixtureRequest) -> Iterator[Served]:
    """The component that the test's parameter names."""
    made = Served(home, request.param)
    yield made
    made.close()


@pytest.mark.parametrize("served", ["slow", "stream", "fails", "bends"], indirect=True)
def test_a_call_ends_with_one_line(served: Served, request: pytest.FixtureRequest) -> None:
    """The result as a text, or the error."""
    served.begin()
    assert {"ready": True} == served.hear()
    served.call(**_arguments(request))

    answer = served.hear()

    if "result" in answer:
        assert json.loads(answer["result"]) in ("ABC", [0, 1])
    else:
        assert answer["error"]["slug"] in ("component-raised", "call-output-invalid")


def _arguments(request: pytest.FixtureRequest) -> JsonObject:
    name = request.node.callspec.params["served"]
    return {"count": 2} if name == "stream" else {} if name == "bends" else {"text": "abc"}


@pytest.mark.parametrize("served", ["asks"], indirect=True)
def test_questions_are_asked_and_answered(served: Served) -> None:
    """Tokens, and three calls at once, answered in another order."""
    served.begin()
    served.hear()
    served.call(text="a")
    tokens = served.hear()
    served.tell({"number": tokens["ask"]})
    asked = [served.hear() for _ in range(3)]
    for each in reversed(asked):
        served.tell({"number": each["ask"], "value": json.dumps(json.loads(each["arguments"])["text"].upper())})

    answer = served.hear()

    assert "7" == tokens["tokens"]
    assert ["tool:slow"] == sorted({f"tool:{each['component']}" for each in asked})
    assert ["A", "AA", "AAA"] == json.loads(answer["result"])


@pytest.mark.parametrize("served", ["asks_in_line"], indirect=True)
def test_a_question_that_is_refused_raises_in_the_component(served: Served) -> None:
    """With the very refusal."""
    served.begin()
    served.hear()
    served.call(text="a")
    asked = served.hear()
    refusal = IceError("wheel-digest-mismatch", "no", hints=("run this",)).to_json()["error"]
    served.tell({"number": asked["ask"], "error": refusal})

    answer = served.hear()

    assert refusal == answer["error"]


@pytest.mark.parametrize("served", ["waits_for_itself"], indirect=True)
def test_a_call_in_line_from_a_loop_is_refused(served: Served) -> None:
    """It would wait for itself."""
    served.begin()
    served.hear()
    served.call()

    assert "call-sync-in-async" == served.hear()["error"]["slug"]


@pytest.mark.parametrize("served", ["surroundings"], indirect=True)
@pytest.mark.parametrize(
    ("members", "slug"),
    [
        ({"wheel_digest": "sha256:" + "0" * 64}, "component-frame-invalid"),
        ({"wheel_name": "acme_alone-2.0.0-py3-none-any.whl"}, "component-raised"),
        ({"wheel_name": None, "wheel_digest": None}, "import-target-missing"),
        ({"listed": {}}, "component-not-in-manifest"),
    ],
    ids=["digest", "name", "no wheel", "nothing listed"],
)
def test_what_was_handed_over_is_checked_again(served: Served, members: dict[str, Any], slug: str) -> None:
    """Threat 28: time of check and use: the bytes, their name, and what the module registers."""
    served.begin(**members)

    assert slug == served.hear()["error"]["slug"]


@pytest.mark.parametrize("served", ["asks_in_line"], indirect=True)
def test_a_process_whose_other_side_is_gone_ends(served: Served) -> None:
    """Nobody is there to take a result."""
    # Not strict: what is served here is never finished, and a strict run is strict for the whole process.
    served.begin(no_dynamic=False)
    served.hear()
    served.call(text="a")
    served.hear()
    served.patience = 0.1  # the component waits for its answer for ever
    served.close()

    assert [70] == served.orphaned


@pytest.mark.parametrize("served", ["slow", "fails"], indirect=True)
def test_what_was_printed_is_out_before_the_end_is_told(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side may hang up at once, and then nothing ends the process before it is done."""
    told: list[str] = []
    send, flush = served.channel.send, sys.stdout.flush
    monkeypatch.setattr(sys.stdout, "flush", lambda: (told.__iadd__(["flushed"]), flush()))
    monkeypatch.setattr(served.channel, "send", lambda frame: (told.__iadd__([_word(frame)]), send(frame)))
    served.begin()
    served.hear()
    served.call(text="abc")
    served.hear()
    served.close()

    assert "flushed" == told[-2]
    assert told[-1] in ("result", "error")
    assert [] == served.orphaned


def _word(frame: WireModel) -> str:
    (word, *_) = frame.model_dump(exclude_defaults=True)
    return str(word)
