"""One blueprint's nodes, bound, checked, costed and in order: the body of a plan, and of each workflow inside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ice_compiler.bind import Binder
from ice_compiler.cost import NodeCost, assumptions, check_budget, node_cost, total
from ice_compiler.findings import Findings
from ice_compiler.interfaces import Interfaces
from ice_compiler.node_form import NAME_MEMBER
from ice_compiler.node_types import Outputs, check_node_types, check_outputs, inputs_shape, node_output
from ice_compiler.order import ordered
from ice_compiler.parse import Draft, DraftNode, draft_of
from ice_compiler.uses import Use, Uses, permitted_uses, tell_uses
from ice_core.canonical import printed_bytes
from ice_core.document import Document
from ice_core.errors import Finding, IceError, Location
from ice_core.json_places import json_document
from ice_core.models.blueprint import RetryPolicy, node_component_id
from ice_core.models.plan import CostBounds, PlannedBody, PlannedNode
from ice_core.names import ComponentId
from ice_core.registered import RegisteredComponent
from ice_core.strict_json import JsonObject

MAX_NESTING: Final = 16
MAX_NODES: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltBody:
    """A body, what it costs, how many nodes it holds and how deep it is, workflows inside it included."""

    body: PlannedBody
    cost: CostBounds
    size: int
    depth: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """What became of one blueprint: its body, unless something bars it, and what it calls at any depth."""

    body: BuiltBody | None
    uses: Uses

    @property
    def components(self) -> list[RegisteredComponent]:
        """Every component that may be called, by name."""
        found = [use.component for use in self.uses.values() if use.component is not None]
        return sorted(found, key=lambda component: component.id)


@dataclass(kw_only=True, slots=True)
class BodyBuilder:
    """Builds the bodies of one plan; a workflow that is used often is built once.

    Attributes:
        binder: What the names mean.
        notes: What the plan takes for granted, in words.
        workflows: What became of each workflow's blueprint, and what is wrong with it by itself.
    """

    binder: Binder
    interfaces: Interfaces = field(default_factory=Interfaces)
    notes: set[str] = field(default_factory=set)
    workflows: dict[ComponentId, tuple[Built, tuple[Finding, ...]]] = field(default_factory=dict)

    def build(self, draft: Draft, findings: Findings, *, within: tuple[ComponentId, ...] = ()) -> Built:
        """The body of a draft; without one when anything about it is an error.

        Args:
            draft: The blueprint.
            findings: Where what is wrong is put; what cannot be had is put there for the outermost blueprint only.
            within: The workflows around it, the outermost first.
        """
        # 1 Order: each node after what it depends on.
        nodes = ordered(draft, findings)
        # 2 Bind: names to components, and with an agent what it may call.
        uses = self._bind(nodes, within, findings)
        components = {node.index: _own(node, uses[node.index]).component for node in nodes}
        # 3 Expand: the blueprints inside workflows, without importing them.
        bodies = {node.index: self._inner(node, uses[node.index], within, findings) for node in nodes}
        # 4 Types: what is given against what is taken.
        sides = {index: self.interfaces.of(found) if found else None for index, found in components.items()}
        outputs = Outputs(
            inputs=inputs_shape(draft),
            shapes={node.model.id: node_output(node, sides[node.index]) for node in nodes},
            uncertain=frozenset(node.model.id for node in nodes if node.model.when is not None),
            node_ids=frozenset(node.model.id for node in nodes) | draft.broken,
        )
        for node in nodes:
            check_node_types(node, components[node.index], sides[node.index], draft, outputs, findings, self.notes)
        check_outputs(draft, outputs, findings, self.notes)
        # 5 Cost: bounds for each node, and the budget.
        costs = self._costs(nodes, components, bodies, findings)
        check_budget(draft.root.id, list(costs.values()), draft.root.budget, ("budget",), findings)
        inner = [body for body in bodies.values() if body is not None]
        size = len(nodes) + sum(body.size for body in inner)
        _check_size(size, findings)
        # 6 What cannot be had, at any depth, each once.
        if not within:
            tell_uses(nodes, uses, self.binder, findings)
        whole = _merged(uses[node.index] for node in nodes)
        if findings.bar or any(use.bars for use in whole.values()):
            return Built(body=None, uses=whole)
        body = _body(draft, nodes, components, bodies, costs)
        depth = 1 + max((one.depth for one in inner), default=0)
        return Built(body=BuiltBody(body=body, cost=total(list(costs.values())), size=size, depth=depth), uses=whole)

    def _bind(self, nodes: Sequence[DraftNode], within: tuple[ComponentId, ...], findings: Findings) -> dict[int, Uses]:
        ranges: dict[ComponentId, set[str]] = {}
        for node in nodes:
            ranges.setdefault(node_component_id(node.model), set()).add(node.model.version or "")
        # Nodes say ranges and agents do not, so what agents may call comes after and takes the version that is there.
        named = {node.index: self._named(node, ranges, within, findings) for node in nodes}
        uses: dict[int, Uses] = {}
        for index, use in named.items():
            permitted = permitted_uses(use.component, self.binder) if use.component is not None else {}
            uses[index] = {use.id: use, **permitted}
        return uses

    def _named(
        self,
        node: DraftNode,
        ranges: dict[ComponentId, set[str]],
        within: tuple[ComponentId, ...],
        findings: Findings,
    ) -> Use:
        wanted = node_component_id(node.model)
        caller = within[-1] if within else None
        try:
            return Use(id=wanted, caller=caller, component=self.binder.bind(wanted, ranges[wanted]))
        except IceError as error:
            ranged = any(ranges[wanted]) and error.slug in ("component-version-unknown", "component-version-conflict")
            if not ranged:
                return Use(id=wanted, caller=caller, refusal=error)
            if node.model.version:  # where the ranges are at fault, the nodes that say one are named
                findings.add_error(error, (*node.path, "version"))
            return Use(id=wanted, caller=caller)

    def _inner(
        self, node: DraftNode, uses: Uses, within: tuple[ComponentId, ...], findings: Findings
    ) -> BuiltBody | None:
        use = _own(node, uses)
        component = use.component
        if component is None or component.id.node_type != "workflow":
            return None
        if component.id in within:
            self._refuse_circle(component.id, node, within, findings)
            return None
        blueprint = component.value.get("blueprint")
        if not isinstance(blueprint, dict):
            uses[use.id] = replace(use, component=None, refusal=_without_blueprint(component))
            return None
        if component.id not in self.workflows:
            self.workflows[component.id] = self._build_inner(component, blueprint, (*within, component.id))
        built, faults = self.workflows[component.id]
        if built.body is not None and len(within) + built.body.depth > MAX_NESTING:
            built, faults = Built(body=None, uses={}), _too_deep(component)
        uses[use.id] = replace(use, faults=faults)
        for further in built.uses.values():
            uses.setdefault(further.id, further)
        return built.body

    def _build_inner(
        self, component: RegisteredComponent, blueprint: JsonObject, within: tuple[ComponentId, ...]
    ) -> tuple[Built, tuple[Finding, ...]]:
        if len(within) > MAX_NESTING:
            return Built(body=None, uses={}), _too_deep(component)
        document = _inline(component, blueprint)
        findings = Findings(document)
        built = self.build(draft_of(document, findings), findings, within=within)
        return built, findings.errors()

    def _refuse_circle(
        self, component: ComponentId, node: DraftNode, within: tuple[ComponentId, ...], findings: Findings
    ) -> None:
        circle = [*within[within.index(component) :], component]
        findings.add(
            "workflow-cycle",
            f"`{component}` contains itself",
            (*node.path, NAME_MEMBER["workflow"]),
            expected="workflows that end",
            found=" -> ".join(map(str, circle)),
            hints=("Repeat a node with `for_each` over a bounded list instead",),
        )

    def _costs(
        self,
        nodes: Sequence[DraftNode],
        components: dict[int, RegisteredComponent | None],
        bodies: dict[int, BuiltBody | None],
        findings: Findings,
    ) -> dict[int, NodeCost]:
        costs: dict[int, NodeCost] = {}
        for node in nodes:
            component, body = components[node.index], bodies[node.index]
            if component is None or (component.id.node_type == "workflow" and body is None):
                continue
            cost = node_cost(node.model, component, body.cost if body is not None else None, node.path, findings)
            costs[node.index] = cost
            self.notes.update(assumptions(node.model, component, cost))
        return costs


def _own(node: DraftNode, uses: Uses) -> Use:
    return uses[node_component_id(node.model)]


def _merged(several: Iterable[Uses]) -> Uses:
    whole: Uses = {}
    for uses in several:
        for use in uses.values():
            known = whole.get(use.id)
            if known is None or (use.bars and not known.bars):
                whole[use.id] = use
    return whole


def _inline(component: RegisteredComponent, blueprint: JsonObject) -> Document:
    text = printed_bytes(blueprint).decode("utf-8")
    name = f"the blueprint of {component.id} {component.version}"
    return json_document(name, text, blueprint)


def _without_blueprint(component: RegisteredComponent) -> IceError:
    return IceError(
        "workflow-blueprint-missing",
        f"`{component.id}` {component.version} has no `blueprint` in its manifest, so it cannot be expanded",
        expected="the blueprint inline, as `ice plugins export` writes it",
        found=f"{component.origin}, without it",
        hints=("Ask for a release whose manifest `ice plugins export` wrote",),
    )


def _too_deep(component: RegisteredComponent) -> tuple[Finding, ...]:
    finding = Finding(
        "plan-too-large",
        "workflows are nested too deeply",
        where=Location(f"the blueprint of {component.id} {component.version}", line=1, column=1),
        expected=f"at most {MAX_NESTING} levels",
        found="more",
        hints=("Repeat nodes with `for_each` instead of nesting workflows",),
    )
    return (finding,)


def _check_size(size: int, findings: Findings) -> None:
    if size > MAX_NODES:
        findings.add(
            "plan-too-large",
            "with all workflows expanded there are too many nodes for one plan",
            ("nodes",),
            key=True,
            expected=f"at most {MAX_NODES}",
            found=str(size),
            hints=("Use `for_each` for what is repeated, or split the blueprint",),
        )


def _body(
    draft: Draft,
    nodes: Sequence[DraftNode],
    components: dict[int, RegisteredComponent | None],
    bodies: dict[int, BuiltBody | None],
    costs: dict[int, NodeCost],
) -> PlannedBody:
    planned = []
    for node in nodes:
        model, inner = node.model, bodies[node.index]
        planned.append(
            PlannedNode(
                id=model.id,
                component=str(node_component_id(model)),
                arguments=model.arguments,
                dependencies=tuple(dict.fromkeys(model.dependencies)),
                when=model.when,
                for_each=model.for_each,
                max_items=model.max_items,
                max_tokens=model.max_tokens,
                timeout_seconds=model.timeout_seconds,
                retry_policy=model.retry_policy or RetryPolicy(),
                cost=costs[node.index].bounds,
                body=inner.body if inner is not None else None,
            )
        )
    root = draft.root
    return PlannedBody(inputs=root.inputs, nodes=tuple(planned), outputs=root.outputs, budget=root.budget)
