"""Each finding comes with what would be right: a name, a reference or a line to paste."""

from pathlib import Path

import pytest

from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import Registry
from tests.ice_compiler.parts import (
    ENTRIES,
    STRING,
    blueprint,
    compiled,
    component,
    manifest,
    record,
    registry_of,
    tool,
)

FETCH = tool("fetch", "fetch", {"url": "a"})
INPUTS: JsonObject = {"type": "object", "properties": {"url": STRING, "text": STRING, "flag": {"type": "boolean"}}}
OPEN = component("tool:loose", record("a", closed=False, a=STRING), {"type": "object"})
NESTED = component("tool:nested", {"type": "object"}, record(page=record(body=STRING, links={"type": "array"})))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The usual components, and two that are open or nested."""
    return registry_of(Path(tmp_path_factory.mktemp("registry")), manifest([*ENTRIES, OPEN, NESTED]))


def _hints(registry: Registry, *nodes: JsonObject, **members: JsonValue) -> list[tuple[str, ...]]:
    return [
        item.hints for item in compiled(blueprint(*nodes, inputs=INPUTS, **members), registry, where="x.json").findings
    ]


@pytest.mark.parametrize(
    ("member", "meant"),
    [
        ("args", "tool_args"),
        ("arguments", "tool_args"),
        ("inputs", "tool_args"),
        ("with", "tool_args"),
        ("params", "tool_args"),
        ("uses", "tool_name"),
        ("name", "tool_name"),
        ("tool", "tool_name"),
        ("needs", "dependencies"),
        ("depends_on", "dependencies"),
        ("if", "when"),
        ("condition", "when"),
        ("foreach", "for_each"),
        ("retries", "retry_policy"),
        ("timeout", "timeout_seconds"),
        ("depedencies", "dependencies"),
    ],
)
def test_a_member_of_another_system_leads_to_ours(registry: Registry, member: str, meant: str) -> None:
    """What others call it is known; what is misspelt is near."""
    node = {**tool("x", "echo", {}), member: 1}

    assert [(f"Did you mean `{meant}`?",)] == _hints(registry, node)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("llm", "an agent that calls the model"),
        ("code", "a tool that holds the code"),
        ("condition", "`when` on the nodes"),
        ("loop", "`for_each` and `max_items`"),
        ("parallel", "nodes that do not depend on each other"),
        ("recursive", "`for_each` over a bounded list"),
        ("human", "two blueprints"),
        ("monitor", "the events of the run"),
        ("swarm", "an agent whose manifest permits"),
    ],
)
def test_each_kind_of_node_that_is_gone_leads_to_what_does_it_now(registry: Registry, kind: str, words: str) -> None:
    """By name."""
    hints = _hints(registry, {"id": "x", "type": kind})

    assert hints[0][0].startswith(f"Use {words}")


def test_a_node_without_a_type_is_told_the_type_that_its_members_say(registry: Registry) -> None:
    """`package` is an agent's."""
    assert [("With `package` it is `type: agent`",)] == _hints(registry, {"id": "x", "package": "writer"})


def test_a_component_of_another_type_is_found(registry: Registry) -> None:
    """The right type is what is missing."""
    hints = _hints(registry, {"id": "x", "type": "tool", "tool_name": "writer", "tool_args": {}})

    assert "`agent:writer` is listed: write `type: agent` and `package: writer`" == hints[0][0]


def test_a_class_name_leads_to_the_registry_name(registry: Registry) -> None:
    """Components are named in lower case."""
    assert [("Did you mean `old_fetch`?",)] == _hints(registry, tool("x", "OldFetch", {}))


def test_a_path_of_a_list_leads_to_its_items(registry: Registry) -> None:
    """Or to `for_each`."""
    node = tool("x", "echo", {"a": "{{ fetch.links.url }}"}, "fetch")

    assert [("`{{ fetch.links[0].url }}` is that of the first item; `for_each` goes through all",)] == _hints(
        registry, FETCH, node
    )


def test_an_undeclared_input_can_be_declared(registry: Registry) -> None:
    """Where no declared one is near."""
    node = tool("x", "echo", {"a": "{{ inputs.language }}"})

    assert [('To declare it, add `"language": {"type": "string"}` to the `properties` of `inputs`',)] == _hints(
        registry, node
    )


