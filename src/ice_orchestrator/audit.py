"""`ice audit`: what a lock, a plan or this machine would run, who vouches for it, and what nobody does.

Every package goes through `verification`, so that an audit cannot find good what a strict run refuses. Nothing is
written, imported or fetched.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ice_core.errors import Finding, IceError, Location
from ice_core.key_store import KeyStore
from ice_core.manifest_loading import read_manifests
from ice_core.manifest_sources import Source
from ice_core.models.lock import Lock, LockedPlugin
from ice_core.models.plan import CostBounds, Plan
from ice_core.names import ComponentId
from ice_core.verified_manifest import VerifiedManifest
from ice_orchestrator.audit_dependencies import OWN, audited_dependencies, uncovered
from ice_orchestrator.audit_report import Audit, AuditedComponent, AuditedDependency, AuditedPackage, Code, key_state
from ice_orchestrator.verification import Verification, Verifier


@dataclass(kw_only=True, slots=True)
class Auditor:
    """One audit under way: packages and findings as they are gathered."""

    verifier: Verifier
    search_path: Sequence[str] = ()
    lock: Lock | None = None
    where: str = ""
    packages: list[AuditedPackage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def of_lock(self, lock: Lock, *, where: str) -> Audit:
        """What a lock pins, held against what is installed."""
        self.lock, self.where = lock, where
        for plugin in lock.plugins:
            self._locked(plugin, only=None)
        return self._done(where)

    def _locked(self, plugin: LockedPlugin, *, only: frozenset[str] | None) -> None:
        done = self.verifier.locked(plugin, where=self.where)
        self.refuse([done.refusal] if done.refusal is not None else [])
        if done.manifest is not None:
            self._keep(done.manifest, done, only=only)
        else:
            self.packages.append(self._from_lock(plugin))

    def _close(self) -> None:
        # A plugin that another imports is not called by the plan, and runs nevertheless.
        plugins = {plugin.name: plugin for plugin in (self.lock.plugins if self.lock is not None else ())}
        for package in self.packages:  # grows while it is gone through
            held = {each.name for each in self.packages}
            for name in package.requires:
                if name in plugins and name not in held:
                    self._locked(plugins[name], only=frozenset())

    def of_manifests(
        self,
        manifests: Iterable[VerifiedManifest],
        *,
        subject: str,
        only: frozenset[str] | None = None,
        cost: CostBounds | None = None,
    ) -> Audit:
        """What these manifests list, or of that only the components with these ids."""
        for manifest in manifests:
            listed = {str(entry.id) for entry in manifest.model.components}
            if only is None or listed & only:
                done = self.verifier.source(self._source(manifest))
                self.refuse([done.refusal] if done.refusal is not None else [])
                self._keep(manifest, done, only=only)
        return self._done(subject, cost=cost)

    def of_plan(self, plan: Plan, manifests: Sequence[VerifiedManifest], *, subject: str) -> Audit:
        """What a plan calls: its own components, from the manifests that it was compiled with."""
        digests = {package.manifest_digest for package in plan.packages.values()}
        used = [manifest for manifest in manifests if str(manifest.digest) in digests]
        held = {str(manifest.digest) for manifest in used}
        for package in plan.packages.values():
            if package.manifest_digest not in held:
                self.findings.append(_gone(package.name, package.version, package.manifest_digest, subject))
        for component in plan.components.values():
            if component.package is None:
                self.findings.append(_from_import_path(component.id, subject))
        return self.of_manifests(used, subject=subject, only=frozenset(plan.components), cost=plan.cost)

    def refuse(self, refusals: Iterable[IceError]) -> None:
        """What was found on the way and could not be loaded at all."""
        for error in refusals:
            self.findings += error.findings or (error.finding,)

    def _source(self, manifest: VerifiedManifest) -> Source:
        kept = manifest.origin.kind in ("user", "installed")
        return Source(manifest.origin, home=self.verifier.home if kept else None)

    def _keep(self, manifest: VerifiedManifest, done: Verification, *, only: frozenset[str] | None) -> None:
        self.packages.append(self._package(manifest, done, only=only))
        self.findings += self._warnings(manifest, self.packages[-1])

    def _package(
        self, manifest: VerifiedManifest, done: Verification, *, only: frozenset[str] | None
    ) -> AuditedPackage:
        package = manifest.package
        keys = {record.public_key_id: record for record in KeyStore.read(self.verifier.home.keys).records}
        return AuditedPackage(
            name=canonicalize_name(package.name) if package is not None else manifest.origin.label,
            version=package.version if package is not None else "",
            manifest_digest=manifest.digest,
            wheels=tuple((pin.filename, pin.digest) for pin in manifest.wheels),
            signer=manifest.signer,
            fingerprint=manifest.signer_fingerprint,
            key_state=key_state(keys.get(manifest.signer or ""), signer=manifest.signer, now=self.verifier.now),
            first_seen=manifest.first_seen,
            license=manifest.model.license,
            code=_code(manifest, verified=done.refusal is None),
            components=tuple(_components(manifest, only)),
            requires=_required(done),
        )

    def _from_lock(self, plugin: LockedPlugin) -> AuditedPackage:
        record = {each.public_key_id: each for each in KeyStore.read(self.verifier.home.keys).records}.get(
            plugin.signer
        )
        return AuditedPackage(
            name=plugin.name,
            version=plugin.version,
            manifest_digest=plugin.manifest_digest,
            wheels=tuple((wheel.filename, wheel.digest) for wheel in plugin.wheels),
            signer=plugin.signer,
            fingerprint=record.key.fingerprint if record is not None else None,
            key_state=key_state(record, signer=plugin.signer, now=self.verifier.now),
            first_seen=plugin.first_seen,
            license=None,
            code="absent",
            components=tuple(
                AuditedComponent(id=name, version=each.version, digest=each.digest, entry=None)
                for name, each in sorted(plugin.components.items())
            ),
            requires=(),
        )

    def _warnings(self, manifest: VerifiedManifest, package: AuditedPackage) -> Iterable[Finding]:
        where = Location(manifest.origin.label)
        title = f"`{package.name}` {package.version}".rstrip()
        if package.code == "off" and not manifest.wheels:
            yield Finding(
                "wheel-missing",
                f"{title} has no wheel that was signed with its manifest, so its code comes from the import path",
                where=where,
                note="Nothing vouches for what is imported; under `--no-dynamic` it is refused.",
                hints=("To sign wheel and manifest together, run `ice publish --manifest plugins.json`",),
            )
        if package.key_state in ("expired", "not yet valid"):
            yield Finding(
                f"key-{package.key_state.replace(' ', '-')}",
                f"{title} is signed by `{package.signer}`, which is {package.key_state} now",
                severity="warning",
                where=where,
                note="Validity is judged at the time it was first seen; what it signs from now on is refused.",
                hints=("Ask the publisher for a release that a newer key signed",),
            )
        for component in package.components:
            deprecated = component.entry.deprecated if component.entry is not None else None
            if deprecated is not None:
                yield Finding(
                    "component-deprecated",
                    f"`{component.id}` {component.version} is deprecated since {deprecated.since}",
                    severity="warning",
                    where=where,
                    hints=(f"Use `{deprecated.replacement}` instead",) if deprecated.replacement else (),
                )

    def _done(self, subject: str, *, cost: CostBounds | None = None) -> Audit:
        self._close()
        findings = [*self.findings, *uncovered(self.packages, self.lock, where=self.where)]
        dependencies: tuple[AuditedDependency, ...] = ()
        if self.lock is not None:
            dependencies, wrong = audited_dependencies(self.lock, home=self.verifier.home, search_path=self.search_path)
            findings += wrong
        # One fault may be met twice, when loading and when verifying.
        unique = {(each.slug, each.message): each for each in findings}
        return Audit(
            subject=subject,
            packages=tuple(sorted(self.packages, key=lambda package: (package.name, package.version))),
            dependencies=dependencies,
            cost=cost,
            findings=tuple(sorted(unique.values(), key=Finding.sort_key)),
        )


def loaded_here(
    verifier: Verifier, environ: Mapping[str, str], search_path: Sequence[str]
) -> tuple[tuple[VerifiedManifest, ...], list[IceError]]:
    """Every manifest that this machine would load outside `--no-dynamic`, and what it would refuse."""
    loaded, refusals = read_manifests(
        [],
        home=verifier.home,
        strict=False,
        allow_unsigned=(),
        environ=environ,
        now=verifier.now,
        search_path=search_path,
    )
    return loaded.manifests, refusals


def _components(manifest: VerifiedManifest, only: frozenset[str] | None) -> Iterable[AuditedComponent]:
    for entry in manifest.model.components:
        if only is None or str(entry.id) in only:
            yield AuditedComponent(
                id=str(entry.id),
                version=entry.version,
                digest=manifest.component_digest(ComponentId(entry.node_type, entry.name)),
                entry=entry,
            )


def _code(manifest: VerifiedManifest, *, verified: bool) -> Code:
    if all(entry.node_type == "workflow" for entry in manifest.model.components):
        return "none"
    if not manifest.wheels:
        return "off"
    return "import" if verified else "refused"


def _required(done: Verification) -> tuple[str, ...]:
    names = {
        canonicalize_name(requirement.name)
        for wheel in done.wheels
        for requirement in map(Requirement, wheel.requires_dist)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }
    return tuple(sorted(names - OWN))


def _gone(name: str, version: str, digest: str, subject: str) -> Finding:
    return Finding(
        "package-changed",
        f"`{name}` {version} is not the package that the plan was compiled with",
        where=Location(subject),
        expected=f"manifest {digest}",
        found="no such manifest",
        hints=("To bring back what was locked, run `ice install`",),
    )


def _from_import_path(component: str, subject: str) -> Finding:
    return Finding(
        "wheel-missing",
        f"`{component}` comes from the import path, and nothing vouches for its code",
        where=Location(subject),
        hints=("To sign and install it, run `ice publish --manifest plugins.json`, `ice lock` and `ice install`",),
    )
