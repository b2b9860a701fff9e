"""Normalised blueprints: what parses, every bound, and which component a node calls."""

from decimal import Decimal

import pydantic
import pytest

from ice_core.errors import IceError
from ice_core.models.blueprint import node_component_id, parse_blueprint
from ice_core.strict_json import JsonObject, JsonValue
from tests.ice_core.models.documents import bracketed, changed, full_blueprint, without

NODE = "nodes.0"


def _refusal(blueprint: JsonObject) -> IceError:
    with pytest.raises(IceError) as refusal:
        parse_blueprint(blueprint, where="news.yaml")
    assert "blueprint-invalid" == refusal.value.slug
    return refusal.value


def _places(error: IceError) -> set[str]:
    findings = error.findings or (error.finding,)
    return {finding.where.path for finding in findings if finding.where is not None}


def test_a_full_blueprint_parses_and_names_what_it_calls() -> None:
    """Each type of node says its component and its arguments in the names that iceOS blueprints have."""
    blueprint = parse_blueprint(full_blueprint(), where="x")

    assert [
        ("tool:memory_search_tool", {"query": "{{ inputs.query }}", "limit": 5}),
        ("agent:qa_agent", {"docs": "{{ search.results }}"}),
        ("workflow:store_answer", {"text": "{{ answer.text }}"}),
    ] == [(str(node_component_id(node)), node.arguments) for node in blueprint.nodes]
    assert Decimal("0.5") == blueprint.budget


def test_a_blueprint_survives_model_and_dump() -> None:
    """What was left out stays out."""
    blueprint = parse_blueprint(full_blueprint(), where="x")

    dumped = blueprint.model_dump(mode="json", exclude_unset=True)

    assert full_blueprint() == dumped


def test_what_is_left_out_has_its_default() -> None:
    """The least blueprint is an id and an empty list of nodes."""
    blueprint = parse_blueprint({"schema_version": "1.2.0", "id": "a", "nodes": []}, where="x")

    assert ({"type": "object"}, {}, {}, None) == (
        blueprint.inputs,
        blueprint.outputs,
        blueprint.metadata,
        blueprint.budget,
    )


WRONG: list[tuple[str, list[JsonValue]]] = [
    ("schema_version", ["1.0.0", "1.2", 1.2, None]),
    ("id", ["", "-a", "a b", "a/b", "../a", "a" * 257, "a\n", 1]),
    ("metadata", [[], "x"]),
    ("inputs", [[], None, "x"]),
    ("nodes", [{}, None, [1], [None]]),
    ("outputs", [[], "x"]),
    ("budget", [-1, -0.0, True, "0.5", 1e7]),
    (NODE, [{}, {"id": "a"}, {"id": "a", "type": "llm"}, {"id": "a", "type": "Tool"}, {"id": "a", "type": None}]),
    (f"{NODE}.id", ["", "1a", "a b", "a.b", "a" * 129, "a\n", 1]),
    (f"{NODE}.tool_name", [1, None]),
    (f"{NODE}.tool_args", [[], "x", None]),
    (f"{NODE}.dependencies", ["a", [1], ["a b"], None]),
    (f"{NODE}.version", [1, "x" * 129]),
    (f"{NODE}.when", [True, 1, "x" * 4097]),
    (f"{NODE}.for_each", [1, {}, True, "x" * 4097]),
    (f"{NODE}.max_items", [0, -1, 100_001, 1.5, "1", True]),
    (f"{NODE}.max_tokens", [-1, 10**9 + 1, "1", True]),
    (f"{NODE}.timeout_seconds", [-1, 31_536_001, "30", True, float("inf"), float("nan")]),
    (f"{NODE}.retry_policy", [1, [], True]),
    (f"{NODE}.retry_policy.max_attempts", [0, 101, 1.5, "3", True]),
    (f"{NODE}.retry_policy.backoff_strategy", ["random", "", 1]),
    (f"{NODE}.retry_policy.backoff_seconds", [-1, "1", float("inf")]),
    ("nodes.1.package", [1, None]),
    ("nodes.1.agent_config", [[]]),
    ("nodes.2.workflow_ref", [1, None]),
    ("nodes.2.config_overrides", [[]]),
]


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, values in WRONG for value in values])
def test_a_member_of_the_wrong_form_is_refused_at_its_place(path: str, value: JsonValue) -> None:
    """The path is the document's own: no branch of a union is a step of it."""
    error = _refusal(changed(full_blueprint(), path, value))

    assert all(place.startswith(bracketed(path)) for place in _places(error))


@pytest.mark.parametrize(
    "path", ["schema_version", "id", "nodes", f"{NODE}.id", f"{NODE}.tool_name", "nodes.1.package"]
)
def test_a_required_member_is_named_where_it_is_missing(path: str) -> None:
    """In nodes too, whose type decides what they need."""
    error = _refusal(without(full_blueprint(), path))

    assert {bracketed(path)} == _places(error)
    assert "is missing" in error.finding.message


@pytest.mark.parametrize("path", ["colour", f"{NODE}.package", "nodes.1.tool_name", f"{NODE}.retry_policy.jitter"])
def test_an_unknown_member_is_refused_by_name(path: str) -> None:
    """A member of another type of node is unknown in this one."""
    error = _refusal(changed(full_blueprint(), path, "x"))

    assert {bracketed(path)} == _places(error)
    assert "is a member that this version does not know" in error.finding.message


def test_a_node_that_names_no_component_is_refused_when_it_is_bound() -> None:
    """The model takes any text, so that a half-drawn blueprint can be read; the id is judged on its own."""
    blueprint = parse_blueprint(changed(full_blueprint(), f"{NODE}.tool_name", "../x"), where="x")

    with pytest.raises(IceError) as refusal:
        node_component_id(blueprint.nodes[0])

    assert "component-id-invalid" == refusal.value.slug


def test_a_blueprint_is_frozen() -> None:
    """Nodes are a tuple, and none can be given another component."""
    blueprint = parse_blueprint(full_blueprint(), where="x")

    with pytest.raises(pydantic.ValidationError, match="frozen"):
        blueprint.nodes[0].id = "b"
    assert isinstance(blueprint.nodes, tuple)
