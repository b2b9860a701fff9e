"""The packages of a local index, each verified when something of it is touched for the first time.

What the index says of a package is this machine's verdict: these files, as they were, passed the checks of `trust`, and
this key had signed. At the first touch it is held against what is so now:

1. the manifest, its wheel index and the time it was first seen are the files that were read (their stamps);
2. the key-store is the one that was read (its stamps), and the key may still vouch for what was seen then;
3. the signature is, by that key, over this manifest and these wheels; whoever only lists does without this last step.

Whatever does not fit raises `IndexUnusable`: the registry then reads and verifies everything, and says what is wrong.
"""

from __future__ import annotations

import time

from ice_core.index import IndexUnusable
from ice_core.lowered_limits import GREATEST, in_force
from ice_core.stamps import stamp_of
from ice_core.verified_manifest import MAKER, VerifiedManifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from ice_core.canonical import Digest
    from ice_core.index import Index
    from ice_core.index_forms import PackageForm, Stamp
    from ice_core.manifest_sources import Origin
    from ice_core.models.plugins import PackageInfo
    from ice_core.signing import WheelPin
    from ice_core.verified_manifest import Document

MICROSECONDS = 1_000_000


def limits_in_force() -> tuple[tuple[str, int], ...]:
    """The limits of archives and documents under which a manifest is verified now."""
    return tuple((name, in_force(name, limit)) for name, limit in GREATEST.items())


def microseconds(instant: datetime) -> int:
    """An instant as the index keeps it: in microseconds since 1970."""
    from datetime import UTC, datetime, timedelta

    return (instant - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)


def moment(since_1970: int) -> datetime:
    """The instant that many microseconds after the beginning of 1970."""
    from datetime import UTC, datetime, timedelta

    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=since_1970)


