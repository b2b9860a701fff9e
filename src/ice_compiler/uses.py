"""What the nodes of a blueprint call at any depth, and what of that cannot be had: each root told once.

A missing component is told at every node that names it. Where only an agent or a workflow needs it, it is told at the
first node that leads there, together with whatever else that node lacks; what was told at one node is not told again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ice_compiler.bind import Binder
from ice_compiler.findings import Findings, listed
from ice_compiler.node_form import NAME_MEMBER
from ice_compiler.parse import DraftNode
from ice_compiler.policy import check_deprecated, check_iceos, check_policy, of_other_types
from ice_core.document import PathSteps
from ice_core.errors import Finding, IceError
from ice_core.models.blueprint import node_component_id
from ice_core.names import ComponentId
from ice_core.registered import RegisteredComponent

MOST_SHOWN = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """One component that a node calls, or that is called on its behalf.

    Attributes:
        id: What is called.
        caller: The agent or workflow that calls it; None for what the blueprint's own node names.
        component: The component, if it was found.
        refusal: Why it cannot be had, if it cannot.
        faults: Of a workflow, what keeps its own blueprint from compiling.
    """

    id: ComponentId
    caller: ComponentId | None
    component: RegisteredComponent | None = None
    refusal: IceError | None = None
    faults: tuple[Finding, ...] = ()

    @property
    def bars(self) -> bool:
        """Whether nothing that needs it can be planned."""
        return self.refusal is not None or bool(self.faults)

    @property
    def reason(self) -> str:
        """Why it is needed, as a sentence's end."""
        calls = self.caller is not None and self.caller.node_type == "workflow"
        return f"`{self.caller}` {'calls it' if calls else 'lists it under `permissions.tools`'}"


Uses: TypeAlias = dict[ComponentId, Use]


def permitted_uses(agent: RegisteredComponent, binder: Binder) -> Uses:
    """What an agent's manifest entry permits it to call, and what those are permitted to call."""
    uses: Uses = {}
    waiting = [(agent.id, name) for name in agent.entry.permissions.tools]
    while waiting:
        caller, name = waiting.pop(0)
        component = ComponentId.parse(name)
        if component in uses or component == agent.id:
            continue
        try:
            found = binder.bind(component)
        except IceError as error:
            uses[component] = Use(id=component, caller=caller, refusal=error)
            continue
        uses[component] = Use(id=component, caller=caller, component=found)
        waiting.extend((component, further) for further in found.entry.permissions.tools)
    return uses


def tell_uses(nodes: Sequence[DraftNode], uses: Mapping[int, Uses], binder: Binder, findings: Findings) -> None:
    """Findings about everything that these nodes call; `uses` is by the index of the node."""
    in_order = sorted(nodes, key=lambda node: node.index)
    told: set[ComponentId] = set()
    checked: set[ComponentId] = set()
    # What a node names itself is told there, before anything that it is needed for.
    for direct in (True, False):
        for node in in_order:
            here = [use for use in uses[node.index].values() if (use.caller is None) == direct]
            at: PathSteps = (*node.path, NAME_MEMBER[node.model.type])
            if direct:
                _tell_named(here, at, told, binder, findings)
            else:
                _tell_needed(node_component_id(node.model), here, at, told, binder, findings)
            for use in here:
                _tell_policy(use, at, checked, binder, findings)


def _tell_named(here: Sequence[Use], at: PathSteps, told: set[ComponentId], binder: Binder, findings: Findings) -> None:
    for use in here:
        if use.component is not None:
            check_deprecated(use.component, at, findings)
        if use.refusal is not None and (use.refusal.slug == "component-unknown" or use.id not in told):
            unknown = use.refusal.slug == "component-unknown"
            findings.add_error(use.refusal, at, hints=of_other_types(use.id, binder) if unknown else ())
        elif use.faults and use.id not in told:
            _tell_faults(use, at, findings)
        if use.bars:
            told.add(use.id)


def _tell_needed(
    needed_by: ComponentId,
    here: Sequence[Use],
    at: PathSteps,
    told: set[ComponentId],
    binder: Binder,
    findings: Findings,
) -> None:
    new = [use for use in here if use.bars and use.id not in told]
    told.update(use.id for use in new)
    for use in new:
        if use.faults:
            _tell_faults(use, at, findings)
    refused = [(use, use.refusal) for use in new if use.refusal is not None]
    if refused:
        _tell_missing(needed_by, refused, at, binder, findings)


def _tell_missing(
    needed_by: ComponentId,
    refused: Sequence[tuple[Use, IceError]],
    at: PathSteps,
    binder: Binder,
    findings: Findings,
) -> None:
    use, error = refused[0]
    names = [str(other.id) for other, _ in refused]
    single = len(refused) == 1
    unknown = all(refusal.slug == "component-unknown" for _, refusal in refused)
    what = f"`{use.id}`, and {error.finding.message}"
    lines = [] if single else [line for other, refusal in refused for line in _lines(other, refusal)]
    hints = [hint for _, refusal in refused for hint in refusal.finding.hints]
    sources = dict.fromkeys(line for _, refusal in refused for line in refusal.finding.detail)
    findings.add(
        "agent-tool-unavailable" if needed_by.node_type == "agent" else "workflow-component-unavailable",
        f"`{needed_by}` needs {what if single else f'{len(refused)} components that cannot be had: {listed(names)}'}",
        at,
        expected=f"{listed(names)} in a manifest that was read" if unknown else error.finding.expected,
        found=error.finding.found if single else None,
        detail=[*lines, *sources],
        note=f"{use.reason}." if single else None,
        hints=[binder.install_hint] if unknown else tuple(dict.fromkeys(hints)),
        details={"components": [*names]},
    )


def _lines(use: Use, error: IceError) -> list[str]:
    values = (("expected", error.finding.expected), ("found", error.finding.found))
    return [
        f"{error.finding.message}; {use.reason}",
        *(f"  {name}: {value}" for name, value in values if value is not None),
    ]


def _tell_faults(use: Use, at: PathSteps, findings: Findings) -> None:
    shown = [f"error[{fault.slug}]  {fault.where}  {fault.message}" for fault in use.faults[:MOST_SHOWN]]
    more = [f"and {len(use.faults) - MOST_SHOWN} more"] if len(use.faults) > MOST_SHOWN else []
    version, origin = (use.component.version, use.component.origin) if use.component is not None else ("", "it")
    because = f" It is needed because {use.reason}." if use.caller is not None else ""
    findings.add(
        "workflow-invalid",
        f"the blueprint of `{use.id}` {version} does not compile here",
        at,
        found=listed(dict.fromkeys(fault.slug for fault in use.faults)),
        detail=[*shown, *more],
        note=f"It is inline in the manifest of {origin}; its author can mend it.{because}",
        hints=use.faults[0].hints,
    )


def _tell_policy(use: Use, at: PathSteps, checked: set[ComponentId], binder: Binder, findings: Findings) -> None:
    if use.component is None or use.id in checked:
        return
    checked.add(use.id)
    because = f"`{use.id}` is here because {use.reason}." if use.caller is not None else None
    check_iceos(use.component, at, findings, because=because)
    check_policy(use.component, at, binder, findings, because=because)
