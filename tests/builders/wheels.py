"""Plugin wheels and bundles for tests, byte for byte as the real ones, and wheels with one thing wrong.

`plugin_wheel()` alone is a good wheel of `acme-csv` 1.2.3 for `manifests.manifest()`; `plugin_bundle()` a good signed
bundle of it. `pack()` makes a wheel of exactly the files given, with a right RECORD, for tests of what the gate
refuses.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_core.archives import read_archive, write_archive
from ice_core.bundles import bundle_bytes
from ice_core.canonical import printed_bytes
from ice_core.strict_json import JsonObject
from ice_core.wheel_metadata import write_record
from tests.builders.keys import KEY_ID
from tests.builders.manifests import manifest as default_manifest
from tests.builders.manifests import signed_bytes

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "acme_csv/__init__.py": '"""Read CSV."""\n',
        "acme_csv/tools.py": '"""The tools."""\n\n\ndef read(text):\n    return text.split(",")\n',
    }
)


def escaped(name: str) -> str:
    """A distribution's name as file names of wheels write it."""
    return name.lower().replace("-", "_").replace(".", "_")


def wheel_filename(name: str = "acme-csv", version: str = "1.2.3", *, tag: str = "py3-none-any") -> str:
    """The file name of a wheel."""
    return f"{escaped(name)}-{version}-{tag}.whl"


def dist_info(name: str = "acme-csv", version: str = "1.2.3") -> str:
    """The name of a wheel's metadata folder."""
    return f"{escaped(name)}-{version}.dist-info"


def metadata_files(
    name: str = "acme-csv",
    version: str = "1.2.3",
    *,
    tags: Sequence[str] = ("py3-none-any",),
    requires_dist: Sequence[str] = (),
    requires_python: str | None = None,
) -> dict[str, bytes]:
    """METADATA and WHEEL of a distribution, under their member names."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {requires_python}"] if requires_python is not None else []
    lines += [f"Requires-Dist: {requirement}" for requirement in requires_dist]
    wheel = ["Wheel-Version: 1.0", "Generator: tests", "Root-Is-Purelib: true", *(f"Tag: {tag}" for tag in tags)]
    folder = dist_info(name, version)
    return {
        f"{folder}/METADATA": "".join(f"{line}\n" for line in lines).encode(),
        f"{folder}/WHEEL": "".join(f"{line}\n" for line in wheel).encode(),
    }


def pack(files: Mapping[str, bytes], *, record: str, compress: bool = False) -> bytes:
    """A wheel of exactly these files and their RECORD, which is added under the name given."""
    members = [*files.items()]
    return write_archive([*members, (record, write_record(members, record=record))], compress=compress)


def plugin_wheel(
    name: str = "acme-csv",
    version: str = "1.2.3",
    *,
    files: Mapping[str, str | bytes] = SOURCES,
    manifest: "JsonObject | None" = None,
    tag: str = "py3-none-any",
    requires_dist: Sequence[str] = (),
    extra: Mapping[str, bytes] = MappingProxyType({}),
    compress: bool = False,
) -> tuple[str, bytes]:
    """A wheel as (file name, bytes).

    Args:
        name, version: Of the distribution.
        files: The sources, text or bytes by member name.
        manifest: The manifest inside, at `PACKAGE/plugins.json` where PACKAGE is the folder of the first source in
            alphabetical order; None for `manifests.manifest()` of this name and version, `{}` for no manifest.
        tag: Of the file name and of the WHEEL file.
        requires_dist: Requirements for METADATA.
        extra: Files put in as they are, over all others.
        compress: Whether members are deflated.
    """
    value = default_manifest(name=name, version=version) if manifest is None else manifest
    content = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    if value:
        package = min(path for path in content if "/" in path).partition("/")[0]
        content[f"{package}/plugins.json"] = printed_bytes(value)
    content |= metadata_files(name, version, tags=(tag,), requires_dist=requires_dist)
    content |= extra
    data = pack(dict(sorted(content.items())), record=f"{dist_info(name, version)}/RECORD", compress=compress)
    return wheel_filename(name, version, tag=tag), data


def plugin_bundle(
    name: str = "acme-csv",
    version: str = "1.2.3",
    *,
    files: Mapping[str, str | bytes] = SOURCES,
    manifest: "JsonObject | None" = None,
    key: Ed25519PrivateKey | None = None,
    public_key_id: str = KEY_ID,
    requires_dist: Sequence[str] = (),
) -> bytes:
    """A signed bundle of one `plugin_wheel(...)`; signed with the key number 1 unless another is given."""
    value = default_manifest(name=name, version=version) if manifest is None else manifest
    wheel = plugin_wheel(name, version, files=files, manifest=value, requires_dist=requires_dist)
    return bundle_bytes(signed_bytes(value, [wheel], key=key, public_key_id=public_key_id), [wheel])


INFO = dist_info()
RECORD = f"{INFO}/RECORD"
FILENAME, WHEEL = plugin_wheel()


def changed_wheel(
    extra: Mapping[str, bytes], *, without: Sequence[str] = (), wheel: bytes = WHEEL, record: str = RECORD
) -> bytes:
    """A wheel (`WHEEL` unless another is given) with these files over its own, some left out, and a right RECORD."""
    archive = read_archive(wheel, where="a wheel")
    files = {name: archive.read(name) for name in archive.names if name not in (record, *without)}
    return pack({**files, **extra}, record=record)