def test_what_fits_is_looked_for_inside_and_beside(registry: Registry) -> None:
    """First inside what is given, then beside it, three at most."""
    inside = tool("x", "save", {"text": "{{ nested }}"}, "nested")
    beside = tool("x", "save", {"text": "{{ nested.page.links }}"}, "nested")
    nested = tool("nested", "nested", {})

    assert [("`{{ nested.page.body }}` is a string",)] == _hints(registry, nested, inside)
    assert "`{{ nested.page.body }}` is a string" in _hints(registry, nested, beside)[0]


def test_what_has_the_right_type_is_offered_where_nothing_surely_fits(registry: Registry) -> None:
    """A timeout has bounds, and a status is an integer."""
    node = tool("x", "fetch", {"url": "a", "timeout": "{{ fetch.body }}"}, "fetch")

    assert [("`{{ fetch.status }}` is an integer",)] == _hints(registry, FETCH, node)


def test_a_missing_argument_is_offered_the_input_of_its_name_if_that_fits(registry: Registry) -> None:
    """`flag` would be a boolean, and `text` is a text."""
    other = component("tool:flagged", record(flag=STRING), {})

    assert [('Give it the input of that name: `text: "{{ inputs.text }}"`',)] == _hints(registry, tool("x", "save", {}))
    assert other["name"] == "flagged"
    assert [()] == _hints(registry, tool("x", "rank", {}))


def test_an_open_component_takes_further_arguments_and_their_references_are_still_checked(registry: Registry) -> None:
    """Nothing says what they should be; that they lead somewhere is checked."""
    fine = tool("x", "loose", {"a": "b", "more": {"deep": ["{{ inputs.url }}", 3]}})
    wrong = tool("x", "loose", {"a": "b", "more": {"deep": ["{{ inputs.nothing_like_it }}", 3]}})

    assert [] == _hints(registry, fine)
    assert 1 == len(_hints(registry, wrong))


def test_references_of_an_argument_that_is_not_taken_are_still_checked(registry: Registry) -> None:
    """Both findings are told; mending one does not uncover the other."""
    node = tool("x", "fetch", {"url": "a", "extra": "{{ inputs.nothing_like_it }}"})
    slugs = [item.slug for item in compiled(blueprint(node, inputs=INPUTS), registry, where="x.json").findings]

    assert {"argument-unknown", "input-undeclared"} == set(slugs)


def test_an_output_may_name_any_node_and_must_name_one(registry: Registry) -> None:
    """Outputs need no `dependencies`."""
    assert [] == _hints(registry, FETCH, outputs={"a": "{{ fetch.body }}", "b": ["{{ fetch.links[0] }}"], "c": 3})
    assert [("`fetch` is there; did you mean that?",)] == _hints(registry, FETCH, outputs={"a": "{{ fetsh.body }}"})


def test_a_list_of_references_may_be_gone_through(registry: Registry) -> None:
    """What its items are is known when it runs."""
    node = tool("x", "fetch", {"url": "{{ item }}"}, for_each=["{{ inputs.url }}", "b"], max_items=2)
    wrong = tool("x", "fetch", {"url": "{{ item }}"}, for_each=["{{ inputs.lur }}", "b"], max_items=2)

    assert [] == _hints(registry, node)
    assert [("`{{ inputs.url }}` is there; did you mean that?",)] == _hints(registry, wrong)


def test_the_number_of_an_item_is_an_integer(registry: Registry) -> None:
    """`index` can be a limit, and no text."""
    limit = tool("x", "rank", {"documents": [], "limit": "{{ index }}"}, for_each=["a"], max_items=1)
    text = tool("x", "save", {"text": "{{ index }}"}, for_each=["a"], max_items=1)

    assert [] == _hints(registry, limit)
    assert ["edge-type-mismatch"] == [
        item.slug for item in compiled(blueprint(text, inputs=INPUTS), registry, where="x.json").findings
    ]


def test_a_condition_is_decided_before_the_list_is_gone_through(registry: Registry) -> None:
    """`item` means nothing in it."""
    node = tool("x", "echo", {"a": "{{ item }}"}, for_each=["a"], max_items=1, when="item == 'a'")

    assert ["reference-unknown"] == [
        item.slug for item in compiled(blueprint(node, inputs=INPUTS), registry, where="x.json").findings
    ]


def test_what_is_broken_elsewhere_is_not_said_again(registry: Registry) -> None:
    """A schema of inputs that cannot be used: its references are not held against it."""
    node = tool("x", "fetch", {"url": "{{ inputs.anything }}", "timeout": "{{ inputs.deep.path }}"})
    text = blueprint(node, inputs={"type": "object", "$ref": "#/nowhere"})

    assert ["schema-invalid"] == [item.slug for item in compiled(text, registry, where="x.json").findings]
