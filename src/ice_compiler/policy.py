"""What speaks against a component that was found: deprecated, too new, not locked, unsigned, without its code."""

from ice_compiler.bind import Binder
from ice_compiler.findings import Findings
from ice_compiler.node_form import NAME_MEMBER
from ice_core.document import PathSteps
from ice_core.models.lock import LOCK_NAME
from ice_core.names import NODE_TYPES, ComponentId, SemVer
from ice_core.registered import RegisteredComponent
from ice_core.verified_manifest import VerifiedManifest
from ice_core.version import VERSION


def check_policy(
    component: RegisteredComponent, at: PathSteps, binder: Binder, findings: Findings, *, because: str | None
) -> None:
    """Findings about one component that the plan may call; `at` is where the blueprint makes it do so.

    What a strict run would refuse is said here, before it starts. `because` says why the component is needed, where
    the blueprint itself does not name it.
    """
    if component.id in binder.unlocked:
        findings.add(
            "component-not-locked",
            f"`{component.id}` is not in the lock; {component.version} is what is installed here",
            at,
            severity="warning",
            expected=f"`{component.id}` in `{LOCK_NAME}`",
            found=f"{component.id} {component.version} of {component.origin}",
            note=because,
            hints=(f"To lock what this blueprint needs, run `{binder.lock_command}`",),
        )
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
            note=because,
            hints=(
                "To sign it with its wheel, run `ice publish --manifest plugins.json`, `ice lock` and `ice install`",
            ),
        )
    elif component.id.node_type != "workflow" and not manifest.wheels:
        findings.add(
            "component-without-wheel",
            f"no wheel carries the code of `{component.id}`, and `--no-dynamic` runs code from verified wheels only",
            at,
            expected=f"a wheel signed together with `{_title(manifest)}`",
            found=f"{component.origin}, which is metadata only",
            note=because,
            hints=("To install its bundle, run `ice lock` and `ice install`",),
        )


def check_iceos(component: RegisteredComponent, at: PathSteps, findings: Findings, *, because: str | None) -> None:
    """A finding about a component that needs a newer iceos than this one."""
    entry = component.entry
    if entry.iceos_min is not None and SemVer.parse(entry.iceos_min) > SemVer.parse(VERSION):
        findings.add(
            "iceos-too-old",
            f"`{component.id}` needs iceos {entry.iceos_min} or newer, and this is {VERSION}",
            at,
            expected=f"iceos {entry.iceos_min} or newer",
            found=f"iceos {VERSION}",
            note=because,
            hints=(f"To upgrade, run `uv pip install --upgrade 'iceos>={entry.iceos_min}'`",),
        )


def check_deprecated(component: RegisteredComponent, at: PathSteps, findings: Findings) -> None:
    """A warning about a component whose author says to use another; `at` is where it is named."""
    entry = component.entry
    if entry.deprecated is not None:
        replacement = entry.deprecated.replacement
        findings.add(
            "component-deprecated",
            f"`{component.id}` is deprecated since {entry.deprecated.since}",
            at,
            severity="warning",
            found=f"{component.id} {component.version}",
            hints=(f"Use `{replacement}` instead",) if replacement else (),
        )


def of_other_types(wanted: ComponentId, binder: Binder) -> list[str]:
    """Hints for an unknown component: the right name under another type is nearer than any other name."""
    return [
        f"`{other}` is listed: write `type: {other.node_type}` and `{NAME_MEMBER[other.node_type]}: {other.name}`"
        for other in (ComponentId(kind, wanted.name) for kind in NODE_TYPES)
        if other != wanted and binder.registry.listed_targets(other)
    ]


def _is_pinned(component: RegisteredComponent, binder: Binder) -> bool:
    plugin = binder.lock.plugin_with(str(component.id)) if binder.lock is not None else None
    return plugin is not None and plugin.components[str(component.id)].digest == component.digest


def _title(manifest: VerifiedManifest) -> str:
    return f"{manifest.package.name} {manifest.package.version}" if manifest.package is not None else "the manifest"
