"""Whatever bytes a blueprint's file holds, compiling it ends in a plan or in findings, in nothing else."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ice_compiler.compiler import compile_blueprint
from ice_core.error_codes import ERROR_CODES
from ice_core.models.plan import plan_bytes
from ice_core.strict_json import JsonValue
from ice_core.unified_registry import Registry
from tests.ice_compiler.faulty import FAULTY, HEAD, whole
from tests.ice_compiler.parts import registry_of
from tests.ice_compiler.test_compiler import NEWS

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "blueprints"
FILES = [NEWS, *(path.read_text() for path in sorted(EXAMPLES.iterdir()))]
# What breaks parsers more often than other characters do.
SHARP = [
    *"{}[]:,-|>&*!%@`'\"\\#?~\n\r\t \0\x85\u2028\ufeff\u202e\U0001f600",
    "{{",
    "}}",
    "? ",
    "- ",
    "<<",
    "---",
    "\r\n",
]
WORDS = ["id", "type", "nodes", "tool", "when", "for_each", "item", "inputs", "null", "true", "1.2.0", "fetch", "$ref"]
TEXTS = st.lists(st.sampled_from([*SHARP, *WORDS]), max_size=30).map("".join)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | TEXTS, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The usual components."""
    return registry_of(Path(tmp_path_factory.mktemp("registry")))


def check(data: bytes, where: str, registry: Registry) -> None:
    """Compiles, and holds what comes out against what is promised of every compilation."""
    result = compile_blueprint(data, where=where, registry=registry)
    again = compile_blueprint(data, where=where, registry=registry)

    assert (result.plan is None) == any(finding.severity == "error" for finding in result.findings)
    assert [finding.to_json() for finding in result.findings] == [finding.to_json() for finding in again.findings]
    lines = result.source.split("\n")
    for finding in result.findings:
        assert finding.slug in ERROR_CODES
        assert finding.message.isprintable(), finding.message
        assert finding.where is not None
        line, column, length = finding.where.line, finding.where.column, finding.details.get("length", 1)
        if line is not None and column is not None and isinstance(length, int):
            assert 1 <= line <= len(lines), finding
            assert 1 <= column <= len(lines[line - 1]) + 1, finding
            assert 1 <= length <= max(len(lines[line - 1]) - column + 1, 1), finding
    if result.plan is not None and again.plan is not None:
        assert plan_bytes(result.plan) == plan_bytes(again.plan)


@given(st.binary(max_size=200), st.sampled_from(["a.yaml", "a.json"]))
def test_any_bytes(registry: Registry, data: bytes, where: str) -> None:
    """Not even text."""
    check(data, where, registry)


@given(TEXTS, st.sampled_from(["a.yaml", "a.json", "tail.yaml"]))
def test_any_text_of_what_parsers_fear(registry: Registry, text: str, where: str) -> None:
    """By itself, and behind a sound beginning."""
    check(((HEAD if where == "tail.yaml" else "") + text).encode("utf-8", errors="surrogatepass"), where, registry)


@given(VALUES, st.booleans())
def test_any_json_value(registry: Registry, value: JsonValue, inside: bool) -> None:
    """As the whole file, and as a node of a sound blueprint."""
    whole_value: JsonValue = {"schema_version": "1.2.0", "id": "x", "nodes": [value]} if inside else value
    check(json.dumps(whole_value).encode(), "a.json", registry)
    check(json.dumps(whole_value, ensure_ascii=False).encode("utf-8", errors="replace"), "a.yaml", registry)


def _mutants(text: str, seed: int, count: int) -> Iterator[str]:
    # A slip of the keyboard: a character lost, doubled or replaced, a line moved, a stretch cut out.
    chance = random.Random(seed)
    for _ in range(count):
        start = chance.randrange(len(text) + 1)
        end = min(start + chance.choice([0, 1, 1, 2, 8, 60]), len(text))
        yield text[:start] + chance.choice([*SHARP, *WORDS, "", "", text[start:end] * 2]) + text[end:]


@pytest.mark.parametrize("number", range(len(FILES)))
def test_a_slip_in_a_real_file(number: int, registry: Registry) -> None:
    """Each file with many slips; what still compiles is a plan."""
    for text in _mutants(FILES[number], seed=number, count=settings().max_examples):
        check(text.encode("utf-8", errors="surrogatepass"), "a.yaml", registry)


def test_a_second_slip_in_a_faulty_file(registry: Registry) -> None:
    """Findings of every kind, with something else wrong as well."""
    for seed, faulty in enumerate(sorted(FAULTY)[::4]):
        where, text = whole(faulty)
        for mutant in _mutants(text.replace("«", ""), seed=seed, count=2):
            check(mutant.encode("utf-8", errors="surrogatepass"), where, registry)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "a.yaml"),
        (b"", "a.json"),
        (b"\xef\xbb\xbfid: x\n", "a.yaml"),
        (b"\xff\xfei\x00d\x00", "a.yaml"),
        (b"- " * 100_000, "a.yaml"),
        (b"[" * 100_000, "a.json"),
        (b'{"a":' * 100_000, "a.json"),
        (b"a: " + b"{" * 70, "a.yaml"),
        (b"? " * 5_000, "a.yaml"),
        (b"a: &a [*a, *a]\n" * 2_000, "a.yaml"),
        (b'"' + b"\\" * 100_001, "a.json"),
        (b"x" * 2_000_000, "a.yaml"),
        (b"id: " + b"9" * 100_000, "a.yaml"),
        (b'{"budget": 1e' + b"9" * 1_000 + b"}", "a.json"),
    ],
)
def test_files_that_are_made_to_hurt(data: bytes, where: str, registry: Registry) -> None:
    """Deep, wide, self-referring, endless: refused, each in one pass."""
    check(data, where, registry)
