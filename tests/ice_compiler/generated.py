"""Well-typed blueprints drawn at random, the components that they call, and one change of such a blueprint.

Each node takes its arguments from literals, inputs and earlier nodes that have the right type; nodes repeat, are
skipped and hold workflows. What is drawn compiles, and its plan runs with `BEHAVIOURS`, whatever the draw.
"""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from ice_core.document import PathSteps, parts_of
from ice_core.strict_json import JsonObject, JsonValue
from tests.fakes.caller import Behaviour
from tests.ice_compiler.parts import INTEGER, STRING, STRINGS, blueprint, component, record, tool

GIVES = record(text=STRING, count=INTEGER, items=STRINGS)
TWICE = blueprint(
    tool("one", "make", {"text": "{{ inputs.text }}", "count": 2}),
    tool("two", "join", {"items": "{{ one.items }}"}, "one", when="one.count > 0"),
    inputs=record(text=STRING),
    outputs={"text": "{{ two.text or one.text }}", "count": "{{ one.count }}", "items": "{{ one.items }}"},
)
TAKES: Mapping[str, JsonObject] = {
    "tool:make": record("text", text=STRING, count=INTEGER),
    "tool:join": record("items", items=STRINGS, between=STRING),
    "agent:talk": record("text", "items", text=STRING, items=STRINGS, count=INTEGER),
    "workflow:twice": record(text=STRING),
}
ENTRIES: list[JsonObject] = [
    component("tool:make", TAKES["tool:make"], GIVES, base=0.01),
    component("tool:join", TAKES["tool:join"], GIVES, base=0.02),
    component(
        "agent:talk", TAKES["agent:talk"], GIVES, cost_estimate={"base": 0.1, "per_token": 0.001}, max_tokens=100
    ),
    component("workflow:twice", TAKES["workflow:twice"], GIVES, base=None, blueprint=json.loads(TWICE)),
]
INPUTS = record(text=STRING, count=INTEGER, items=STRINGS, flag={"type": "boolean"})
GIVEN: JsonObject = {"text": "a", "count": 3, "items": ["b", "c"], "flag": False}


def _result(text: str) -> JsonObject:
    return {"text": text, "count": len(text), "items": [text, "end"]}


BEHAVIOURS: Mapping[str, Behaviour] = {
    "tool:make": lambda value, _: _result(f"{value['text']}{value.get('count', '')}"),
    "tool:join": lambda value, _: _result(str(value.get("between", " ")).join(map(str, _list(value["items"])))),
    "agent:talk": lambda value, _: _result(f"{value['text']}: {len(_list(value['items']))}"),
}


def _list(value: JsonValue) -> list[JsonValue]:
    assert isinstance(value, list)
    return value


@dataclass(kw_only=True)
class _Draw:
    """What has been drawn: the nodes, and the references that are there for each type, with the node they need."""

    nodes: list[JsonObject] = field(default_factory=list)
    given: dict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: {
            "text": [("inputs.text", ""), ("inputs.items[0]", ""), ("inputs.none or 'none'", "")],
            "count": [("inputs.count", ""), ("inputs.nothing or 7", "")],
            "items": [("inputs.items", "")],
        }
    )

    def remember(self, identity: str, *, listed: bool, skipped: bool) -> None:
        """The references to a node's output."""
        for name, fallback in (("text", " or ''"), ("count", " or 0"), ("items", " or inputs.items")):
            path = f"{identity}[0].{name}" if listed else f"{identity}.{name}"
            self.given[name].append((path + (fallback if skipped or listed else ""), identity))


def _argument(drawn: _Draw, name: str, data: st.DataObject, needs: set[str]) -> JsonValue:
    kind = {"between": "text"}.get(name, name)
    literal: dict[str, st.SearchStrategy[JsonValue]] = {
        "text": st.sampled_from(["", "x y", "{ü}"]),
        "count": st.integers(-3, 3),
        "items": st.lists(st.sampled_from(["p", "q"]), max_size=2).map(list),
    }
    if data.draw(st.integers(0, 3)) == 0:
        return data.draw(literal[kind])
    reference, node = data.draw(st.sampled_from(drawn.given[kind]))
    needs.add(node)
    if kind == "text" and data.draw(st.booleans()):
        other, second = data.draw(st.sampled_from([*drawn.given["count"], *drawn.given["items"]]))
        needs.add(second)
        return f"{{{{ {reference} }}}} and {{{{ {other} }}}}"
    if kind == "items" and data.draw(st.booleans()):
        text, third = data.draw(st.sampled_from(drawn.given["text"]))
        needs.add(third)
        mixed: list[JsonValue] = [f"{{{{ {text} }}}}", "plain"]
        return mixed
    return f"{{{{ {reference} }}}}"


