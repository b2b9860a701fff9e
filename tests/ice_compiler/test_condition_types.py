"""What no value can decide in a `when` is found where it stands; what some value can decide is left to the run."""

import itertools
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.references import evaluate_condition, parse_condition
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import Registry
from tests.ice_compiler.parts import INTEGER, STRING, STRINGS, blueprint, compiled, registry_of, tool

PROPERTIES: JsonObject = {
    "go": {"type": "boolean"},
    "name": STRING,
    "count": INTEGER,
    "ratio": {"type": "number"},
    "names": STRINGS,
    "maybe": {"type": ["string", "null"]},
    "either": {"type": ["string", "integer"]},
    "mode": {"enum": ["new", "old"]},
    "any": {},
}
SAMPLES: dict[str, list[JsonValue]] = {
    "go": [True, False],
    "name": ["", "a"],
    "count": [0, 7],
    "ratio": [0.5, 2],
    "names": [[], ["a"]],
    "maybe": [None, "a"],
    "either": ["a", 3],
    "mode": ["new", "old"],
    "any": [True, 1, "a", None],
}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The usual components."""
    return registry_of(Path(tmp_path_factory.mktemp("registry")))


def _found(condition: str, registry: Registry) -> list[tuple[str, str]]:
    inputs: JsonObject = {"type": "object", "properties": PROPERTIES, "required": [*PROPERTIES]}
    text = blueprint(tool("x", "echo", {}, when=condition), inputs=inputs)
    lines = text.split("\n")
    found = []
    for item in compiled(text, registry, where="x.json").findings:
        assert item.where is not None
        assert item.where.line is not None
        assert item.where.column is not None
        length = item.details["length"]
        assert isinstance(length, int)
        start = item.where.column - 1
        found.append((item.slug, lines[item.where.line - 1][start : start + length]))
    return found


@pytest.mark.parametrize(
    ("condition", "pointed_at"),
    [
        ("inputs.name", ["inputs.name"]),
        ("not inputs.count", ["inputs.count"]),
        ("inputs.go and inputs.name", ["inputs.name"]),
        ("inputs.go and (inputs.count or not inputs.names)", ["inputs.count", "inputs.names"]),
        ("inputs.names or inputs.go", ["inputs.names"]),
        ("inputs.go or inputs.maybe", ["inputs.maybe"]),
        ("inputs.go == true and 1", ["1"]),
        ("'x' or inputs.go", ["'x'"]),
        ("inputs.go and null", ["null"]),
        ("inputs.name < 3", ["inputs.name"]),
        ("3 >= inputs.mode", ["3"]),
        ("inputs.count > 'a' or inputs.ratio < inputs.name", ["inputs.count", "inputs.ratio"]),
        ("inputs.go < inputs.go", ["inputs.go"]),
        ("inputs.names > inputs.names", ["inputs.names"]),
        ("null > 1", ["null"]),
    ],
)
def test_what_cannot_be_decided_is_pointed_at(condition: str, pointed_at: list[str], registry: Registry) -> None:
    """Each part by itself, at any depth."""
    assert [("condition-type", part) for part in pointed_at] == _found(condition, registry)


@pytest.mark.parametrize(
    "condition",
    [
        "inputs.go",
        "not not inputs.go",
        "true and not false",
        "inputs.any",
        "inputs.any or inputs.go",
        "inputs.maybe or inputs.go",  # null counts as false, and the run tells whether it is one
        "null or inputs.go",
        "inputs.count < inputs.ratio",
        "inputs.either > 3",
        "inputs.either > 'a'",
        "inputs.maybe < 'z'",
        "inputs.mode != 3",
        "inputs.name == inputs.names",
        "inputs.any > inputs.any",
        "{{ inputs.go }}",
    ],
)
def test_what_some_value_decides_is_no_finding(condition: str, registry: Registry) -> None:
    """Whether it does is seen when the node runs."""
    assert [] == _found(condition, registry)


TERMS = [*(f"inputs.{name}" for name in SAMPLES), "true", "1", "0.5", "'a'", "null"]
ATOMS = [
    *TERMS,
    *(f"{left} {sign} {right}" for left, right in itertools.combinations(TERMS, 2) for sign in ("<", "==")),
]


def _decided(condition: str) -> set[bool]:
    # Whether the evaluator decides it, over every choice of the values that it names.
    names = [name for name in SAMPLES if f"inputs.{name}" in condition.split()]
    outcomes = set()
    for values in itertools.product(*(SAMPLES[name] for name in names)):
        try:
            evaluate_condition(parse_condition(condition), {"inputs": dict(zip(names, values, strict=True))})
            outcomes.add(True)
        except IceError as error:
            outcomes.add(error.slug != "condition-type")
    return outcomes


def test_the_compiler_and_the_evaluator_agree_on_what_can_never_be_decided(registry: Registry) -> None:
    """Every term and every comparison of two: told if and only if the evaluator refuses each of their values."""
    disagreed = [atom for atom in ATOMS if bool(_found(atom, registry)) != (_decided(atom) == {False})]

    assert [] == disagreed
