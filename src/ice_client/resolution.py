"""Which versions of which packages: uv's resolution over the wheels of an index's bundles and uv's own indexes.

A package that the index of bundles has is taken from there and from nowhere else, whatever a public index offers under
the same name. uv sees those wheels as a package index in a temporary folder, first in line under its `first-index`
strategy; a result that still came from elsewhere is refused. If the plugins need nothing but each other and `iceos`,
uv is told to stay offline. Nothing is built: a dependency without a wheel is refused, since building runs its code.
"""

import os
import sys
import tempfile
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.pylock import Package, Pylock
from packaging.requirements import Requirement

from ice_client.programs import ProgramFailed, run_uv
from ice_core.archives import write_archive
from ice_core.canonical import Digest
from ice_core.errors import IceError, Location
from ice_core.version import VERSION

OWN_NAME: Final = "iceos"
_ELSEWHERE: Final = "UV_INDEX UV_EXTRA_INDEX_URL UV_INDEX_URL UV_FIND_LINKS UV_NO_INDEX UV_EXCLUDE_NEWER".split()
PYTHON_VERSION: Final = "3.11"  # the lowest that iceos supports: a lock holds for it and all later ones


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferedWheel:
    """A wheel of a bundle: the normalised name of its package, file name, bytes, and the names of what it requires."""

    name: str
    filename: str
    data: bytes
    requires: frozenset[str]


def resolve(
    requirements: Sequence[str],
    offered: Sequence[OfferedWheel],
    *,
    keep: bytes | None = None,
    upgrade: Collection[str] = (),
    environ: Mapping[str, str] | None = None,
) -> tuple[Package, ...]:
    """The packages that answer the requirements, without `iceos` itself.

    Args:
        requirements: Of plugins, as PEP 508 texts.
        offered: Every wheel that a bundle of the index offers for the names that can be reached.
        keep: A lock whose versions are kept where they still fit.
        upgrade: Names whose versions are not kept.
        environ: The environment that uv reads its configuration from; by default this process's.

    Raises:
        IceError: `resolution-failed`, `dependency-not-portable`, `lock-shadowed` or `extra-missing`.
    """
    with tempfile.TemporaryDirectory(prefix="iceos-lock-") as name:
        folder = Path(name)
        _write_index(folder, offered)
        arguments = _arguments(folder, requirements, keep=keep, upgrade=upgrade)
        try:
            run_uv(arguments, environ=_environment(folder, offered, environ))
        except ProgramFailed as error:
            raise _failed(error, folder, requirements) from error
        pylock = Pylock.from_dict(tomllib.loads((folder / "pylock.toml").read_text("utf-8")))
    _refuse_shadows(pylock.packages, offered)
    found = tuple(package for package in pylock.packages if package.name != OWN_NAME)
    names = {wheel.name for wheel in offered}
    for package in found:
        if package.name not in names:
            _refuse_unportable(package)
    return found


def _arguments(folder: Path, requirements: Sequence[str], *, keep: bytes | None, upgrade: Collection[str]) -> list[str]:
    # Extras of other packages have their own ranges; what iceos itself stands on must stay installable.
    own = [Requirement(text) for text in metadata.requires(OWN_NAME) or ()]
    constraints = [str(each) for each in own if each.marker is None]
    (folder / "requirements.in").write_text("".join(f"{line}\n" for line in requirements), "utf-8")
    (folder / "constraints.txt").write_text("".join(f"{line}\n" for line in constraints), "utf-8")
    if keep is not None:
        (folder / "pylock.toml").write_bytes(keep)
    return [
        *("pip", "compile", str(folder / "requirements.in"), "--constraints", str(folder / "constraints.txt")),
        *("--format", "pylock.toml", "--output-file", str(folder / "pylock.toml"), "--quiet", "--no-header"),
        *("--universal", "--python", sys.executable, "--python-version", PYTHON_VERSION, "--no-python-downloads"),
        *("--no-build", "--index-strategy", "first-index", "--no-sources"),
        *(part for each in sorted(upgrade) for part in ("--upgrade-package", each)),
    ]


