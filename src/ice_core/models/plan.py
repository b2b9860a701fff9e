"""`plan.v0`: what the compiler writes and the orchestrator trusts; deterministic bytes with a digest of their own.

Every component carries its digest, every package its wheels' digests and its signer, so that a run needs neither the
blueprint nor the manifests. Money is decimal text in USD.
"""

import re
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from ice_core.amounts import amount_text
from ice_core.canonical import Digest, canonical_bytes
from ice_core.contracts import Contract, compiled
from ice_core.models.blueprint import NodeId, RetryPolicy, Seconds
from ice_core.models.plugins import ComponentEntry, Permissions
from ice_core.models.wire import ComponentIdText, JsonArray, WireModel, matching, parse_wire
from ice_core.schema_levels import most_levels
from ice_core.strict_json import MAX_REGISTRY_BYTES, JsonObject, JsonValue, parse_json, printable

PLAN_VERSION: Final = "plan.v0"
COMPILE_ANEW: Final = "To compile it anew, run `ice compile BLUEPRINT --output PLAN`"

DigestText = Annotated[str, matching(r"sha256:[0-9a-f]{64}")]

_AMOUNT: Final = re.compile(r"[0-9]{1,40}(\.[0-9]{1,400})?", re.ASCII)


def _decimal_of_text(value: object) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite() and not value.is_signed():
        return value
    if not isinstance(value, str) or _AMOUNT.fullmatch(value) is None:
        raise ValueError("is not an amount written in digits, as in 0.0042")
    return Decimal(value)


AmountText = Annotated[
    Decimal,
    BeforeValidator(_decimal_of_text),
    PlainSerializer(amount_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_AMOUNT.pattern}$"}),
]


class CostBounds(WireModel):
    """The least, the expected and the most that something costs, in USD."""

    minimum: AmountText
    expected: AmountText
    maximum: AmountText


class PlannedWheel(WireModel):
    """One wheel of a package: its file name and SHA-256."""

    filename: str
    digest: DigestText


class PlannedPackage(WireModel):
    """A distribution whose components the plan uses; `signer` is the public key id that verified it."""

    name: str
    version: str
    manifest_digest: DigestText
    wheels: JsonArray[PlannedWheel] = ()
    status: Literal["signed", "unsigned"]
    signer: str | None = None


class UnitCost(WireModel):
    """What one call is declared to cost, in USD, and the token bound that `per_token` is multiplied with."""

    base: AmountText
    per_token: AmountText
    max_tokens: int | None = None


def unit_cost(entry: ComponentEntry) -> UnitCost:
    """What one call of a component is declared to cost."""
    estimate = entry.cost_estimate
    if estimate is None:
        return UnitCost(base=Decimal(0), per_token=Decimal(0), max_tokens=entry.max_tokens)
    return UnitCost(base=estimate.base, per_token=estimate.per_token, max_tokens=entry.max_tokens)


class PlannedComponent(WireModel):
    """One component that the plan may call; `package` is None where its code comes from the import path."""

    id: ComponentIdText
    version: str
    digest: DigestText
    package: str | None = None
    import_target: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    permissions: Permissions = Permissions()
    cost: UnitCost

    @cached_property
    def input_contract(self) -> Contract:
        """The compiled input schema; looking one up for each call would cost a hundred times the call's check.

        Raises:
            IceError: `schema-invalid`.
        """
        return compiled(self.input_schema, where=f"the input of {self.id}")

    @cached_property
    def input_levels(self) -> int:
        """How deep an input can be that keeps the schema; see `schema_levels.most_levels`."""
        return most_levels(self.input_schema)

    @cached_property
    def output_contract(self) -> Contract:
        """The compiled output schema.

        Raises:
            IceError: `schema-invalid`.
        """
        return compiled(self.output_schema, where=f"the output of {self.id}")


class PlannedNode(WireModel):
    """One step: what to call, with which arguments (references still in them), after which nodes."""

    id: NodeId
    component: ComponentIdText
    arguments: dict[str, Any]
    dependencies: JsonArray[NodeId] = ()
    when: str | None = None
    for_each: str | list[Any] | None = None
    max_items: int | None = None
    max_tokens: int | None = None
    timeout_seconds: Seconds | None = None
    retry_policy: RetryPolicy = RetryPolicy()
    cost: CostBounds
    body: "PlannedBody | None" = None


class PlannedBody(WireModel):
    """The nodes of a blueprint in their static order; a workflow node holds one of its own."""

    inputs: dict[str, Any]
    nodes: JsonArray[PlannedNode]
    outputs: dict[str, Any] = Field(default_factory=dict)
    budget: AmountText | None = None


class Plan(WireModel):
    """The root of a plan."""

    schema_version: Literal["plan.v0"]
    blueprint_id: str
    blueprint_digest: DigestText
    lock_digest: DigestText | None = None
    body: PlannedBody
    components: dict[str, PlannedComponent]
    packages: dict[str, PlannedPackage] = Field(default_factory=dict)
    cost: CostBounds
    assumptions: JsonArray[str] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> "Plan":
        # A plan is a file that anyone could have written: what it names must be in it, under that very name.
        for name, component in self.components.items():
            if name != component.id:
                raise ValueError(f"lists `{component.id}` under the name `{name}`")
        for name, package in self.packages.items():
            if name != package.name:
                raise ValueError(f"lists the package `{printable(package.name)}` under the name `{printable(name)}`")
        _check_nodes(self.body, frozenset(self.components))
        return self


def _check_nodes(body: PlannedBody, components: frozenset[str]) -> None:
    before: set[str] = set()
    for node in body.nodes:
        if node.component not in components:
            raise ValueError(f"calls `{node.component}` in node `{node.id}`, and does not list it")
        if node.id in before:
            raise ValueError(f"has two nodes `{node.id}`")
        late = sorted(set(node.dependencies) - before)
        if late:
            raise ValueError(f"lets node `{node.id}` wait for `{late[0]}`, which does not come before it")
        before.add(node.id)
        if node.body is not None and not node.component.startswith("workflow:"):
            raise ValueError(f"gives node `{node.id}` nodes of its own, and `{node.component}` is no workflow")
        if node.body is not None:
            _check_nodes(node.body, components)


def plan_value(plan: Plan) -> JsonObject:
    """The JSON value of a plan; equal plans give equal values."""
    value: JsonObject = plan.model_dump(mode="json", by_alias=True, exclude_none=True)
    return value


def plan_bytes(plan: Plan) -> bytes:
    """The canonical bytes of a plan; equal plans give equal bytes on any machine."""
    return canonical_bytes(plan_value(plan))


def plan_digest(plan: Plan) -> Digest:
    """SHA-256 over the plan's canonical bytes."""
    return Digest.of(plan_bytes(plan))


def read_plan(data: bytes, *, where: str) -> Plan:
    """The plan that these bytes hold.

    Raises:
        IceError: a `json-…` slug, or `plan-invalid`.
    """
    return parse_plan(parse_json(data, where=where, max_bytes=MAX_REGISTRY_BYTES), where=where)


def parse_plan(value: JsonValue, *, where: str) -> Plan:
    """The model of a plan's JSON value.

    Raises:
        IceError: `plan-invalid`, every fault a finding.
    """
    return parse_wire(
        Plan,
        value,
        slug="plan-invalid",
        document=f"a `{PLAN_VERSION}` plan",
        where=where,
        hints=(COMPILE_ANEW,),
    )
