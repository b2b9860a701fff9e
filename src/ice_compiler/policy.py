"""What a strict run would refuse, said before it starts: components that nobody signed, code that no wheel carries."""

from ice_compiler.bind import Binder
from ice_compiler.document import PathSteps
from ice_compiler.findings import Findings
from ice_core.registered import RegisteredComponent
from ice_core.trust import VerifiedManifest


def check_policy(component: RegisteredComponent, at: PathSteps, binder: Binder, findings: Findings) -> None:
    """Findings about one component that the plan may call; `at` is where the blueprint makes it do so."""
    if not binder.registry.no_dynamic:
        return
    manifest = component.manifest
    if manifest is None or (manifest.status != "signed" and not _is_pinned(component, binder)):
        findings.add(
            "component-unsigned",
            f"`{component.id}` is signed by nobody, and `--no-dynamic` runs only what is signed",
            at,
            expected="a manifest that a key of the key-store signed, or a lock that pins the unsigned one",
            found=f"{component.origin}, unsigned",
            hints=("To sign it, run `ice plugins sign`", "To pin it as it is, run `ice lock`"),
        )
    elif component.id.node_type != "workflow" and not manifest.wheels:
        findings.add(
            "component-without-wheel",
            f"no wheel carries the code of `{component.id}`, and `--no-dynamic` runs code from verified wheels only",
            at,
            expected=f"a wheel signed together with `{_title(manifest)}`",
            found=f"{component.origin}, which is metadata only",
            hints=("To install its bundle, run `ice lock` and `ice install`",),
        )


def _is_pinned(component: RegisteredComponent, binder: Binder) -> bool:
    plugin = binder.lock.plugin_with(str(component.id)) if binder.lock is not None else None
    return plugin is not None and plugin.components[str(component.id)].digest == component.digest


def _title(manifest: VerifiedManifest) -> str:
    return f"{manifest.package.name} {manifest.package.version}" if manifest.package is not None else "the manifest"