def _environment(folder: Path, offered: Sequence[OfferedWheel], environ: Mapping[str, str] | None) -> dict[str, str]:
    ours = (folder / "simple").as_uri()
    variables = dict(os.environ if environ is None else environ)
    names = {wheel.name for wheel in offered} | {OWN_NAME}
    if all(wheel.requires <= names for wheel in offered):
        # No index but ours, no cache: nothing of another place or time can take part.
        for variable in _ELSEWHERE:
            variables.pop(variable, None)
        return variables | {"UV_DEFAULT_INDEX": ours, "UV_OFFLINE": "1", "UV_NO_CONFIG": "1", "UV_NO_CACHE": "1"}
    return variables | {"UV_INDEX": f"{ours} {variables.get('UV_INDEX', '')}".strip()}


def _write_index(folder: Path, offered: Sequence[OfferedWheel]) -> None:
    # A package index by PEP 503, on disk.
    filename, data = _own_stub(VERSION)
    wheels = folder / "wheels"
    wheels.mkdir()
    pages: dict[str, list[str]] = {}
    for name, file, content in [
        (OWN_NAME, filename, data),
        *((each.name, each.filename, each.data) for each in offered),
    ]:
        (wheels / file).write_bytes(content)
        link = f'<a href="{(wheels / file).as_uri()}#sha256={Digest.of(content).hex}">{file}</a>'
        pages.setdefault(name, []).append(link)
    for name, links in pages.items():
        page = folder / "simple" / name / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("<!DOCTYPE html>\n<html><body>\n" + "\n".join(links) + "\n</body></html>\n", "utf-8")


def _own_stub(version: str) -> tuple[str, bytes]:
    # iceos as it runs, metadata only: plugins may require a range of it, and no index is asked for it.
    name = f"{OWN_NAME}-{version}"
    folder = f"{name}.dist-info"
    text = f"Metadata-Version: 2.1\nName: {OWN_NAME}\nVersion: {version}\n"
    members = [
        (f"{folder}/METADATA", text.encode("utf-8")),
        (f"{folder}/WHEEL", b"Wheel-Version: 1.0\nGenerator: iceos\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        (f"{folder}/RECORD", f"{folder}/METADATA,,\n{folder}/WHEEL,,\n{folder}/RECORD,,\n".encode()),
    ]
    return f"{name}-py3-none-any.whl", write_archive(members, compress=False)


def _refuse_shadows(packages: Sequence[Package], offered: Sequence[OfferedWheel]) -> None:
    digests: dict[str, set[str]] = {}
    for wheel in offered:
        digests.setdefault(wheel.name, set()).add(Digest.of(wheel.data).hex)
    for package in packages:
        ours = digests.get(str(package.name))
        found = {str(wheel.hashes.get("sha256")) for wheel in package.wheels or ()}
        if ours is not None and (not found or not found <= ours):
            raise IceError(
                "lock-shadowed",
                f"`{package.name}` {package.version} was found in another place than the index of bundles",
                expected="a wheel of a bundle: " + ", ".join(f"sha256:{each}" for each in sorted(ours)),
                found=", ".join(f"sha256:{each}" for each in sorted(found)) or "no wheel",
                note="A plugin is taken from its index only, whatever another offers under its name.",
                hints=("Take that place out of uv's configuration (`UV_FIND_LINKS`, `find-links`, `no-index`)",),
            )


def _refuse_unportable(package: Package) -> None:
    urls = [wheel.url or "" for wheel in package.wheels or ()]
    if urls and all(url.startswith(("https://", "http://")) for url in urls):
        return
    raise IceError(
        "dependency-not-portable",
        f"`{package.name}` {package.version} cannot be locked for other machines",
        expected="wheels of a package index",
        found=", ".join(urls) or "no wheel",
        hints=("Publish its wheel to an index that uv is configured with, or leave the dependency out",),
    )


def _failed(error: ProgramFailed, folder: Path, requirements: Sequence[str]) -> IceError:
    lines = [line.replace(str(folder), "").replace("/requirements.in", "the requirements") for line in error.lines]
    return IceError(
        "resolution-failed",
        "no set of versions answers " + ", ".join(f"`{each}`" for each in requirements),
        where=Location("uv pip compile"),
        detail=lines,
        note=f"`{OWN_NAME}` is {VERSION} here, and is never taken from an index.",
        hints=("To see the versions that the index has, run `ls` on it; or loosen a requirement",),
    )
