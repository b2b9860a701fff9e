"""A small typed builder for the blueprint of a `@workflow`: what it gives is data, references are `{{ path }}` texts.

    flow = Blueprint.start("library.ask", inputs={"query": str})
    search = flow.tool("memory_search", id="search", args={"query": flow.inputs.query, "limit": 5})
    answer = flow.agent("qa_agent", id="answer", args={"docs": search.out.results})
    return flow.output(text=answer.out.text)

A node depends on the nodes whose output it refers to, and on those named in `after`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypedDict, Unpack

from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.json_values import NotJson, to_json

BLUEPRINT_VERSION: Final = "1.2.0"

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_EXPRESSION = re.compile(r"\{\{(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^'\"}]|\}(?!\}))*\}\}", re.DOTALL)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_HEAD = re.compile(r"(?<![\w.\-\]])[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)


class Reference:
    """A path to a value that is known when the workflow runs; printed `{{ search.results[0] }}`.

    Members and items are reached as in Python (`search.out.results[0]`, `search.out["a key"]`), and `|` gives what to
    use when the value is missing or null: `flow.inputs.model | "small"`.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __getattr__(self, name: str) -> "Reference":
        # Python and its tools ask any object for dunder names; those are no members of a JSON value.
        if name.startswith("__"):
            raise AttributeError(name)
        return Reference(f"{self._text}.{name}")

    def __getitem__(self, step: str | int) -> "Reference":
        if isinstance(step, int):
            return Reference(f"{self._text}[{step}]")
        if _PLAIN_KEY.fullmatch(step):
            return Reference(f"{self._text}.{step}")
        key = _quoted(step, '"')
        return Reference(f"{self._text}[{key}]")

    def __or__(self, other: "Reference | str | int | float | bool | None") -> "Reference":
        return Reference(f"{self._text} or {_term(other)}")

    def __str__(self) -> str:
        return f"{{{{ {self._text} }}}}"

    def __repr__(self) -> str:
        return f"Reference({self._text!r})"


class RetrySettings(TypedDict, total=False):
    """How often a node is tried, and how long to wait between, in seconds."""

    max_attempts: int
    backoff_strategy: str
    backoff_seconds: float


class NodeSettings(TypedDict, total=False):
    """What any node may say besides its arguments; times in seconds."""

    after: "Sequence[Node]"
    version: str
    when: str
    for_each: "Reference | Sequence[object]"
    max_items: int
    max_tokens: int
    timeout_seconds: float
    retry_policy: RetrySettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One node of a blueprint; `out` refers to its output."""

    id: str

    @property
    def out(self) -> Reference:
        """The node's output, to be used in the arguments of others."""
        return Reference(self.id)


