"""How the two processes of an isolated call talk: one JSON object a line, over a socket that nothing prints to.

The first line goes to the component's process and says everything about the component; the wheel's bytes follow it.
Then the component's side tells that it is ready and gets the input; it tells what it touches, asks for calls, reports
tokens, and ends with the result or an error. The other side answers what was asked. Each line is read strictly and held
against its model: the component can write to the socket, too, and what it writes there is only ever data. Values travel
as JSON texts inside a line, so that they have the bounds that they have without it.
"""

import json
import socket
import threading
from typing import Annotated, Any, Final, Literal

from pydantic import PlainSerializer, PlainValidator, ValidationError

from ice_core.errors import IceError, Location
from ice_core.models.plugins import Permissions
from ice_core.models.wire import JsonArray, WireModel
from ice_core.refusal_form import read_refusal
from ice_core.strict_json import MAX_OUTPUT_BYTES, JsonObject, JsonValue, parse_json

MAX_LINE: Final = MAX_OUTPUT_BYTES + 64 * 1024


def _refusal(value: "IceError | JsonValue") -> IceError:
    return value if isinstance(value, IceError) else read_refusal(value)


# In the form of `IceError.to_json`, read strictly.
Refusal = Annotated[
    IceError, PlainValidator(_refusal), PlainSerializer(lambda error: error.to_json()["error"], return_type=dict)
]


class Start(WireModel):
    """Everything about a component but the wheel's bytes, of which there are `wheel_bytes`."""

    entry: dict[str, Any]
    schemas: dict[str, Any]
    digest: str
    origin: str | None
    wheel_name: str | None
    wheel_digest: str | None
    wheel_bytes: int
    listed: dict[str, list[str]]
    no_dynamic: bool
    home: str
    lock: str | None = None
    permissions: Permissions
    limits: dict[str, int]


class Call(WireModel):
    """The input, as a text, and what its context says; sent once the component is ready."""

    input: str
    run_id: str
    node_id: str
    idempotency_key: str


class Answer(WireModel):
    """What was asked under this number, as a text, or why it has no answer."""

    number: int
    value: str = "null"
    error: Refusal | None = None


class Told(WireModel):
    """One line of the component's process: exactly one of its members is given."""

    ready: Literal[True] | None = None
    seen: JsonArray[str] | None = None
    ask: int | None = None
    component: str | None = None
    arguments: str | None = None
    tokens: str | None = None
    result: str | None = None
    error: Refusal | None = None


def text_of(value: object) -> str:
    """A value as a JSON text; what JSON cannot say is left for the other side to refuse."""
    return json.dumps(value, separators=(",", ":"))


def value_of(text: str) -> JsonValue:
    """The value of such a text; whoever takes it holds it against its schema.

    Raises:
        IceError: `component-frame-invalid`.
    """
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise frame_invalid(f"a value that is no JSON: {error}") from error
    return value


def line_of(frame: WireModel) -> bytes:
    """The bytes of one line."""
    value: JsonObject = frame.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"


def told(line: bytes) -> Told:
    """What a line of the component's process says.

    Raises:
        IceError: `component-frame-invalid`.
    """
    try:
        return Told.model_validate(parse_json(line, where="the component's process", max_bytes=MAX_LINE))
    except ValidationError as error:
        raise frame_invalid(error.errors(include_url=False)[0]["msg"]) from error
    except IceError as error:
        raise frame_invalid(error.finding.message) from error


def frame_invalid(found: str) -> IceError:
    """The refusal of a line that is none of this protocol."""
    return IceError(
        "component-frame-invalid",
        "The process of an isolated component wrote something else than its answer",
        where=Location("the component's process"),
        expected="one JSON object a line, as iceos itself writes them",
        found=found,
        note="The process was ended. What a component prints goes elsewhere and never gets here by accident.",
        hints=("Run the component without `--isolate` in a test of its own to see what it does",),
    )


class Channel:
    """The component's side of the socket; safe to use from all of its threads."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")
        self._lock = threading.Lock()

    def send(self, frame: WireModel) -> None:
        """Writes one line."""
        with self._lock:
            self._connection.sendall(line_of(frame))

    def line(self) -> bytes:
        """The next line; empty when the other side is gone."""
        return self._file.readline()

    def read(self, count: int) -> bytes:
        """So many bytes."""
        return self._file.read(count)

    def close(self) -> None:
        """Closes this side."""
        self._file.close()
        self._connection.close()
