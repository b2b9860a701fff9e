"""The bytes of a `pylock.iceos.toml`: the same answer gives the same bytes, on any machine.

Packages are sorted by name, wheels by file name, members stand in one order; there is no path of a machine, no command
line and no time but when a bundle was first seen. What PEP 751 asks for is there, so that pip and uv read it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from packaging.pylock import Package, PackageWheel

from ice_core.canonical import Digest
from ice_core.models.lock import IDENTITY_KIND, WHEELS_FOLDER, LockedComponent, LockedWheel


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginPin:
    """What a lock says of a plugin beyond what PEP 751 has members for."""

    manifest_digest: Digest
    signer: str
    first_seen: datetime
    wheels: tuple[LockedWheel, ...]
    components: Mapping[str, LockedComponent]


@dataclass(frozen=True, kw_only=True, slots=True)
class LockHeader:
    """`[tool.iceos]`."""

    requirements: tuple[str, ...]
    marketplace: str
    acknowledged_risks: tuple[str, ...] = ()


def lock_bytes(
    header: LockHeader, packages: Sequence[Package], plugins: Mapping[str, PluginPin], *, requires_python: str
) -> bytes:
    """The lock's bytes.

    Args:
        header: What the lock answers.
        packages: All packages, as they were resolved.
        plugins: Of these, the plugins, by normalised name.
        requires_python: The Python versions that the lock holds for.
    """
    lines = [
        'lock-version = "1.0"',
        'created-by = "iceos"',
        f"requires-python = {_text(requires_python)}",
        # PEP 751 asks for the member also when there is none; otherwise the tables below are it.
        *([] if packages else ["packages = []"]),
    ]
    for package in sorted(packages, key=lambda each: (str(each.name), str(each.version), str(each.marker or ""))):
        lines += ["", *_package(package, plugins.get(str(package.name)))]
    lines += ["", *_header(header)]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _header(header: LockHeader) -> Iterator[str]:
    yield "[tool.iceos]"
    yield 'lock-version = "1"'
    yield f"requirements = {_array(header.requirements)}"
    yield f"marketplace = {_text(header.marketplace)}"
    if header.acknowledged_risks:
        yield f"acknowledged-risks = {_array(sorted(header.acknowledged_risks))}"


def _package(package: Package, plugin: PluginPin | None) -> Iterator[str]:
    yield "[[packages]]"
    yield f"name = {_text(str(package.name))}"
    yield f"version = {_text(str(package.version))}"
    if package.marker is not None:
        yield f"marker = {_text(str(package.marker))}"
    if package.requires_python is not None:
        yield f"requires-python = {_text(str(package.requires_python))}"
    if plugin is None:
        for wheel in sorted(package.wheels or (), key=lambda each: each.filename):
            yield from ("", "[[packages.wheels]]", f"url = {_text(_without_user(wheel))}")
            yield from _size_and_hash(wheel.size, str(wheel.hashes["sha256"]))
        return
    yield f"attestation-identities = [{{ kind = {_text(IDENTITY_KIND)}, key-id = {_text(plugin.signer)} }}]"
    for pin in sorted(plugin.wheels, key=lambda each: each.filename):
        yield from ("", "[[packages.wheels]]", f"path = {_text(f'{WHEELS_FOLDER}/{pin.filename}')}")
        yield from _size_and_hash(pin.size, pin.digest.hex)
    yield from ("", "[packages.tool.iceos]", f"manifest-digest = {_text(str(plugin.manifest_digest))}")
    yield f"first-seen = {plugin.first_seen:%Y-%m-%dT%H:%M:%SZ}"
    yield from ("", "[packages.tool.iceos.components]")
    for name, component in sorted(plugin.components.items()):
        yield f"{_text(name)} = {{ version = {_text(component.version)}, digest = {_text(str(component.digest))} }}"


def _size_and_hash(size: int | None, hex_digest: str) -> Iterator[str]:
    if size is not None:
        yield f"size = {size}"
    yield f"hashes = {{ sha256 = {_text(hex_digest)} }}"


def _without_user(wheel: PackageWheel) -> str:
    # A lock is committed and shared; a password in an index's URL is not.
    parts = urlsplit(wheel.url or "")
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _text(text: str) -> str:
    # A basic string of TOML 1.0 escapes what JSON escapes, and DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _array(texts: Sequence[str]) -> str:
    if not texts:
        return "[]"
    return "[\n" + "".join(f"    {_text(text)},\n" for text in texts) + "]"