class Blueprint:
    """A blueprint while its workflow function builds it.

    Attributes:
        id: The blueprint's id.
        declared_inputs: The inputs as they were given: types by name, a Pydantic model, or a JSON Schema of an object.
        declared_outputs: The outputs' types in the same forms; None when only `output` says what there is.
    """

    def __init__(self, id: str, *, inputs: object, outputs: object, budget: Decimal | None, name: str | None) -> None:
        self.id = id
        self.declared_inputs = inputs
        self.declared_outputs = outputs
        self._budget = budget
        self._name = name
        self._nodes: list[JsonObject] = []
        self._outputs: JsonObject = {}

    @classmethod
    def start(
        cls,
        id: str,
        /,
        *,
        inputs: "Mapping[str, object] | type | None" = None,
        outputs: "Mapping[str, object] | type | None" = None,
        budget: Decimal | int | None = None,
        name: str | None = None,
    ) -> "Blueprint":
        """A blueprint without nodes.

        Args:
            id: The blueprint's id, as in `library.ask`.
            inputs: `{"query": str, "limit": (int, 5)}` (a pair gives a default), a Pydantic model, or a JSON Schema.
            outputs: The types of what `output` gives, in the same forms.
            budget: What one run may cost, in USD.
            name: What people call it.
        """
        money = Decimal(budget) if budget is not None else None
        return cls(id, inputs={} if inputs is None else inputs, outputs=outputs, budget=money, name=name)

    @property
    def inputs(self) -> Reference:
        """The workflow's inputs, to be used in arguments."""
        return Reference("inputs")

    def tool(
        self, name: str, /, *, id: str, args: Mapping[str, object] | None = None, **settings: Unpack[NodeSettings]
    ) -> Node:
        """Adds a call of the tool `name`."""
        return self._add({"id": id, "type": "tool", "tool_name": name}, "tool_args", args, settings)

    def agent(
        self, name: str, /, *, id: str, args: Mapping[str, object] | None = None, **settings: Unpack[NodeSettings]
    ) -> Node:
        """Adds a call of the agent `name`."""
        return self._add({"id": id, "type": "agent", "package": name}, "agent_config", args, settings)

    def workflow(
        self, name: str, /, *, id: str, args: Mapping[str, object] | None = None, **settings: Unpack[NodeSettings]
    ) -> Node:
        """Adds a run of the workflow `name` inside this one."""
        return self._add({"id": id, "type": "workflow", "workflow_ref": name}, "config_overrides", args, settings)

    def output(self, **members: object) -> "Blueprint":
        """Says what the workflow gives: one member for each keyword; returns the blueprint itself."""
        for member, value in members.items():
            self._outputs[member] = self._json(value, f"outputs.{member}")
        return self

    @property
    def output_members(self) -> tuple[str, ...]:
        """The members of the output, in their order."""
        return tuple(self._outputs)

    def to_json(self, inputs: JsonObject) -> JsonObject:
        """The normalised blueprint of schema version 1.2.0.

        Args:
            inputs: The JSON Schema of the inputs, which stands alone.
        """
        value: JsonObject = {"schema_version": BLUEPRINT_VERSION, "id": self.id}
        if self._name is not None:
            value["metadata"] = {"draft_name": self._name}
        value["inputs"] = inputs
        value["nodes"] = list(self._nodes)
        value["outputs"] = dict(self._outputs)
        if self._budget is not None:
            value["budget"] = self._json(self._budget, "budget")
        return value

    def _add(
        self, node: JsonObject, arguments_member: str, args: Mapping[str, object] | None, settings: NodeSettings
    ) -> Node:
        id = str(node["id"])
        if any(existing["id"] == id for existing in self._nodes):
            raise _invalid(f"`{self.id}` has two nodes with the id `{id}`", "an id for each node", f"`{id}` twice")
        node[arguments_member] = self._json(dict(args or {}), f"nodes.{id}.args")
        for setting, value in settings.items():
            if setting != "after":
                node[setting] = self._json(value, f"nodes.{id}.{setting}")
        if isinstance(condition := node.get("when"), str):
            # A `when` is a condition by itself; a reference given for it prints the braces of a text.
            node["when"] = condition.removeprefix("{{ ").removesuffix(" }}") if _is_one(condition) else condition
        named = {earlier.id for earlier in settings.get("after", ())}
        named |= self._mentioned(node)
        node["dependencies"] = [existing["id"] for existing in self._nodes if existing["id"] in named]
        self._nodes.append(node)
        return Node(id=id)

    def _json(self, value: object, path: str) -> JsonValue:
        try:
            return to_json(value, text_of=lambda item: str(item) if isinstance(item, Reference) else None)
        except NotJson as error:
            message = f"`{path}{error.path}` of the blueprint `{self.id}` is not a JSON value"
            raise _invalid(message, "a JSON value or a reference", error.reason) from error

    def _mentioned(self, node: JsonObject) -> set[str]:
        expressions = [match[0] for text in _texts(node) for match in _EXPRESSION.finditer(text)]
        if isinstance(condition := node.get("when"), str):
            expressions.append(condition)
        return {head for text in expressions for head in _HEAD.findall(_QUOTED.sub("''", text))}


def _is_one(text: str) -> bool:
    match = _EXPRESSION.match(text)
    return match is not None and match.end() == len(text)


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)


def _term(value: "Reference | str | int | float | bool | None") -> str:
    if isinstance(value, Reference):
        return str(value)[3:-3]
    if isinstance(value, str):
        return _quoted(value, "'")
    return json.dumps(value, allow_nan=False)


def _quoted(text: str, mark: str) -> str:
    # The escapes that references know; JSON's \uXXXX is none of them, and other characters stand for themselves.
    for character, escape in (("\\", "\\\\"), (mark, f"\\{mark}"), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(character, escape)
    return f"{mark}{text}{mark}"


def _invalid(message: str, expected: str, found: str) -> IceError:
    return IceError(
        "blueprint-invalid",
        message,
        expected=expected,
        found=found,
        hints=("To see the form of a blueprint, run `ice explain blueprint-invalid`",),
    )
