"""Compiled contracts: patterns that cannot backtrack, references that are never fetched, every violation named."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import jsonschema_rs
import pytest

from ice_core import contracts
from ice_core.contracts import Contract, compiled
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue
from tests.ice_core.schema_pairs import alone, pair, universe


class Listener:
    """A loopback server that counts who knocks, and answers nobody."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.knocks = 0
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                if connection.recv(4) == b"stop":
                    return
            self.knocks += 1

    def stop(self) -> None:
        """Ends the server; every earlier knock was counted by then."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"stop")
        self._thread.join()
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A running listener; the test stops it to read its count."""
    server = Listener()
    yield server
    if server._thread.is_alive():
        server.stop()


def _remote(port: int) -> list[JsonObject]:
    address = f"http://127.0.0.1:{port}"
    return [
        {"$ref": f"{address}/a"},
        {"$ref": f"{address}/a#/x"},
        {"$id": f"{address}/base", "$ref": "other"},
        {"$dynamicRef": f"{address}/a"},
        {"properties": {"a": {"items": {"$ref": f"{address}/a"}}}},
        {"$defs": {"A": {"$ref": f"{address}/a"}}},
        {"$schema": f"{address}/dialect", "x": {"$ref": f"{address}/a"}},
    ]


def test_nothing_is_ever_fetched(listener: Listener) -> None:
    """References to the network are refused, or mean nothing, and nobody knocks."""
    for schema in _remote(listener.port):
        with contextlib.suppress(IceError):
            compiled(schema, where="plugins.json").violations({"a": [1]})

    listener.stop()
    assert 0 == listener.knocks


def test_the_listener_would_have_seen_a_request(listener: Listener) -> None:
    """The count above is worth something."""
    with socket.create_connection(("127.0.0.1", listener.port)) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")

    listener.stop()

    assert 1 == listener.knocks


@pytest.mark.parametrize("reference", ["file:///etc/passwd", "file:plugins.json", "#/$defs/Absent", "urn:x:y"])
def test_a_reference_that_would_have_to_be_read_is_refused(reference: str) -> None:
    """No file is opened either."""
    with pytest.raises(IceError) as refusal:
        compiled({"$ref": reference}, where="plugins.json")

    assert "schema-invalid" == refusal.value.slug


@pytest.mark.parametrize(
    "pattern", ["(?=a)b", "(?!a)b", "(?<=a)b", "(?<!a)b", r"(a)\1", "[", "(", "a{1,100000}", "(x{1000}){1000}", "*a"]
)
@pytest.mark.parametrize("keyword", ["pattern", "patternProperties"])
def test_a_pattern_that_would_backtrack_or_blow_up_is_refused(pattern: str, keyword: str) -> None:
    """Look-around and back references need backtracking; huge repetitions need memory."""
    schema: JsonObject = {"items": {keyword: {pattern: {}} if keyword == "patternProperties" else pattern}}

    with pytest.raises(IceError) as refusal:
        compiled(schema, where="plugins.json")

    assert "schema-invalid" == refusal.value.slug
    assert refusal.value.where is not None
    assert refusal.value.where.path.startswith(f"items.{keyword}")


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^([a-z]+)*$", r"^(.*a){12}$", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_nested_quantifiers_cost_one_pass(pattern: str) -> None:
    """What takes a backtracking engine years: 50,000 characters that nearly match."""
    contract = compiled({"type": "string", "pattern": pattern}, where="plugins.json")
    text = "a" * 50_000 + "!"
    start = time.process_time()

    violations = contract.violations(text)

    assert time.process_time() - start < 0.5
    assert 1 == len(violations)


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"type": "text"}, "type"),
        ({"minimum": "1"}, "minimum"),
        ({"properties": {"a": {"required": "a"}}}, "properties.a.required"),
        ({"anyOf": [{}, {"multipleOf": 0}]}, "anyOf[1].multipleOf"),
    ],
)
def test_a_schema_that_is_none_is_refused_at_its_place(schema: JsonObject, path: str) -> None:
    """Against the meta-schema of draft 2020-12."""
    with pytest.raises(IceError) as refusal:
        compiled(schema, where="tool:a")

    assert "schema-invalid" == refusal.value.slug
    assert refusal.value.where is not None
    assert path == refusal.value.where.path