class IndexedPackages:
    """The packages of one index of one home folder, as one load sees them."""

    __slots__ = ("_checked", "_manifests", "_now", "_signed", "index", "root")

    def __init__(self, index: Index, *, root: str, now: int | None, latest: int | None) -> None:
        """What the index has.

        Args:
            index: The index.
            root: The home folder, as it was given.
            now: The time of the load, in microseconds since 1970; None: whatever time it is at the first touch.
            latest: The latest time that was seen on this machine, if any was.
        """
        self.index = index
        self.root = root
        self._now = (now, latest)
        self._checked: dict[int, PackageForm] = {}
        self._signed: set[int] = set()
        self._manifests: dict[int, VerifiedManifest] = {}

    def form(self, number: int) -> PackageForm:
        """The verdict on a package, which nothing vouches for now but its MAC; for who counts, and uses nothing of it.

        Raises:
            IndexUnusable: this part of the index is not what was written.
        """
        return self._checked.get(number) or self.index.package(number)

    def listed(self, number: int) -> PackageForm:
        """The verdict on a package whose files and keys are as they were, and whose key may vouch for it now.

        Raises:
            IndexUnusable: see the module.
        """
        form = self._checked.get(number)
        if form is None:
            form = self.index.package(number)
            self._refuse_changed(self.root, form["files"])
            self._refuse_changed(f"{self.root}/keys", self.index.head["key_files"])
            self._judge(form)
            self._checked[number] = form
        return form

    def verified(self, number: int) -> PackageForm:
        """The verdict on a package that can be used: its signature was verified here and now.

        Raises:
            IndexUnusable: see the module.
        """
        form = self.listed(number)
        if number not in self._signed:
            if form["signer"] is not None:
                self._verify(form, form["signer"])
            self._signed.add(number)
        return form

    def manifest(self, number: int) -> VerifiedManifest:
        """The package as `trust` would have given it; its document is read, and verified again, when it is asked for.

        Raises:
            IceError: it is no longer what was loaded; whatever `trust` refuses, or `manifest-exchanged`.
        """
        found = self._manifests.get(number)
        if found is None:
            try:
                found = self._made(self.verified(number))
            except IndexUnusable:
                found = self._read_again(self.form(number))
            self._manifests[number] = found
        return found

    def vouched(self) -> set[Digest]:
        """The digests of all manifests that distributions which announce them have nothing to add to.

        Raises:
            IndexUnusable: part of the index is not what was written.
        """
        from ice_core.canonical import Digest

        forms = map(self.form, range(self.index.head["packages"]))
        return {Digest(form["digest"]) for form in forms if form["signer"] is not None and form["wheels"]}

    def label(self, form: PackageForm) -> str:
        """The manifest's path, as people are shown it."""
        return f"{self.root}/{form['file']}"

    def judged(self) -> int:
        """The time by which keys are judged, in microseconds since 1970."""
        now, latest = self._now
        return max(now if now is not None else time.time_ns() // 1000, latest or 0)

    def _refuse_changed(self, folder: str, files: tuple[tuple[str, Stamp], ...]) -> None:
        for name, stamp in files:
            try:
                same = stamp_of(f"{folder}/{name}") == stamp
            except OSError as error:
                raise IndexUnusable(f"{name} cannot be looked at") from error
            if not same:
                raise IndexUnusable(f"{name} is another")

    def _judge(self, form: PackageForm) -> None:
        if form["signer"] is None:
            return
        _, _, not_before, not_after = self.index.head["signers"][form["signer"]]
        seen = form["first_seen"] if form["first_seen"] is not None else self.judged()
        if (not_before is not None and seen < not_before) or (not_after is not None and seen > not_after):
            raise IndexUnusable(f"{form['signer']} may not vouch for it now")

    def _verify(self, form: PackageForm, signer: str) -> None:
        from ice_core.canonical import Digest
        from ice_core.errors import IceError
        from ice_core.signing import PublicKey, message_to_sign, verify

        where = self.label(form)
        message = message_to_sign(Digest(form["digest"]), _pins(form))
        try:
            verify(PublicKey(self.index.head["signers"][signer][1]), message, form["signature"], where=where)
        except IceError as error:
            raise IndexUnusable("the signature does not hold") from error

    def _made(self, form: PackageForm) -> VerifiedManifest:
        from ice_core.canonical import Digest

        label = self.label(form)
        signer = form["signer"]
        seen = form["first_seen"] if form["first_seen"] is not None else self.judged()
        return VerifiedManifest(
            read=lambda: _document(self._read_again(form)),
            digest=Digest(form["digest"]),
            status="unsigned" if signer is None else "signed",
            signer=signer,
            signer_fingerprint=Digest(self.index.head["signers"][signer][0]) if signer is not None else None,
            wheels=_pins(form),
            origin=_origin(form, label),
            first_seen=moment(seen),
            maker=MAKER,
            package=lambda: _package(form),
        )

    def _read_again(self, form: PackageForm) -> VerifiedManifest:
        from pathlib import Path

        from ice_core.errors import IceError, Location
        from ice_core.home import Home
        from ice_core.key_store import KeyStore
        from ice_core.manifest_loading import verify_found
        from ice_core.manifest_sources import Source

        label = self.label(form)
        home = Home(Path(self.root))
        origin = _origin(form, label)
        now = moment(self.judged())
        found = Source(origin, home=home).read()
        manifest = verify_found(found, keys=KeyStore.read(home.keys), now=now, strict=form["signer"] is not None)
        if manifest.digest.raw != form["digest"] or manifest.signer != form["signer"]:
            raise IceError(
                "manifest-exchanged",
                f"`{label}` was exchanged while it was in use",
                where=Location(label),
                expected=f"sha256:{form['digest'].hex()}",
                found=str(manifest.digest),
                note="What was loaded before is no longer what is there.",
                hints=("To use what is there now, run the command again",),
            )
        return manifest


def _document(manifest: VerifiedManifest) -> Document:
    return manifest.value, manifest.model


def _origin(form: PackageForm, label: str) -> Origin:
    from pathlib import Path

    from ice_core.manifest_sources import Origin

    return Origin(kind="user" if form["kind"] == "user" else "installed", label=label, path=Path(label))


def _pins(form: PackageForm) -> list[WheelPin]:
    from ice_core.canonical import Digest
    from ice_core.signing import WheelPin

    return [WheelPin(filename=filename, digest=Digest(raw)) for filename, raw in form["wheels"]]


def _package(form: PackageForm) -> PackageInfo | None:
    from ice_core.models.plugins import PackageInfo

    name, version = form["name"], form["version"]
    return PackageInfo(name=name, version=version) if name is not None and version is not None else None
