"""The one strict parser: what it refuses, that nothing but an `IceError` escapes it, and what it costs."""

import contextlib
import json
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ice_core.canonical import canonical_bytes, printed_bytes
from ice_core.errors import IceError, Location
from ice_core.strict_json import MAX_BYTES, MAX_DEPTH, JsonValue, parse_any_json, parse_json, printable, type_name
from tests.ice_core.json_values import JSON_OBJECTS, JSON_VALUES

MALFORMED = [
    # Not UTF-8, or not plain UTF-8.
    ("json-not-utf8", b"\xef\xbb\xbf{}"),
    ("json-not-utf8", b"\xff\xfe{\x00}\x00"),
    ("json-not-utf8", b'{"a":"\xff"}'),
    ("json-not-utf8", b'{"a":"\xc0\xaf"}'),
    ("json-not-utf8", b'{"a":"\xed\xa0\x80"}'),
    ("json-not-utf8", b'{"a":"\xf4\x90\x80\x80"}'),
    ("json-syntax", "{}".encode("utf-16-be")),
    # Twin members: SQLite keeps the first, Python the last.
    ("json-duplicate-member", b'{"a":1,"a":2}'),
    ("json-duplicate-member", b'{"a":1,"a":1}'),
    ("json-duplicate-member", b'{"a":1,"\\u0061":2}'),
    ("json-duplicate-member", b'{"x":[{"y":{"a":1,"b":2,"a":3}}]}'),
    ("json-duplicate-member", b'{"":1,"":2}'),
    ("json-duplicate-member", b'{"__proto__":1,"__proto__":2}'),
    # Numbers that not every reader can hold.
    ("json-number-out-of-range", b'{"a":NaN}'),
    ("json-number-out-of-range", b'{"a":Infinity}'),
    ("json-number-out-of-range", b'{"a":-Infinity}'),
    ("json-number-out-of-range", b'{"a":1e400}'),
    ("json-number-out-of-range", b'{"a":-1e400}'),
    ("json-number-out-of-range", b'{"a":1e99999999999999999999}'),
    ("json-number-out-of-range", b'{"a":9007199254740992}'),
    ("json-number-out-of-range", b'{"a":-9007199254740992}'),
    ("json-number-out-of-range", b'{"a":18446744073709551616}'),
    ("json-number-out-of-range", b'{"a":9007199254740992.0}'),
    ("json-number-out-of-range", b'{"a":1e16}'),
    ("json-number-out-of-range", b'{"a":-123456789e12}'),
    ("json-number-out-of-range", b'{"a":' + b"9" * 100_000 + b"}"),
    ("json-number-out-of-range", b'{"a":-' + b"9" * 100_000 + b".5}"),
    # Halves of a pair, wherever a string can stand.
    ("json-lone-surrogate", b'{"a":"\\ud800"}'),
    ("json-lone-surrogate", b'{"a":"\\udc00\\ud800"}'),
    ("json-lone-surrogate", b'{"\\udfff":1}'),
    ("json-lone-surrogate", b'{"a":[["\\ud800"]]}'),
    ("json-lone-surrogate", b'{"a":[{"b":"x\\ud83dx"}]}'),
    # Nesting, refused before the parser could run out of stack.
    ("json-too-deep", b"[" * 100_000),
    ("json-too-deep", b'{"a":' * 100_000),
    ("json-too-deep", b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}"),
    ("json-too-deep", b'{"\\"[":"]]]]\\\\",' + b'"a":[' * 100),
    # Not a JSON document.
    ("json-syntax", b""),
    ("json-syntax", b" \n"),
    ("json-syntax", b"{"),
    ("json-syntax", b"}"),
    ("json-syntax", b"]" * 200 + b"[" * 100),
    ("json-syntax", b'{"a":1,}'),
    ("json-syntax", b"[1,]"),
    ("json-syntax", b"{'a':1}"),
    ("json-syntax", b"{a:1}"),
    ("json-syntax", b'{"a":01}'),
    ("json-syntax", b'{"a":+1}'),
    ("json-syntax", b'{"a":.5}'),
    ("json-syntax", b'{"a":5.}'),
    ("json-syntax", b'{"a":1e}'),
    ("json-syntax", b'{"a":0x10}'),
    ("json-syntax", b'{"a":1_000}'),
    ("json-syntax", '{"a":١}'.encode()),
    ("json-syntax", b'{"a":True}'),
    ("json-syntax", b'{"a":"\t"}'),
    ("json-syntax", b'{"a":"\x00"}'),
    ("json-syntax", b'{"a":"\\x41"}'),
    ("json-syntax", b'{"a":"\\u00g0"}'),
    ("json-syntax", b'{"a":"\\u+123"}'),
    ("json-syntax", b'{"a":"\\u0_12"}'),
    ("json-syntax", b'{"a":"'),
    ("json-syntax", b'{"a":"\\'),
    ("json-syntax", b'{} {"a":1}'),
    ("json-syntax", b"{}\x00"),
    ("json-syntax", b"\x0c{}"),
    ("json-syntax", b"\xc2\xa0{}"),
    ("json-syntax", b"/* a */{}"),
    ("json-syntax", b"{}// a"),
    # A root of another type.
    ("json-root-not-object", b"[]"),
    ("json-root-not-object", b"null"),
    ("json-root-not-object", b'"{}"'),
    ("json-root-not-object", b"1"),
]


