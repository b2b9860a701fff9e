"""Which components a blueprint names, before anything is there to compile it against: what a lock is made from."""

from ice_compiler.findings import Findings
from ice_compiler.parse import draft_of, read_document
from ice_core.errors import IceError, Location
from ice_core.models.blueprint import node_component_id
from ice_core.names import ComponentId, VersionRange


def components_named(data: bytes, *, where: str) -> dict[ComponentId, VersionRange]:
    """Each component that a node calls, with the range of versions that all its nodes accept.

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
    needed: dict[ComponentId, VersionRange] = {}
    for node in draft.nodes:
        component = node_component_id(node.model)
        ranges = [needed[component].text] if component in needed else []
        needed[component] = VersionRange.parse(",".join(filter(None, [*ranges, node.model.version or ""])))
    return needed
