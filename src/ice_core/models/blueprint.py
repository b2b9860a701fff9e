"""Blueprints of schema version 1.2.0 in normalised form: nodes, their arguments with references, inputs and outputs.

Other spellings that iceOS blueprints have (`blueprint_id`, short `inputs`, `input_mappings`) are turned into this form
by `ice_compiler.parse` before the model sees them. A blueprint is data: references are `{{ path }}` texts of a
restricted grammar (`ice_core.references`).
"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from ice_core.models.wire import JsonArray, Money, WireModel, matching, parse_wire
from ice_core.names import ComponentId
from ice_core.strict_json import JsonObject

BLUEPRINT_VERSION: Final = "1.2.0"

NodeId = Annotated[str, StringConstraints(max_length=128), matching(r"[A-Za-z_][A-Za-z0-9_-]*")]
BlueprintId = Annotated[str, StringConstraints(max_length=256), matching(r"[A-Za-z0-9_][A-Za-z0-9._-]*")]
Seconds = Annotated[float, Field(ge=0, le=31_536_000, allow_inf_nan=False)]


class RetryPolicy(WireModel):
    """How often a node is tried, and how long to wait between: fixed, linear or exponential, in seconds."""

    max_attempts: Annotated[int, Field(ge=1, le=100)] = 1
    backoff_strategy: Literal["fixed", "linear", "exponential"] = "exponential"
    backoff_seconds: Seconds = 1.0


class BlueprintNodeFields(WireModel):
    """What every node may say, whatever its type."""

    id: NodeId
    dependencies: JsonArray[NodeId] = ()
    version: Annotated[str, StringConstraints(max_length=128)] | None = None
    when: Annotated[str, StringConstraints(max_length=4096)] | None = None
    for_each: Annotated[str, StringConstraints(max_length=4096)] | list[Any] | None = None
    max_items: Annotated[int, Field(ge=1, le=100_000)] | None = None
    max_tokens: Annotated[int, Field(ge=0, le=10**9)] | None = None
    timeout_seconds: Seconds | None = None
    retry_policy: RetryPolicy | None = None


class ToolNode(BlueprintNodeFields):
    """Calls the tool `tool_name` with `tool_args`."""

    type: Literal["tool"]
    tool_name: str
    tool_args: dict[str, Any] = Field(default_factory=dict)

    @property
    def component_name(self) -> str:
        """The registry name of what this node calls."""
        return self.tool_name

    @property
    def arguments(self) -> JsonObject:
        """The arguments, references still in them."""
        return self.tool_args


class AgentNode(BlueprintNodeFields):
    """Calls the agent `package` with `agent_config`."""

    type: Literal["agent"]
    package: str
    agent_config: dict[str, Any] = Field(default_factory=dict)

    @property
    def component_name(self) -> str:
        """The registry name of what this node calls."""
        return self.package

    @property
    def arguments(self) -> JsonObject:
        """The arguments, references still in them."""
        return self.agent_config


class WorkflowNode(BlueprintNodeFields):
    """Runs the workflow `workflow_ref` with `config_overrides` as its inputs."""

    type: Literal["workflow"]
    workflow_ref: str
    config_overrides: dict[str, Any] = Field(default_factory=dict)

    @property
    def component_name(self) -> str:
        """The registry name of what this node calls."""
        return self.workflow_ref

    @property
    def arguments(self) -> JsonObject:
        """The arguments, references still in them."""
        return self.config_overrides


BlueprintNode = Annotated[ToolNode | AgentNode | WorkflowNode, Field(discriminator="type")]


class Blueprint(WireModel):
    """The root of a normalised blueprint; `inputs` is a JSON Schema of an object, `budget` is in USD."""

    schema_version: Literal["1.2.0"]
    id: BlueprintId
    metadata: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[str, Any] = Field(default_factory=lambda: {"type": "object"})
    nodes: JsonArray[BlueprintNode]
    outputs: dict[str, Any] = Field(default_factory=dict)
    budget: Money | None = None


def node_component_id(node: ToolNode | AgentNode | WorkflowNode) -> ComponentId:
    """The (type, name) that a node calls.

    Raises:
        IceError: `component-id-invalid`.
    """
    return ComponentId.parse(f"{node.type}:{node.component_name}")


def parse_blueprint(value: JsonObject, *, where: str) -> Blueprint:
    """The model of a normalised blueprint.

    Raises:
        IceError: `blueprint-invalid`, every fault a finding.
    """
    return parse_wire(
        Blueprint,
        value,
        slug="blueprint-invalid",
        document=f"a blueprint of schema version {BLUEPRINT_VERSION}",
        where=where,
        hints=("To see the form of a blueprint, run `ice explain blueprint-invalid`",),
    )