@pytest.mark.parametrize(
    ("slug", "data"), MALFORMED, ids=[f"{slug}-{index}" for index, (slug, _) in enumerate(MALFORMED)]
)
def test_a_malformed_document_is_refused_by_its_reason(slug: str, data: bytes) -> None:
    """Each document would be read in two ways by two readers, or by none."""
    with pytest.raises(IceError) as refusal:
        parse_json(data, where="plugins.json")

    assert slug == refusal.value.slug
    assert refusal.value.where is not None
    assert "plugins.json" == refusal.value.where.file


@pytest.mark.parametrize("data", [b'"\\ud800"', b'["\\ud800"]', b'[["a","\\udc00"]]', b'[[],"\\udfff"]'])
def test_a_lone_surrogate_is_refused_outside_objects_too(data: bytes) -> None:
    """A root that is an array or a string has no object whose members would be looked at."""
    with pytest.raises(IceError) as refusal:
        parse_any_json(data, where="x")

    assert "json-lone-surrogate" == refusal.value.slug


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"{}", {}),
        (b' {"a" : [ ] }\r\n\t', {"a": []}),
        (b'{"a":9007199254740991,"b":-9007199254740991}', {"a": 2**53 - 1, "b": 1 - 2**53}),
        (b'{"a":1e21}', {"a": 1e21}),
        (b'{"a":1e-400}', {"a": 0.0}),
        (b'{"a":5e-324}', {"a": 5e-324}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a":"\\u0000\\/"}', {"a": "\0/"}),
        (b'{"a":{"a":{"a":1}}}', {"a": {"a": {"a": 1}}}),
        (b'{"a":"' + b"[{" * 500 + b'"}', {"a": "[{" * 500}),
        ('{"\u0661":"\u202e"}'.encode(), {"\u0661": "\u202e"}),
    ],
)
def test_a_well_formed_document_is_read_as_it_stands(data: bytes, value: JsonValue) -> None:
    """Nothing is repaired and nothing is lost; brackets in strings are not nesting."""
    read = parse_json(data, where="x")

    assert value == read


def test_sixty_four_levels_are_read_and_one_more_is_not() -> None:
    """The bound is exact."""
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    value = parse_any_json(deepest, where="x")

    assert isinstance(value, list)
    with pytest.raises(IceError, match="json-too-deep"):
        parse_any_json(b"[" + deepest + b"]", where="x")


def test_the_size_bound_is_exact_and_an_argument() -> None:
    """One byte over is refused before anything is decoded."""
    document = b'{"a":"' + b"x" * 92 + b'"}'

    value = parse_json(document, where="x", max_bytes=len(document))

    assert {"a": "x" * 92} == value
    with pytest.raises(IceError) as refusal:
        parse_json(b"\xff" * 101, where="x", max_bytes=len(document))
    assert "json-too-large" == refusal.value.slug
    assert "101 bytes" == refusal.value.finding.found


def test_a_syntax_error_names_line_and_column() -> None:
    """A person can go there."""
    with pytest.raises(IceError) as refusal:
        parse_json(b'{\n  "a": 1,\n  b\n}', where="plugins.json")

    assert Location("plugins.json", line=3, column=3) == refusal.value.where


