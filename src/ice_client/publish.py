"""4 PUBLISH: a manifest and its wheel become a bundle in an index, after every check that its readers will make.

The bundle is verified here as the other side would, with a key-store that holds nothing but the publisher's own public
record. Publishing the same again changes nothing; a version that is there with other bytes is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from packaging.utils import canonicalize_name

from ice_checks.all_checks import run_checks
from ice_checks.check import Subject
from ice_client.bundle import make_bundle
from ice_client.index import BundleIndex
from ice_client.key_writing import key_exists
from ice_client.locked_bundles import component_digests
from ice_core.archive_limits import LIMITS
from ice_core.bundles import Bundle, bundle_filename, read_bundle
from ice_core.canonical import Digest
from ice_core.errors import Finding, IceError, Location
from ice_core.home import read_regular_file
from ice_core.key_store import KeyRecord, KeyStore, parse_record
from ice_core.manifest_sources import Origin
from ice_core.signer_port import MessageSigner
from ice_core.strict_json import MAX_BYTES, JsonObject, parse_json
from ice_core.trust import verify_bundle
from ice_core.verified_manifest import VerifiedManifest
from ice_core.wheel_rewriting import add_manifest

Outcome = Literal["new", "already-there"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """A private key and the public record that the publisher's own key-store has of it."""

    private: MessageSigner
    record: KeyRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeFile:
    """A file that was made: name, size in bytes, SHA-256."""

    filename: str
    size: int
    digest: Digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """What was made and where it went, or would have gone; `warnings` are findings that do not bar."""

    name: str
    version: str
    outcome: Outcome
    bundle: MadeFile
    wheels: tuple[MadeFile, ...]
    manifest_digest: Digest
    components: tuple[tuple[str, str, Digest], ...]
    signer: str
    signer_fingerprint: Digest
    warnings: tuple[Finding, ...]


def publish(
    manifest_path: Path,
    wheels: Sequence[tuple[str, bytes]],
    index: BundleIndex,
    *,
    key: SigningKey,
    now: datetime,
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda words: None,
) -> Published:
    """Bundles, signs, verifies, checks and uploads.

    Args:
        manifest_path: As `ice plugins export` wrote it; the manifest is put into each wheel.
        wheels: File name and bytes of each, as `build_wheel` or `read_wheels` gave them.
        index: Where to publish.
        key: Signs.
        now: The time, for the validity of the key.
        dry_run: Does all of it but the upload, and what the index would refuse is refused all the same.
        progress: Told in a few words what is done next.

    Raises:
        IceError: `publish-refused` with all findings, `version-exists`, `key-exists`, or what the checks of a bundle
            refuse; nothing was uploaded.
    """
    made = _bundled(manifest_path, wheels, key, now, progress)
    # 4 Checked, all findings at once.
    progress("running the checks")
    findings = [*_check_findings(made, str(manifest_path)), *_version_findings(index, made, str(manifest_path))]
    _refuse_errors(findings, made)
    # 5 Uploaded.
    if dry_run:
        outcome = _foreseen(index, made, key.record)
    else:
        progress(f"publishing {made.name} {made.version}")
        outcome = index.upload(made.name, made.version, made.data, publisher=key.record)
    return Published(
        name=made.name,
        version=made.version,
        outcome=outcome,
        bundle=_file(bundle_filename(made.name, made.version), made.data),
        wheels=tuple(_file(filename, wheel) for filename, wheel in made.wheels),
        manifest_digest=made.manifest.digest,
        components=_components(made.manifest),
        signer=key.record.public_key_id,
        signer_fingerprint=key.record.key.fingerprint,
        warnings=tuple(sorted(findings, key=Finding.sort_key)),
    )


