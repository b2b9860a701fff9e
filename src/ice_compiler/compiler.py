"""8 COMPILE: a blueprint, the registry and the lock to a plan or to findings; no component is imported.

The plan is there only when no finding is an error. All findings come at once, with line and column, in a stable order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ice_compiler.bind import Binder
from ice_compiler.body import BodyBuilder, BuiltBody
from ice_compiler.findings import Findings
from ice_compiler.interfaces import Interface, Interfaces
from ice_compiler.parse import Draft, draft_of, read_document
from ice_core.canonical import value_digest
from ice_core.errors import Finding, IceError
from ice_core.models.lock import Lock
from ice_core.models.plan import Plan, PlannedComponent, PlannedPackage, PlannedWheel, unit_cost
from ice_core.registered import RegisteredComponent
from ice_core.unified_registry import Registry
from ice_core.verified_manifest import VerifiedManifest


@dataclass(frozen=True, kw_only=True, slots=True)
class Compilation:
    """What became of a blueprint.

    Attributes:
        plan: The plan; None when a finding is an error.
        findings: Errors and warnings, by line and column. `details.length` is how much of the line to underline.
        notes: What holds only if the run bears it out, in words; the plan records them as its assumptions.
        source: The blueprint's text, for printing the lines that findings point at.
        where: Its origin.
    """

    plan: Plan | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    source: str
    where: str


def compile_blueprint(
    data: bytes, *, where: str, registry: Registry, lock: Lock | None = None, locked: bool = False
) -> Compilation:
    """The plan of a blueprint, or what bars it.

    Args:
        data: The blueprint, JSON or YAML.
        where: Its origin; a name that ends in `.yaml` or `.yml` is read as YAML.
        registry: The components; under `no_dynamic` each must be signed.
        lock: What pins versions and digests.
        locked: Whether whatever the lock does not pin is an error.
    """
    # 1 Read: bytes to a value and the places of its parts.
    try:
        document = read_document(data, where=where)
    except IceError as error:
        source = data.decode("utf-8", errors="replace")
        return Compilation(plan=None, findings=error.findings or (error.finding,), notes=(), source=source, where=where)
    findings = Findings(document)
    # 2 Parse: the one form, each part in order or set aside.
    draft = draft_of(document, findings)
    # 3 Build: order, binding, types and cost, of this blueprint and of the workflows inside it.
    binder = Binder(registry, lock=lock, locked=locked, blueprint=where)
    builder = BodyBuilder(binder=binder)
    built = builder.build(draft, findings)
    # 4 Plan: everything that a run needs, with digests.
    notes = tuple(sorted(builder.notes))
    plan = None
    if built.body is not None:
        plan = _plan(draft, built.body, built.components, builder.interfaces, lock, notes)
    return Compilation(plan=plan, findings=findings.sorted(), notes=notes, source=document.text, where=where)


def _plan(
    draft: Draft,
    built: BuiltBody,
    used: Sequence[RegisteredComponent],
    interfaces: Interfaces,
    lock: Lock | None,
    notes: tuple[str, ...],
) -> Plan:
    manifests = {item.distribution: item.manifest for item in used if item.distribution and item.manifest}
    return Plan(
        schema_version="plan.v0",
        blueprint_id=draft.root.id,
        blueprint_digest=str(value_digest(draft.value)),
        lock_digest=str(lock.digest) if lock is not None else None,
        body=built.body,
        components={str(item.id): _component(item, interfaces.of(item)) for item in used},
        packages={name: _package(name, manifests[name]) for name in sorted(manifests)},
        cost=built.cost,
        assumptions=notes,
    )


def _component(item: RegisteredComponent, interface: Interface) -> PlannedComponent:
    return PlannedComponent(
        id=str(item.id),
        version=str(item.version),
        digest=str(item.digest),
        package=item.distribution,
        import_target=str(item.target),
        input_schema=interface.input_schema,
        output_schema=interface.output_schema,
        permissions=item.entry.permissions,
        cost=unit_cost(item.entry),
    )


def _package(name: str, manifest: VerifiedManifest) -> PlannedPackage:
    return PlannedPackage(
        name=name,
        version=manifest.package.version if manifest.package is not None else "0",
        manifest_digest=str(manifest.digest),
        wheels=tuple(PlannedWheel(filename=pin.filename, digest=str(pin.digest)) for pin in manifest.wheels),
        status=manifest.status,
        signer=manifest.signer,
    )