def test_a_refusal_shows_hidden_characters_as_escapes() -> None:
    """A document's text cannot move the cursor of the person who reads the message."""
    with pytest.raises(IceError) as refusal:
        parse_json(b'{"\\u001b[2J\\u202e":1,"\\u001b[2J\\u202e":2}', where="x")

    assert "\\x1b[2J\\u202e" in refusal.value.finding.message
    assert "\x1b" not in str(refusal.value)
    assert "\u202e" not in str(refusal.value)


def _escapes(megabytes: int) -> bytes:
    return b'{"a":"' + b'\\"' * (megabytes * 512 * 1024 - 8) + b'"}'


def _open_strings(megabytes: int) -> bytes:
    return b'"\\' * (megabytes * 512 * 1024)


def _backslashes(megabytes: int) -> bytes:
    return b"\\" * (megabytes * 1024 * 1024)


def _members(megabytes: int) -> bytes:
    return b"{" + b",".join(b'"%07d":1' % number for number in range(megabytes * 80_000)) + b"}"


@pytest.mark.parametrize("document", [_escapes, _open_strings, _backslashes, _members])
def test_the_cost_of_a_document_grows_with_its_size_only(document: Callable[[int], bytes]) -> None:
    """4 MiB chosen to make a pattern backtrack take about four times what 1 MiB takes, where a square would take 16."""
    seconds = {}
    for megabytes in (1, 4):
        data = document(megabytes)
        start = time.process_time()
        with contextlib.suppress(IceError):
            parse_json(data, where="x", max_bytes=MAX_BYTES)
        seconds[megabytes] = time.process_time() - start

    assert seconds[4] < 10 * seconds[1] + 0.25


@given(JSON_VALUES)
@example(-0.0)
@example(1e21)
@example("\u2028\ufffe")
def test_an_accepted_value_survives_its_canonical_and_its_printed_form(value: JsonValue) -> None:
    """What was signed can be read again: canonical bytes and printed bytes hold the same value."""
    canonical = parse_any_json(canonical_bytes(value), where="x")
    printed = parse_any_json(printed_bytes(value), where="x")

    assert value == canonical
    assert value == printed
    assert canonical_bytes(value) == canonical_bytes(canonical)


@given(
    st.one_of(
        st.text('{}[]",:\\u0aedtrfnslN-+.1 \ud800\n', max_size=30).map(
            lambda text: text.encode("utf-8", "surrogatepass")
        ),
        st.binary(max_size=30),
    )
)
def test_nothing_but_a_refusal_escapes_and_what_is_read_survives(data: bytes) -> None:
    """Any bytes give an `IceError`, or a value whose canonical form gives it again."""
    try:
        value = parse_any_json(data, where="x")
    except IceError:
        return

    assert value == parse_any_json(canonical_bytes(value), where="x")
    assert value == json.loads(data)


@given(JSON_OBJECTS, st.data())
def test_a_repeated_member_is_refused_wherever_it_stands(members: dict[str, JsonValue], data: st.DataObject) -> None:
    """Whatever the object holds, one name twice is refused, also when the values agree."""
    name = data.draw(st.sampled_from(sorted(members))) if members else "a"
    pairs = [*members.items(), (name, 1), (name, 1)]
    shuffled = data.draw(st.permutations(pairs))
    document = "{" + ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in shuffled) + "}"

    with pytest.raises(IceError) as refusal:
        parse_json(document.encode(), where="x")

    assert "json-duplicate-member" == refusal.value.slug


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "an integer"),
        (1.5, "a number"),
        ("", "a string"),
        ([], "an array"),
        ({}, "an object"),
    ],
)
def test_types_have_their_json_names(value: JsonValue, name: str) -> None:
    """Messages speak of JSON, not of Python; a boolean is no integer."""
    named = type_name(value)

    assert name == named


@pytest.mark.parametrize(
    ("text", "shown"),
    [("café", "café"), ("a\nb", "a\\nb"), ("\x1b[0m", "\\x1b[0m"), ("\u200b", "\\u200b"), ("\ud800", "\\ud800")],
)
def test_printable_text_stays_and_hidden_text_is_escaped(text: str, shown: str) -> None:
    """What a terminal would hide or obey is written out."""
    escaped = printable(text)

    assert shown == escaped
