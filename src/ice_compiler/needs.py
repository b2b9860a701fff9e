"""Which components a blueprint names, before anything is there to compile it against: what a lock is made from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ice_compiler.findings import Findings
from ice_compiler.node_form import NAME_MEMBER
from ice_compiler.parse import draft_of, read_document
from ice_core.errors import IceError, Location
from ice_core.models.blueprint import node_component_id
from ice_core.names import ComponentId, VersionRange


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """A component that nodes call: the versions that all of them accept, and where the first one names it."""

    component: ComponentId
    versions: VersionRange
    node: str
    where: Location


def components_named(data: bytes, *, where: str) -> tuple[Need, ...]:
    """Each component that a node calls, once, in the order of the nodes.

    Args:
        data: The blueprint, JSON or YAML.
        where: Its origin; a name that ends in `.yaml` or `.yml` is read as YAML.

    Raises:
        IceError: a `json-…` or `yaml-…` slug, or `blueprint-refused` with each finding.
    """
    document = read_document(data, where=where)
    findings = Findings(document)
    draft = draft_of(document, findings)
    if findings.bar:
        raise IceError(
            "blueprint-refused",
            f"`{where}` has {len(findings.errors())} findings that bar it",
            where=Location(where),
            note="Which components it needs is known once its nodes are in order.",
            hints=(f"To see all findings, run `ice compile {where}`",),
            findings=findings.sorted(),
        )
    return together(
        Need(
            component=node_component_id(node.model),
            versions=VersionRange.parse(node.model.version or ""),
            node=node.model.id,
            where=findings.location(draft.written((*node.path, NAME_MEMBER[node.model.type]))),
        )
        for node in draft.nodes
    )


def together(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Each component once, in versions that all the needs accept; the first place speaks for all."""
    found: dict[ComponentId, Need] = {}
    for need in needs:
        first = found.get(need.component)
        texts = [first.versions.text] if first is not None else []
        versions = VersionRange.parse(",".join(filter(None, [*texts, need.versions.text])))
        found[need.component] = replace(first or need, versions=versions)
    return tuple(found.values())
