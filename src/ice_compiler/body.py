"""One blueprint's nodes, bound, checked, costed and in order: the body of a plan, and of each workflow inside it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ice_compiler.bind import Binder
from ice_compiler.cost import NodeCost, assumptions, check_budget, node_cost, total
from ice_compiler.document import Document, PathSteps
from ice_compiler.findings import Findings, listed
from ice_compiler.json_places import json_spans
from ice_compiler.node_form import NAME_MEMBER
from ice_compiler.node_types import Outputs, check_node_types, check_outputs, node_output
from ice_compiler.order import ordered
from ice_compiler.parse import Draft, DraftNode, draft_of
from ice_compiler.policy import check_entry, check_policy, of_other_types
from ice_core.canonical import printed_bytes
from ice_core.errors import Finding, IceError
from ice_core.models.blueprint import RetryPolicy, node_component_id
from ice_core.models.plan import CostBounds, PlannedBody, PlannedNode
from ice_core.names import ComponentId
from ice_core.registered import RegisteredComponent
from ice_core.strict_json import JsonObject

MAX_NESTING: Final = 16
MAX_NODES: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltBody:
    """A body, what it costs, and how many nodes it holds, those of workflows inside it included."""

    body: PlannedBody
    cost: CostBounds
    size: int


@dataclass(kw_only=True, slots=True)
class BodyBuilder:
    """Builds the bodies of one plan; a workflow that is used often is built once.

    Attributes:
        binder: What the names mean.
        used: Every component that the plan may call.
        notes: What the plan takes for granted, in words.
    """

    binder: Binder
    used: dict[ComponentId, RegisteredComponent] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)
    built: dict[ComponentId, BuiltBody] = field(default_factory=dict)
    refused: dict[ComponentId, tuple[Finding, ...]] = field(default_factory=dict)

    def build(self, draft: Draft, findings: Findings, *, within: tuple[ComponentId, ...] = ()) -> BuiltBody | None:
        """The body of a draft; None when anything about it is an error.

        Args:
            draft: The blueprint.
            findings: Where what is wrong is put.
            within: The workflows around it, the outermost first.
        """
        # 1 Order: each node after what it depends on.
        nodes = ordered(draft, findings)
        # 2 Bind: names to components, and with an agent what it may call.
        ranges: dict[ComponentId, set[str]] = {}
        for node in nodes:
            ranges.setdefault(node_component_id(node.model), set()).add(node.model.version or "")
        components = {node.index: self._component(node, ranges, findings) for node in nodes}
        # 3 Expand: the blueprints inside workflows, without importing them.
        bodies = {node.index: self._inner(node, components[node.index], within, findings) for node in nodes}
        # 4 Types: what is given against what is taken.
        outputs = Outputs(
            shapes={node.model.id: node_output(node, components[node.index]) for node in nodes},
            uncertain=frozenset(node.model.id for node in nodes if node.model.when is not None),
            node_ids=frozenset(node.model.id for node in nodes) | draft.broken,
        )
        for node in nodes:
            check_node_types(node, components[node.index], draft, outputs, findings, self.notes)
        check_outputs(draft, outputs, findings, self.notes)
        # 5 Cost: bounds for each node, and the budget.
        costs = self._costs(nodes, components, bodies, findings)
        check_budget(draft.root.id, list(costs.values()), draft.root.budget, ("budget",), findings)
        size = len(nodes) + sum(body.size for body in bodies.values() if body is not None)
        _check_size(size, findings)
        return None if findings.bar else _body(draft, nodes, components, bodies, costs, size)

    def _component(
        self, node: DraftNode, ranges: dict[ComponentId, set[str]], findings: Findings
    ) -> RegisteredComponent | None:
        at: PathSteps = (*node.path, NAME_MEMBER[node.model.type])
        wanted = node_component_id(node.model)
        try:
            component = self.binder.bind(wanted, ranges[wanted])
        except IceError as error:
            ranged = any(ranges[wanted]) and error.slug in ("component-version-unknown", "component-version-conflict")
            if not ranged or node.model.version:  # where the ranges are at fault, the nodes that say one are named
                findings.add_error(
                    error,
                    (*node.path, "version") if ranged else at,
                    hints=of_other_types(wanted, self.binder) if error.slug == "component-unknown" else (),
                )
            return None
        self._use(component, at, findings)
        check_entry(component, at, findings)
        permitted, refused = self.binder.bind_permitted(component)
        for tool in permitted:
            self._use(tool, at, findings)
        for name, refusal in refused:
            findings.add(
                "agent-tool-unavailable",
                f"`{component.id}` may call `{name}`, and that cannot be bound: {refusal.finding.message}",
                at,
                expected=refusal.finding.expected or f"`{name}` in a manifest that was read",
                found=refusal.finding.found,
                detail=refusal.finding.detail,
                note=f"`{component.id}` lists it under `permissions.tools`.",
                hints=refusal.finding.hints,
            )
        return component

    def _use(self, component: RegisteredComponent, at: PathSteps, findings: Findings) -> None:
        self.used[component.id] = component
        check_policy(component, at, self.binder, findings)

    def _inner(
        self,
        node: DraftNode,
        component: RegisteredComponent | None,
        within: tuple[ComponentId, ...],
        findings: Findings,
    ) -> BuiltBody | None:
        if component is None or component.id.node_type != "workflow":
            return None
        at: PathSteps = (*node.path, NAME_MEMBER["workflow"])
        if component.id in within:
            circle = [*within[within.index(component.id) :], component.id]
            findings.add(
                "workflow-cycle",
                f"`{component.id}` contains itself",
                at,
                expected="workflows that end",
                found=" -> ".join(map(str, circle)),
                hints=("Repeat a node with `for_each` over a bounded list instead",),
            )
            return None
        blueprint = component.value.get("blueprint")
        if not isinstance(blueprint, dict):
            findings.add(
                "workflow-blueprint-missing",
                f"`{component.id}` {component.version} has no `blueprint` in its manifest, so it cannot be expanded",
                at,
                expected="the blueprint inline, as `ice plugins export` writes it",
                found=f"{component.origin}, without it",
                hints=("Ask for a release whose manifest `ice plugins export` wrote",),
            )
            return None
        if component.id not in self.built and component.id not in self.refused:
            self._build_inner(component, blueprint, (*within, component.id))
        self._report_inner(component, at, findings)
        return self.built.get(component.id)

    def _build_inner(
        self, component: RegisteredComponent, blueprint: JsonObject, within: tuple[ComponentId, ...]
    ) -> None:
        text = printed_bytes(blueprint).decode("utf-8")
        name = f"the blueprint of {component.id} {component.version}"
        document = Document(name, text, blueprint, find_spans=lambda: json_spans(text))
        findings = Findings(document)
        if len(within) > MAX_NESTING:
            findings.add(
                "plan-too-large",
                "workflows are nested too deeply",
                (),
                expected=f"at most {MAX_NESTING} levels",
                found="more",
                hints=(),
            )
            self.refused[component.id] = findings.sorted()
            return
        built = self.build(draft_of(document, findings), findings, within=within)
        if built is not None:
            self.built[component.id] = built
        else:
            self.refused[component.id] = findings.errors()

    def _report_inner(self, component: RegisteredComponent, at: PathSteps, findings: Findings) -> None:
        inside = self.refused.get(component.id)
        if inside is None:
            return
        shown = [f"error[{finding.slug}]  {finding.where}  {finding.message}" for finding in inside[:8]]
        more = [f"and {len(inside) - 8} more"] if len(inside) > 8 else []
        findings.add(
            "workflow-invalid",
            f"the blueprint of `{component.id}` {component.version} does not compile here",
            at,
            found=listed(dict.fromkeys(finding.slug for finding in inside)),
            detail=[*shown, *more],
            note=f"It is inline in the manifest of {component.origin}; its author can mend it.",
            hints=inside[0].hints,
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
    size: int,
) -> BuiltBody:
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
    body = PlannedBody(inputs=root.inputs, nodes=tuple(planned), outputs=root.outputs, budget=root.budget)
    return BuiltBody(body=body, cost=total(list(costs.values())), size=size)
