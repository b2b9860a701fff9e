"""What the builder writes is what the grammar of references reads: paths, literals and dependencies, on random ones."""

from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from ice_core.reference_syntax import Constant, Path
from ice_core.references import parse_condition, parse_template
from ice_core.strict_json import JsonObject
from ice_sdk import Blueprint
from ice_sdk.blueprint import Reference
from tests.ice_sdk.json_paths import at

Steps: TypeAlias = list[str | int]

KEYS = st.text(st.characters(exclude_categories=["C"]), max_size=8) | st.sampled_from(
    ["a key", 'say "hi"', "it's", "back\\slash", "{{", "}}", "or", "line\nbreak", "tab\t", "0", "", "-", "é"]
)
STEPS: st.SearchStrategy[Steps] = st.lists(KEYS | st.integers(0, 10**6), max_size=4)
LITERALS = (
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | KEYS | st.floats(allow_nan=False, allow_infinity=False)
)
NODES = ("first", "second", "third-one", "fourth_4")


def reference(name: str, steps: Steps) -> Reference:
    found = Reference(name)
    for step in steps:
        found = found[step]
    return found


@given(STEPS)
def test_a_path_is_read_back_as_it_was_built(steps: Steps) -> None:
    (path,) = parse_template(str(reference("search", steps))).paths

    assert ("search", tuple(steps)) == (path.name, path.steps)


@given(st.lists(STEPS, min_size=1, max_size=3), LITERALS)
def test_a_fallback_is_read_back_with_its_literal(paths: list[Steps], literal: str | int | float | bool | None) -> None:
    built = reference("inputs", paths[0])
    for steps in paths[1:]:
        built = built | reference("first", steps)
    whole = parse_template(str(built | literal)).whole
    assert whole is not None
    last = whole.terms[-1]

    assert [tuple(steps) for steps in paths] == [term.steps for term in whole.terms if isinstance(term, Path)]
    assert isinstance(last, Constant)
    assert literal == last.value


@given(KEYS.filter(lambda text: "{{" not in text), STEPS)
def test_a_reference_inside_a_text_is_read_back(before: str, steps: Steps) -> None:
    template = parse_template(f"{before}{reference('search', steps)}.")

    assert [tuple(steps)] == [path.steps for path in template.paths]


@given(st.lists(st.tuples(st.sampled_from((*NODES, "inputs", "item")), STEPS), max_size=4))
def test_a_node_depends_on_what_the_compiler_will_read_there(references: list[tuple[str, Steps]]) -> None:
    flow = Blueprint.start("library.ask")
    for name in NODES:
        flow.tool("any", id=name)
    arguments = {f"a{index}": reference(name, steps) for index, (name, steps) in enumerate(references)}
    flow.tool("any", id="last", args={"whole": arguments, "text": " ".join(map(str, arguments.values()))})
    value: JsonObject = flow.to_json({"type": "object"})
    read = {path.name for path in parse_template(str(at(value, "nodes", 4, "tool_args", "text"))).paths}

    assert [name for name in NODES if name in read] == at(value, "nodes", 4, "dependencies")


@given(st.sampled_from(NODES), STEPS, LITERALS)
def test_a_condition_depends_on_what_the_compiler_will_read_there(
    name: str, steps: Steps, literal: str | int | float | bool | None
) -> None:
    flow = Blueprint.start("library.ask")
    for node in NODES:
        flow.tool("any", id=node)
    right = str(Reference("x") | literal).partition(" or ")[2].removesuffix(" }}")
    flow.tool("any", id="last", when=f"{str(reference(name, steps))[3:-3]} == {right}")
    condition = str(at(flow.to_json({"type": "object"}), "nodes", 4, "when"))

    assert [name] == at(flow.to_json({"type": "object"}), "nodes", 4, "dependencies")
    assert [name] == [path.name for path in parse_condition(condition).paths]