@pytest.mark.parametrize(
    ("instance", "paths"),
    [
        ({"rows": [1, 2]}, []),
        ({"rows": [1, "x", None]}, ["rows[1]", "rows[2]"]),
        ({"rows": 1, "more": 1}, ["", "rows"]),
        ({}, [""]),
        ([], [""]),
    ],
)
def test_every_violation_is_named_by_its_path(instance: JsonValue, paths: list[str]) -> None:
    """All at once; the root has the empty path."""
    schema: JsonObject = {
        "type": "object",
        "properties": {"rows": {"type": "array", "items": {"type": "integer"}}},
        "required": ["rows"],
        "additionalProperties": False,
    }

    violations = compiled(schema, where="x").violations(instance)

    assert paths == sorted(violation.path for violation in violations)
    assert all(violation.message and violation.path in repr(violation) for violation in violations)


def test_a_message_does_not_repeat_megabytes_or_control_characters() -> None:
    """A component's output may be large and hostile; its report is neither."""
    violations = compiled({"type": "integer"}, where="x").violations("\x1b[2J" + "a" * 1_000_000)

    assert 1 == len(violations)
    assert len(violations[0].message) < 1000
    assert violations[0].message.isprintable()


def test_formats_are_checked() -> None:
    """A format is part of the contract, not a remark."""
    contract = compiled({"format": "date"}, where="x")

    assert () == contract.violations("2026-02-28")
    assert 1 == len(contract.violations("2026-02-30"))


def test_equal_schemas_are_compiled_once() -> None:
    """Whatever the order of their members."""
    one = compiled({"type": "string", "minLength": 1}, where="x")
    other = compiled({"minLength": 1, "type": "string"}, where="x")

    assert one is other


def test_a_schema_of_two_components_is_compiled_once() -> None:
    """Whoever asks for it first."""
    one = compiled({"type": "string", "maxLength": 7}, where="the input of tool:a")
    other = compiled({"maxLength": 7, "type": "string"}, where="the output of tool:b")

    assert one is other


@pytest.mark.parametrize("where", ["the input of tool:a", "the input of tool:b"])
def test_a_schema_that_cannot_be_compiled_is_refused_where_it_stands(where: str) -> None:
    """The second time as the first."""
    with pytest.raises(IceError) as refusal:
        compiled({"type": "no such type"}, where=where)

    assert f"`{where}` holds a schema that cannot be used" == refusal.value.finding.message


def test_more_schemas_than_are_kept_are_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is let go."""
    monkeypatch.setattr(contracts, "_MOST_COMPILED", 3)
    monkeypatch.setattr(contracts, "_COMPILED", {})
    made = [compiled({"const": number}, where="x") for number in range(5)]

    assert [True] * 5 == [contract.is_kept_by(number) for number, contract in enumerate(made)]
    assert 3 == len(contracts._COMPILED)
    assert made[4] is compiled({"const": 4}, where="x")


@pytest.mark.parametrize("seed", range(2))
def test_the_quick_verdict_and_the_full_report_agree(seed: int) -> None:
    """Random schemas over the whole subset, each held against a universe of small values."""
    values, disagreed, verdicts = universe(), list[tuple[JsonValue, JsonValue]](), set[bool]()
    for number in range(60):
        schema = alone(pair(7_000_000 + seed * 1000 + number)[number % 2])
        with contextlib.suppress(IceError):  # outside what a manifest may declare
            contract = Contract(schema, where="x")
            library = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
            for value in values:
                every = [error.message for error in library.iter_errors(value)]
                verdicts.add(not every)
                if contract.is_kept_by(value) != (not every) or len(every) != len(contract.violations(value)):
                    disagreed.append((schema, value))

    assert [] == disagreed
    assert {True, False} == verdicts
