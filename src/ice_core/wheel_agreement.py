"""Whether a wheel that passed the gate carries the code of this very manifest."""

from packaging.utils import canonicalize_name

from ice_core.canonical import Digest
from ice_core.check_list import UNSEEN, Witness
from ice_core.errors import IceError, Location
from ice_core.models.plugins import PluginsManifest
from ice_core.names import ImportTarget
from ice_core.strict_json import JsonValue, printable
from ice_core.wheels import MANIFEST_FILE, PluginWheel, name_mismatch, normal_version


def check_wheel_against_manifest(
    wheel: PluginWheel, manifest: PluginsManifest, digest: Digest, *, witness: Witness = UNSEEN
) -> None:
    """Returns if `wheel` carries the code of this manifest, which has this digest.

    Raises:
        IceError: `wheel-name-mismatch`, `wheel-manifest-missing`, `wheel-manifest-mismatch`, `import-target-missing` or
            `wheel-top-level`.
    """
    # 1. The package that the manifest names is this distribution.
    witness.begins("wheel-package", of=wheel.filename)
    check_package(wheel, manifest)
    witness.shows(lambda: {"distribution": f"{wheel.name} {wheel.version}"})
    # 2. The manifest inside is this one.
    witness.begins("wheel-same-manifest", of=wheel.filename)
    check_manifest_inside(wheel, digest)
    witness.shows(lambda: {"member": wheel.manifest_member, "manifest": str(digest)})
    # 3. Each component's module is in the wheel.
    witness.begins("wheel-modules", of=wheel.filename)
    check_modules(wheel, manifest)
    witness.shows(lambda: {"imports": [*sorted({entry.import_ for entry in manifest.components})]})
    # 4. The wheel puts nothing else on the import path.
    witness.begins("wheel-top-level", of=wheel.filename)
    check_top_level(wheel, manifest)
    witness.shows(lambda: {"top-level names": [*sorted(wheel.top_level)]})


def check_modules(wheel: PluginWheel, manifest: PluginsManifest) -> None:
    """Refuses with `import-target-missing` a wheel that lacks the module of a component."""
    for index, entry in enumerate(manifest.components):
        target = ImportTarget.parse(entry.import_)
        if target.module not in wheel.modules:
            near = sorted(name for name in wheel.modules if name.partition(".")[0] == target.top_level)
            raise IceError(
                "import-target-missing",
                f"`{entry.id}` is imported from `{target.module}`, which `{wheel.filename}` does not hold",
                where=Location(MANIFEST_FILE, path=f"components[{index}].import"),
                expected=f"the module `{target.module}` in the wheel",
                found=", ".join(near) or "no module of " + target.top_level,
                hints=("To write the manifest anew, run `ice plugins export --output plugins.json`",),
                details={"import": entry.import_, "wheel": wheel.filename},
            )


def check_top_level(wheel: PluginWheel, manifest: PluginsManifest) -> None:
    """Refuses with `wheel-top-level` a wheel that puts a name on the import path that no component is imported from."""
    used = {ImportTarget.parse(entry.import_).top_level for entry in manifest.components}
    unused = sorted(wheel.top_level - used)
    if unused:
        shown: list[JsonValue] = [*unused]
        raise IceError(
            "wheel-top-level",
            f"`{wheel.filename}` holds `{printable(unused[0])}`, which no component of its manifest is imported from",
            where=Location(wheel.filename),
            expected=", ".join(sorted(used)) or "no top-level names",
            found=", ".join(map(printable, sorted(wheel.top_level))),
            note="A wheel could otherwise bring modules that stand in for those of another package.",
            hints=(f"Leave `{printable(unused[0])}` out of the wheel, in the build settings of `pyproject.toml`",),
            details={"reason": "unused", "names": shown},
        )


def check_package(wheel: PluginWheel, manifest: PluginsManifest) -> None:
    """Refuses with `wheel-name-mismatch` a wheel of another distribution or version than the manifest's."""
    package = manifest.package
    found = f"{package.name} {package.version}" if package is not None else "no member `package`"
    if (
        package is None
        or canonicalize_name(package.name) != wheel.name
        or normal_version(package.version) != str(wheel.version)
    ):
        raise name_mismatch(
            f"`{wheel.filename}` is not the distribution that the manifest describes",
            expected=f"{wheel.name} {wheel.version}",
            found=printable(found),
            where=MANIFEST_FILE,
            reason="package",
        )


def check_manifest_inside(wheel: PluginWheel, digest: Digest) -> None:
    """Refuses with `wheel-manifest-missing` or `wheel-manifest-mismatch` a wheel that holds not this manifest."""
    hint = "To build the wheel again with the manifest inside, run `ice publish --manifest plugins.json`"
    inside, signed = wheel.manifest_digest, wheel.manifest_is_signed
    if inside is None:
        raise IceError(
            "wheel-manifest-missing",
            f"`{wheel.filename}` does not hold its manifest",
            where=Location(wheel.filename),
            expected=f"a member `PACKAGE/{MANIFEST_FILE}`",
            found="no such member",
            hints=(hint,),
        )
    if inside != digest or signed:
        raise IceError(
            "wheel-manifest-mismatch",
            f"The manifest inside `{wheel.filename}` is not the one that is signed with it",
            where=Location(f"{wheel.filename}/{wheel.manifest_member}"),
            expected=f"{digest}, without a signature",
            found=f"{inside}, with a signature" if signed else str(inside),
            hints=(hint,),
            details={"reason": "signed" if signed else "digest"},
        )
