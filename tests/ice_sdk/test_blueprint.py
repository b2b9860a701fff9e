"""The builder of blueprints: references as texts, dependencies from references, data that the model accepts."""

import copy
from decimal import Decimal

import pytest

from ice_core.errors import IceError
from ice_core.models.blueprint import parse_blueprint
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk import Blueprint
from ice_sdk.blueprint import Node, Reference
from tests.ice_sdk.json_paths import at

ANY_OBJECT: JsonObject = {"type": "object"}


def flow() -> Blueprint:
    return Blueprint.start("library.ask")


def nodes_of(blueprint: Blueprint) -> JsonValue:
    return at(blueprint.to_json(ANY_OBJECT), "nodes")


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (Reference("search"), "{{ search }}"),
        (Reference("search").results, "{{ search.results }}"),
        (Reference("search").results[0].title, "{{ search.results[0].title }}"),
        (Reference("search")["a-key"], "{{ search.a-key }}"),
        (Reference("search")["a key"], '{{ search["a key"] }}'),
        (Reference("search")['say "hi"\n'], '{{ search["say \\"hi\\"\\n"] }}'),
        (Reference("inputs").model | "small", "{{ inputs.model or 'small' }}"),
        (Reference("inputs").model | "it's\\\n", "{{ inputs.model or 'it\\'s\\\\\\n' }}"),
        (Reference("a").x | Reference("b").y | 3, "{{ a.x or b.y or 3 }}"),
        (Reference("a").x | None, "{{ a.x or null }}"),
        (Reference("a").x | True, "{{ a.x or true }}"),
        (Reference("a").items, "{{ a.items }}"),
    ],
)
def test_a_reference_is_written_as_its_path(reference: Reference, expected: str) -> None:
    assert expected == str(reference)
    assert f"Reference({expected[3:-3]!r})" == repr(reference)


def test_a_reference_answers_to_no_protocol_of_python() -> None:
    with pytest.raises(AttributeError):
        Reference("a").__json__  # noqa: B018  asking is what the test is about

    assert not hasattr(Reference("a"), "__deepcopy__")
    assert "{{ a.b }}" == str(copy.copy(Reference("a.b")))


def test_a_node_of_each_type_is_written_with_its_own_members() -> None:
    blueprint = flow()
    search = blueprint.tool("memory_search", id="search", args={"query": blueprint.inputs.query, "limit": 5})
    answer = blueprint.agent("qa_agent", id="answer", args={"docs": search.out.results})
    blueprint.workflow("store_answer", id="save", args={"text": answer.out.text})

    assert [
        {
            "id": "search",
            "type": "tool",
            "tool_name": "memory_search",
            "tool_args": {"query": "{{ inputs.query }}", "limit": 5},
            "dependencies": [],
        },
        {
            "id": "answer",
            "type": "agent",
            "package": "qa_agent",
            "agent_config": {"docs": "{{ search.results }}"},
            "dependencies": ["search"],
        },
        {
            "id": "save",
            "type": "workflow",
            "workflow_ref": "store_answer",
            "config_overrides": {"text": "{{ answer.text }}"},
            "dependencies": ["answer"],
        },
    ] == nodes_of(blueprint)


def test_every_setting_of_a_node_is_one_that_the_model_knows() -> None:
    blueprint = Blueprint.start("library.ask", budget=Decimal("0.5"), name="Ask my library")
    first = blueprint.tool("a", id="first")
    blueprint.tool(
        "b",
        id="second",
        after=[first],
        version=">=1.2,<2",
        when="inputs.deep == true",
        for_each=first.out.items,
        max_items=3,
        max_tokens=100,
        timeout_seconds=30,
        retry_policy={"max_attempts": 3, "backoff_strategy": "fixed", "backoff_seconds": 0.5},
    )
    blueprint.output(rows=first.out.rows)
    value = blueprint.to_json(ANY_OBJECT)
    model = parse_blueprint(value, where="the test")

    assert ("library.ask", Decimal("0.5")) == (model.id, model.budget)
    assert {"draft_name": "Ask my library"} == at(value, "metadata")
    assert "{{ first.items }}" == at(value, "nodes", 1, "for_each")
    assert ("rows",) == blueprint.output_members


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("{{ first.text }}", ["first"]),
        ("x {{ second.a or first.b }} y", ["first", "second"]),
        ("first second", []),
        ("{{ inputs.first }}", []),
        ("{{ inputs.a or 'first }} second' }}", []),
        ('{{ inputs["first"] }}', []),
        ("{{ first-2.a }}", []),
        ("{{ item.first }} {{ second }}", ["second"]),
        ({"deep": [{"er": "{{ second.x }}"}]}, ["second"]),
    ],
)
def test_a_node_depends_on_the_nodes_it_refers_to(argument: object, expected: list[str]) -> None:
    blueprint = flow()
    blueprint.tool("a", id="first")
    blueprint.tool("a", id="second")
    blueprint.tool("a", id="third", args={"value": argument})

    assert expected == at(nodes_of(blueprint), 2, "dependencies")


@pytest.mark.parametrize(
    "condition", ["first.count > 0", "{{ first.ready }}", "not first.ready and inputs.deep == 'second'"]
)
def test_a_condition_is_written_without_braces_and_its_nodes_are_dependencies(condition: str) -> None:
    blueprint = flow()
    first = blueprint.tool("a", id="first")
    blueprint.tool("a", id="second")
    blueprint.tool("a", id="third", when=condition)
    blueprint.tool("a", id="fourth", when=str(first.out.ready))

    assert condition.removeprefix("{{ ").removesuffix(" }}") == at(nodes_of(blueprint), 2, "when")
    assert ["first"] == at(nodes_of(blueprint), 2, "dependencies")
    assert "first.ready" == at(nodes_of(blueprint), 3, "when")


def test_outputs_keep_their_order_and_structure() -> None:
    blueprint = flow()
    answer = blueprint.agent("qa", id="answer")
    returned = blueprint.output(text=answer.out.text, more={"pages": [answer.out.pages[0], 1]}).output(last=None)

    assert returned is blueprint
    assert {"text": "{{ answer.text }}", "more": {"pages": ["{{ answer.pages[0] }}", 1]}, "last": None} == at(
        blueprint.to_json(ANY_OBJECT), "outputs"
    )


def test_two_nodes_of_one_id_are_refused() -> None:
    blueprint = flow()
    blueprint.tool("a", id="first")
    with pytest.raises(IceError) as refused:
        blueprint.agent("b", id="first")

    assert ("blueprint-invalid", "`first` twice") == (refused.value.slug, refused.value.finding.found)
    assert isinstance(nodes_of(blueprint), list)
    assert [Node(id="first")] == [Node(id=str(at(nodes_of(blueprint), 0, "id")))]


@pytest.mark.parametrize(
    ("arguments", "place"),
    [({"when": object()}, "nodes.x.args.when"), ({"a": [1, {2}]}, "nodes.x.args.a[1]"), ({"n": float("nan")}, "n")],
)
def test_an_argument_that_is_no_json_value_is_refused_with_its_place(arguments: dict[str, object], place: str) -> None:
    with pytest.raises(IceError) as refused:
        flow().tool("a", id="x", args=arguments)

    assert "blueprint-invalid" == refused.value.slug
    assert f"{place}` of the blueprint `library.ask`" in refused.value.finding.message


def test_an_output_that_is_no_json_value_is_refused_with_its_place() -> None:
    with pytest.raises(IceError) as refused:
        flow().output(text={"a": b"x"})

    assert "`outputs.text.a` of the blueprint `library.ask` is not a JSON value" == refused.value.finding.message
