"""From a file that a person names to a plan: a blueprint is compiled, its findings told; a plan is read as it is."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ice_cli import output
from ice_cli.extra_sources import extra_lines
from ice_cli.files import missing, read_named
from ice_cli.render import findings_text
from ice_core.amounts import amount_text
from ice_core.canonical import canonical_bytes
from ice_core.errors import IceError, Location
from ice_core.models.lock import LOCK_NAME, MAX_LOCK_BYTES, Lock, read_lock
from ice_core.models.plan import CostBounds, Plan, PlannedBody, plan_digest
from ice_core.names import NODE_TYPES, ComponentId
from ice_core.one_node import one_node_blueprint
from ice_core.strict_json import MAX_BYTES
from ice_core.unified_registry import Registry

if TYPE_CHECKING:
    from ice_compiler.compiler import Compilation


def lock_beside(lock: Path | None, *, locked: bool) -> Lock | None:
    """The lock that was named, else the one in this folder if there is one.

    Raises:
        IceError: `file-missing` when `--locked` or a path asks for a lock that is not there; `lock-invalid`.
    """
    path = lock or Path(LOCK_NAME)
    if lock is None and not path.exists():
        if not locked:
            return None
        raise missing(path, because=", and `--locked` was given", hints=("To write it, run `ice lock -b BLUEPRINT`",))
    return read_lock(read_named(path, max_bytes=MAX_LOCK_BYTES), where=str(path))


def read_blueprint(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a blueprint or plan.

    Raises:
        IceError: `usage` for `-`; `file-missing` with the names in that folder that look like it; `file-not-regular`
            or `file-too-large`.
    """
    if str(path) == "-":
        raise output.usage_error(
            "`-` is not a file: findings point into a blueprint by name and line, so it is read from a file",
            hints=("Write it to a file first, as in `ice compile news.yaml`",),
        )
    return read_named(path, max_bytes=max_bytes)


def compiled_file(blueprint: Path, registry: Registry, lock: Lock | None, *, locked: bool) -> "Compilation":
    """What the compiler makes of a blueprint's file."""
    # Only here: a plan and a resumed run need neither the compiler nor a reader of YAML.
    from ice_compiler.compiler import compile_blueprint

    data = read_blueprint(blueprint)
    return compile_blueprint(data, where=str(blueprint), registry=registry, lock=lock, locked=locked)


def named_component(text: str) -> ComponentId | None:
    """The component that `tool:count_words` names; None for a file, also for one that has such a name."""
    if text.partition(":")[0] not in NODE_TYPES or Path(text).exists():
        return None
    return ComponentId.parse(text)


def compiled_component(
    component: ComponentId, registry: Registry, lock: Lock | None, *, given: Iterable[str], locked: bool
) -> "Compilation":
    """What the compiler makes of one component, called with its required inputs and those that are given.

    Raises:
        IceError: `component-unknown`.
    """
    from ice_compiler.compiler import compile_blueprint

    item = registry.resolve(component.node_type, component.name)
    blueprint = one_node_blueprint(item.id, item.input_schema(), identity=item.id.name, given=given)
    return compile_blueprint(
        canonical_bytes(blueprint), where=str(item.id), registry=registry, lock=lock, locked=locked
    )


def plan_or_refusal(compilation: "Compilation") -> Plan:
    """The plan; warnings are told on the way.

    Raises:
        IceError: `blueprint-refused`, with every finding.
    """
    if compilation.plan is None:
        raise refusal(compilation)
    warnings = [finding for finding in compilation.findings if finding.severity == "warning"]
    if warnings:
        output.say(findings_text(warnings))
    return compilation.plan


def refusal(compilation: "Compilation") -> IceError:
    """The error of a blueprint whose findings bar it, each with the line that it points at."""
    errors = sum(finding.severity == "error" for finding in compilation.findings)
    warnings = len(compilation.findings) - errors
    besides = f", and {output.counted(warnings, 'warning')}" if warnings else ""
    mend = f"Mend it, then run `ice compile {compilation.where}` to see that nothing is left"
    show = f"To see what it takes, run `ice plugins show {compilation.where}`"
    return IceError(
        "blueprint-refused",
        f"`{compilation.where}` has {output.counted(errors, 'error')}{besides}",
        where=Location(compilation.where),
        note="Nothing was run; no component was imported.",
        hints=(mend if named_component(compilation.where) is None else show,),
        findings=compilation.findings,
    )


def cost_lines(plan: Plan) -> list[str]:
    """The bounds of each node and of the whole, as a table, then what they rest on."""
    rows = [("NODE", "COMPONENT", "LEAST", "EXPECTED", "MOST (USD)"), *_node_rows(plan.body, "")]
    rows.append(("total", "", *_bounds(plan.cost)))
    lines = output.columns(rows)
    if plan.assumptions:
        lines += ["", "Assumed:", *(f"  {output.shown(text)}" for text in plan.assumptions)]
    return lines


def _node_rows(body: PlannedBody, prefix: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for node in body.nodes:
        rows.append((f"{prefix}{node.id}", node.component, *_bounds(node.cost)))
        if node.body is not None:
            rows.extend(_node_rows(node.body, f"{prefix}{node.id}/"))
    return rows


def _bounds(cost: CostBounds) -> tuple[str, str, str]:
    return (amount_text(cost.minimum), amount_text(cost.expected), amount_text(cost.maximum))


def headline(plan: Plan, registry: Registry) -> list[str]:
    """What is about to run, how strictly, and who vouches for it: the first lines of every run."""
    mode = "only what verified manifests list may run" if registry.no_dynamic else "unsigned code may run"
    lines = [f"plan {plan_digest(plan)}", f"mode {'--no-dynamic' if registry.no_dynamic else 'dynamic'}: {mode}"]
    lines += extra_lines(registry)
    for package in plan.packages.values():
        signer = f"signed by {package.signer}" if package.signer else package.status.upper()
        lines.append(output.shown(f"package {package.name} {package.version}, {signer}"))
    return lines