def read_wheels(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Wheels that were built already.

    Raises:
        IceError: `file-missing`, `file-not-regular` or `file-too-large`.
    """
    return [(path.name, read_regular_file(path, max_bytes=LIMITS.max_bytes)) for path in paths]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    name: str
    version: str
    wheels: tuple[tuple[str, bytes], ...]
    data: bytes
    bundle: Bundle
    manifest: VerifiedManifest
    text: str


def _bundled(
    manifest_path: Path,
    wheels: Sequence[tuple[str, bytes]],
    key: SigningKey,
    now: datetime,
    progress: Callable[[str], None],
) -> _Made:
    where = str(manifest_path)
    manifest = read_regular_file(manifest_path, max_bytes=MAX_BYTES)
    value = parse_json(manifest, where=where)
    # 1 The manifest goes into each wheel, before anything is hashed.
    progress("putting the manifest into the wheel")
    complete = tuple((name, add_manifest(wheel, value, where=name)) for name, wheel in wheels)
    # 2 Signed and bundled.
    signer = key.record.public_key_id
    progress(f"signing with {signer}")
    data = make_bundle(manifest, complete, private_key=key.private, public_key_id=signer, where=where)
    # 3 Read and verified as who fetches it will.
    progress("verifying the bundle as its readers will")
    bundle = read_bundle(data, where=where)
    verified = verify_bundle(
        bundle,
        origin=Origin(kind="path", label=where),
        keys=KeyStore((key.record,), where="the publisher's own public key"),
        first_seen=now,
        strict=True,
    )
    name, version = _package(value, bundle, where)
    return _Made(
        name=name, version=version, wheels=complete, data=data, bundle=bundle, manifest=verified, text=manifest.decode()
    )


def _file(filename: str, data: bytes) -> MadeFile:
    return MadeFile(filename=filename, size=len(data), digest=Digest.of(data))


def _components(manifest: VerifiedManifest) -> tuple[tuple[str, str, Digest], ...]:
    digests = component_digests(manifest)
    return tuple((str(each.id), each.version, digests[str(each.id)]) for each in manifest.model.components)


def _package(value: JsonObject, bundle: Bundle, where: str) -> tuple[str, str]:
    # The wheel's own form of name and version is normal, and was held against the manifest's.
    if bundle.wheels:
        return bundle.wheels[0].name, str(bundle.wheels[0].version)
    package = value.get("package")
    name = package.get("name") if isinstance(package, dict) else None
    raise IceError(
        "wheel-missing",
        f"`{canonicalize_name(str(name or where))}` cannot be published without a wheel",
        where=Location(where),
        expected="at least one wheel",
        found="none",
        hints=("To build it from the project in this folder, run `ice publish --manifest plugins.json`",),
    )


def _check_findings(made: _Made, where: str) -> list[Finding]:
    # Wheels for several platforms may hold other sources each; what is said of all of them is said once.
    sources: list[Mapping[str, bytes]] = []
    for wheel in made.bundle.wheels:
        if wheel.sources() not in sources:
            sources.append(wheel.sources())
    found: dict[tuple[object, ...], Finding] = {}
    for each in sources:
        subject = Subject(
            manifest=made.manifest.model,
            value=made.manifest.value,
            where=where,
            text=made.text,
            wheels=made.bundle.wheels,
            sources=each,
        )
        found.update({finding.sort_key(): finding for finding in run_checks(subject)})
    return list(found.values())


def _foreseen(index: BundleIndex, made: _Made, publisher: KeyRecord) -> Outcome:
    # Other bytes under this version were refused already.
    key_file = f"keys/{publisher.public_key_id}.json"
    try:
        there = parse_record(index.publisher_key(publisher.public_key_id), where=key_file)
    except IceError as error:
        if error.slug not in ("index-missing", "publisher-key-missing"):
            raise
    else:
        if there.key != publisher.key:
            fingerprints = {"expected": str(there.key.fingerprint), "found": str(publisher.key.fingerprint)}
            raise key_exists(Path(key_file), publisher.public_key_id, **fingerprints)
    try:
        index.fetch(made.name, made.version)
    except IceError as error:
        if error.slug not in ("bundle-missing", "index-missing"):
            raise
        return "new"
    return "already-there"


def _version_findings(index: BundleIndex, made: _Made, where: str) -> list[Finding]:
    # Said together with what the checks find, and not after them.
    try:
        there = index.fetch(made.name, made.version)
    except IceError as error:
        if error.slug in ("bundle-missing", "index-missing"):
            return []
        raise
    if there == made.data:
        return []
    return [
        Finding(
            "version-exists",
            f"`{made.name}` {made.version} is already published, with other bytes",
            where=Location(where, path="package.version"),
            expected=str(Digest.of(there)),
            found=str(Digest.of(made.data)),
            hints=("A published version never changes; release the next one",),
        )
    ]


def _refuse_errors(findings: Sequence[Finding], made: _Made) -> None:
    bars = [finding for finding in findings if finding.severity == "error"]
    others = len(findings) - len(bars)
    if not bars:
        return
    counted = f"{len(bars)} finding{'s that bar' if len(bars) > 1 else ' that bars'} it"
    rest = f", and {others} that do{'es' if others == 1 else ''} not" if others else ""
    raise IceError(
        "publish-refused",
        f"`{made.name}` {made.version} has {counted}{rest}",
        note="The marketplace runs these same checks. Nothing was uploaded.",
        hints=(f"To see a check and its reason, run `ice explain {min(bars, key=Finding.sort_key).slug}`",),
        findings=findings,
        details={"package": made.name, "version": made.version},
    )