def _node(drawn: _Draw, identity: str, data: st.DataObject) -> JsonObject:
    name = data.draw(st.sampled_from(sorted(TAKES)))
    kind, _, bare = name.partition(":")
    called, arguments = {
        "tool": ("tool_name", "tool_args"),
        "agent": ("package", "agent_config"),
        "workflow": ("workflow_ref", "config_overrides"),
    }[kind]
    needs: set[str] = set()
    taken, required = TAKES[name]["properties"], TAKES[name]["required"]
    assert isinstance(taken, dict)
    assert isinstance(required, list)
    given: JsonObject = {
        argument: _argument(drawn, argument, data, needs)
        for argument in taken
        if argument in required or data.draw(st.booleans())
    }
    node: JsonObject = {"id": identity, "type": kind, called: bare, arguments: given}
    listed, skipped = data.draw(st.integers(0, 3)) == 0, data.draw(st.integers(0, 3)) == 0
    if listed:
        reference, source = data.draw(st.sampled_from(drawn.given["items"]))
        needs.add(source)
        node |= {"for_each": f"{{{{ {reference} }}}}", "max_items": 9}
        if "text" in given:
            given["text"] = data.draw(st.sampled_from(["{{ item }}", "{{ index }}. {{ item }}"]))
    if skipped:
        node["when"] = data.draw(st.sampled_from(["inputs.flag", "not inputs.flag", "inputs.count >= 3 and true"]))
    if data.draw(st.booleans()):
        node["retry_policy"] = {"max_attempts": data.draw(st.integers(1, 3)), "backoff_seconds": 0}
    drawn.remember(identity, listed=listed, skipped=skipped)
    return {**node, "dependencies": [*sorted(needs - {""})]}


@st.composite
def well_typed(draw: st.DrawFn) -> JsonObject:
    """A blueprint that compiles and runs with `GIVEN`."""
    data = draw(st.data())
    drawn = _Draw()
    for number in range(draw(st.integers(1, 6))):
        drawn.nodes.append(_node(drawn, f"n{number}", data))
    inputs = copy.deepcopy(INPUTS)
    properties = inputs["properties"]
    assert isinstance(properties, dict)
    properties |= {"none": STRING, "nothing": INTEGER}
    outputs: dict[str, JsonValue] = {
        name: f"{{{{ {draw(st.sampled_from(references))[0]} }}}}" for name, references in drawn.given.items()
    }
    return {"schema_version": "1.2.0", "id": "drawn", "inputs": inputs, "nodes": [*drawn.nodes], "outputs": outputs}


SLIPS: st.SearchStrategy[JsonValue] = st.sampled_from(
    [
        None, True, 0, -1, 2.5, "", "x", "n0", [], {}, [1], {"a": 1}, "{{ inputs.text }}", "{{ inputs.items }}",
        "{{ inputs.count }}", "{{ inputs }}", "{{ n0 }}", "{{ n0.text }}", "{{ n9.text }}", "{{ item }}", "{{", "tool",
    ]
)  # fmt: skip


@st.composite
def changed(draw: st.DrawFn, value: JsonObject) -> JsonObject:
    """The same blueprint with one part taken out, replaced, or moved under another name."""
    whole = copy.deepcopy(value)
    steps = draw(st.sampled_from([steps for steps, _ in parts_of(whole) if steps and steps[0] != "schema_version"]))
    around = _at(whole, steps[:-1])
    last = steps[-1]
    change = draw(st.sampled_from(["take out", "replace", "rename"]))
    if isinstance(around, list) and isinstance(last, int):
        taken = around.pop(last)
        if change != "take out":
            around.insert(last, draw(SLIPS) if change == "replace" else [taken])
    elif isinstance(around, dict) and isinstance(last, str):
        taken = around.pop(last)
        if change != "take out":
            around[last if change == "replace" else f"{last}x"] = draw(SLIPS) if change == "replace" else taken
    return whole


def _at(value: JsonValue, steps: PathSteps) -> JsonValue:
    for step in steps:
        value = dict(parts_of(value))[(step,)]
    return value
