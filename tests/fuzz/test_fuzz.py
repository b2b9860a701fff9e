"""What reads foreign bytes, fuzzed: the JSON reader, the manifest loader, the wheel gate and the reference grammar."""

import base64
import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ice_core.canonical import canonical_bytes
from ice_core.errors import IceError
from ice_core.manifest_sources import Origin
from ice_core.references import evaluate, evaluate_condition, parse_condition, parse_template
from ice_core.strict_json import JsonObject, JsonValue, parse_any_json
from ice_core.trust import verify_manifest
from ice_core.wheels import read_wheel
from tests.builders.archives import RawMember, raw_archive
from tests.builders.keys import key_record, key_store
from tests.builders.manifests import manifest, signed
from tests.builders.wheels import plugin_wheel
from tests.fuzz.engine import fuzz

pytestmark = pytest.mark.fuzz

SUITE = Path(__file__).parents[1] / "data" / "json_test_suite" / "documents.json"
JSON_WORDS = [b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\u0000", b"\\ud800", b"1e400", b"-0", b"9007199254740993"]
JSON_WORDS += [b"null", b"true", b"NaN", b"Infinity", b"\xef\xbb\xbf", b"\xed\xa0\x80", b'"a":1,"a":1', b"[" * 70]
SCOPE: JsonObject = {"search": {"results": [{"title": "rain"}, {"title": None}], "count": 2}, "name": "x", "ok": True}
TEMPLATES = [
    b"{{ search.results[0].title or 'none' }}",
    b"a {{ name }} b {{ search['count'] }}",
    b"{{ missing or null }}",
]
CONDITIONS = [b"search.count >= 2 and not (name == 'x' or ok)", b"{{ ok }}", b"search.results[1].title == null"]
GRAMMAR = [
    b"{{",
    b"}}",
    b" or ",
    b" and ",
    b"not ",
    b"(",
    b")",
    b"[",
    b"]",
    b".",
    b"'",
    b'"',
    b"==",
    b"<=",
    b"-1e9",
    b"\\n",
]
GRAMMAR += [b"null", b"true", b"search", b"results", b"(" * 40, "\u202e".encode(), b"__class__", b"{% x %}", b"|upper"]
ZIP_WORDS = [
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"PK\x07\x08",
    b"../x",
    b"/etc/x",
    b"\\",
    b"\x00" * 8,
]
ZIP_WORDS += [b"evil.pth", b"acme/__init__.py", b"\x08\x00", b"\xff\xff\xff\xff", b"RECORD", b"\x14\x00", "ö".encode()]


def test_the_json_reader() -> None:
    """What is accepted is what the standard library reads, and survives its canonical form."""
    documents = [base64.b64decode(text) for text in json.loads(SUITE.read_text()).values()]

    def read(data: bytes) -> str:
        value = parse_any_json(data, where="x")
        assert json.loads(data) == value
        assert parse_any_json(canonical_bytes(value), where="x") == value
        return type(value).__name__

    found = fuzz(read, documents, words=JSON_WORDS, seed=1)

    assert found.inputs > len(documents)
    assert len(found.places) > 8


def test_the_manifest_loader() -> None:
    """Whatever is changed in a signed manifest, it is refused, or it says the very same."""
    good = signed(manifest())
    keys, now = key_store(key_record()), datetime(2026, 1, 1, tzinfo=UTC)
    text = json.dumps(good).encode()
    words = [
        *JSON_WORDS,
        b'"components"',
        b'"signature"',
        b'"$ref":"#/schemas/A"',
        b'"schemas":',
        b'"pattern":"(a+)+$"',
    ]

    def load(data: bytes) -> str:
        verified = verify_manifest(data, origin=ORIGIN, wheels=(), keys=keys, first_seen=now, strict=True)
        assert canonical_bytes(good) == canonical_bytes(verified.value)
        return "signed"

    found = fuzz(load, [text, json.dumps(good, indent=2).encode()], words=words, seed=2)

    assert found.accepted >= 2
    assert len(found.places) > 8


def test_a_manifest_of_any_shape() -> None:
    """Values changed below the text: what a parser cannot see is seen by the model, the schemas and the bounds."""
    keys, now = key_store(key_record()), datetime(2026, 1, 1, tzinfo=UTC)
    good = manifest()
    spare: list[JsonValue] = [None, True, -1, 1e308, "", "x" * 5000, "\u202e", [], {}, [{}], {"$ref": "#/schemas/X"}]
    spare += [
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
        {"pattern": "(a+)+$"},
        {"allOf": [{}] * 40},
        "../x:Y",
    ]

    def load(data: bytes) -> str:
        value = _reshaped(good, spare, random.Random(data))
        verified = verify_manifest(
            json.dumps(value).encode(), origin=ORIGIN, wheels=(), keys=keys, first_seen=now, strict=False
        )
        return verified.status

    found = fuzz(load, [b"0"], words=[b"1"], seed=3)

    assert len(found.places) > 8


def test_the_wheel_gate() -> None:
    """What is accepted holds what the standard library's reader finds under the same names."""
    filename, stored = plugin_wheel()
    _, deflated = plugin_wheel(compress=True)
    odd = raw_archive([RawMember(name=b"a.py", content=b"x"), RawMember(name=b"A.py", content=b"y")])
    good = [read_wheel(data, filename=filename) for data in (stored, deflated)]
    contents = [{name: wheel.read(name) for name in wheel.archive.names} for wheel in good]

    def read(data: bytes) -> str:
        wheel = read_wheel(data, filename=filename)
        # RECORD holds every member, so no change of bytes can be another content.
        assert {name: wheel.read(name) for name in wheel.archive.names} in contents
        return str(len(data) - len(stored))

    found = fuzz(read, [stored, deflated, odd], words=ZIP_WORDS, seed=4)

    assert found.accepted >= 2
    assert len(found.places) > 8


def test_the_reference_grammar() -> None:
    """What is read can be evaluated, and gives a JSON value or a refusal."""

    def read(data: bytes) -> str:
        text = data.decode("utf-8", "replace")
        try:
            template = parse_template(text)
        except IceError:
            return str(evaluate_condition(parse_condition(text), SCOPE))
        return type(evaluate(template, SCOPE)).__name__

    found = fuzz(read, [*TEMPLATES, *CONDITIONS], words=GRAMMAR, seed=5)

    assert found.accepted >= 2
    assert len(found.places) > 8


ORIGIN = Origin(kind="path", label="plugins.json")


def _reshaped(value: JsonValue, spare: list[JsonValue], chance: random.Random) -> JsonValue:
    if chance.random() < 0.04:
        return chance.choice(spare)
    if isinstance(value, list):
        items = [_reshaped(item, spare, chance) for item in value]
        return items * 2 if items and chance.random() < 0.03 else items
    if isinstance(value, dict):
        members = {name: _reshaped(item, spare, chance) for name, item in value.items() if chance.random() > 0.02}
        if chance.random() < 0.03:
            members[chance.choice(("x", "$ref", "$defs", "pattern", "not", "anyOf"))] = chance.choice(spare)
        return members
    return value
