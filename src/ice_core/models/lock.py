"""`pylock.iceos.toml`: a PEP 751 lock whose plugin packages also pin their manifest, components and signer.

pip and uv read the file as it is; what they do not know stands in `[tool.iceos]` and `[packages.tool.iceos]`, and is
strict here: an unknown member is refused. A package with a `[packages.tool.iceos]` table is a plugin: its wheels lie
beside the lock, in `pylock.iceos.wheels/`, or in a bundle of the index. Every other package is a dependency, which an
installer takes from an index by hash.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NoReturn

from packaging.pylock import Package, PackageWheel, Pylock, PylockUnsupportedVersionError, PylockValidationError
from pydantic import AfterValidator, Field

from ice_core.canonical import Digest
from ice_core.errors import IceError, Location
from ice_core.models.plugins import SemanticVersion
from ice_core.models.wire import JsonArray, Model, WireModel, matching, parse_wire
from ice_core.names import PUBLIC_KEY_ID_PATTERN

LOCK_NAME: Final = "pylock.iceos.toml"
WHEELS_FOLDER: Final = "pylock.iceos.wheels"
IDENTITY_KIND: Final = "iceos-ed25519"
MAX_LOCK_BYTES: Final = 16 * 1024 * 1024

_DIGEST = r"sha256:[0-9a-f]{64}"
# `ice lock` reads the old one for what it answers, so that a broken one has to go first.
_HINTS: Final = (
    f"To write it anew, run `rm {LOCK_NAME}`, then `ice lock` with the packages that you need",
    f"To have it back as it was committed, run `git restore {LOCK_NAME}`",
)


def _whole_second_of_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None or instant.utcoffset() != UTC.utcoffset(None) or instant.microsecond:
        raise ValueError("is not a whole second of UTC, as in 2026-10-02T12:00:00Z")
    return instant.astimezone(UTC)


class LockedComponentTable(WireModel):
    """A member of `[packages.tool.iceos.components]`: which component of the package is locked, and its digest."""

    version: SemanticVersion
    digest: Annotated[str, matching(_DIGEST)]


class PluginTable(WireModel):
    """`[packages.tool.iceos]`: what a plugin package pins beyond its wheels."""

    manifest_digest: Annotated[str, Field(alias="manifest-digest"), matching(_DIGEST)]
    first_seen: Annotated[datetime, Field(alias="first-seen"), AfterValidator(_whole_second_of_utc)]
    components: dict[Annotated[str, matching(r"(tool|agent|workflow):[a-z][a-z0-9_]*")], LockedComponentTable]


class IdentityTable(WireModel):
    """A member of a plugin's `attestation-identities`: the key that signed its bundle."""

    kind: Literal["iceos-ed25519"]
    key_id: Annotated[str, Field(alias="key-id"), matching(PUBLIC_KEY_ID_PATTERN)]


class LockTable(WireModel):
    """`[tool.iceos]`: the lock's own version, what it answers and where its plugins come from."""

    lock_version: Annotated[Literal["1"], Field(alias="lock-version")]
    requirements: JsonArray[str]
    marketplace: Annotated[str, matching(r"[a-z0-9][A-Za-z0-9:._/-]{0,255}")]
    acknowledged_risks: Annotated[JsonArray[str], Field(alias="acknowledged-risks")] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedComponent:
    """One component of a locked plugin; `line` is where the lock says so, from 1."""

    version: str
    digest: Digest
    line: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedWheel:
    """One wheel of a locked plugin; `size` is in bytes."""

    filename: str
    digest: Digest
    size: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedPlugin:
    """One plugin package: everything that its bundle must agree with; `line` is where the lock names it, from 1."""

    name: str
    version: str
    manifest_digest: Digest
    signer: str
    first_seen: datetime
    wheels: tuple[LockedWheel, ...]
    components: Mapping[str, LockedComponent]
    line: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """A lock that was read: `digest` is over its bytes; `dependencies` are the packages that are no plugins."""

    digest: Digest
    requirements: tuple[str, ...]
    marketplace: str
    acknowledged_risks: tuple[str, ...]
    plugins: tuple[LockedPlugin, ...]
    dependencies: tuple[Package, ...]

    def plugin(self, name: str) -> LockedPlugin | None:
        """The locked plugin of this normalised name, if there is one."""
        return next((plugin for plugin in self.plugins if plugin.name == name), None)

    def plugin_with(self, component: str) -> LockedPlugin | None:
        """The locked plugin that holds this component, as in `tool:csv_reader`."""
        return next((plugin for plugin in self.plugins if component in plugin.components), None)


def read_lock(data: bytes, *, where: str) -> Lock:
    """The lock that these bytes hold.

    Args:
        data: The whole file.
        where: Its origin, for messages.

    Raises:
        IceError: `lock-invalid`, naming the member at fault.
    """
    text = _decode(data, where)
    value = _parse_toml(text, where)
    pylock = _parse_pylock(value, where)
    table = _table(LockTable, _own_table(pylock.tool, where, "tool"), where, "tool.iceos")
    lines = _lines(text)
    plugins = tuple(
        _plugin(package, f"packages[{position}]", where, lines)
        for position, package in enumerate(pylock.packages)
        if "iceos" in (package.tool or {})
    )
    _refuse_twins([plugin.name for plugin in plugins], where, "package")
    _refuse_twins([component for plugin in plugins for component in plugin.components], where, "component")
    return Lock(
        digest=Digest.of(data),
        requirements=table.requirements,
        marketplace=table.marketplace,
        acknowledged_risks=table.acknowledged_risks,
        plugins=plugins,
        dependencies=tuple(package for package in pylock.packages if "iceos" not in (package.tool or {})),
    )


def _decode(data: bytes, where: str) -> str:
    if len(data) > MAX_LOCK_BYTES:
        _refuse(
            f"`{where}` is too large for a lock",
            where,
            expected=f"at most {MAX_LOCK_BYTES} bytes",
            found=str(len(data)),
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse(f"`{where}` is not UTF-8", where, found=f"a wrong byte at offset {error.start}", cause=error)


def _parse_toml(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        _refuse(f"`{where}` is nested too deeply", where, cause=error)
    except ValueError as error:  # TOMLDecodeError, and what int() and datetime say of values that TOML's grammar allows
        _refuse(f"`{where}` is not TOML 1.0", where, found=str(error), cause=error)


def _parse_pylock(value: dict[str, Any], where: str) -> Pylock:
    try:
        return Pylock.from_dict(value)
    except (PylockValidationError, PylockUnsupportedVersionError) as error:
        context = getattr(error, "context", None) or ""
        message = getattr(error, "message", str(error))
        _refuse(f"`{where}` is not a PEP 751 lock", where, path=context, found=message, cause=error)


def _own_table(tool: Mapping[str, Any] | None, where: str, path: str) -> dict[str, Any]:
    table = (tool or {}).get("iceos")
    if not isinstance(table, dict):
        _refuse(f"`{where}` was not written by `ice lock`", where, path=path, expected="a table `iceos`", found="none")
    return table


def _table(model: type[Model], table: dict[str, Any], where: str, path: str) -> Model:
    try:
        return parse_wire(
            model, table, slug="lock-invalid", document="a lock that `ice lock` wrote", where=where, hints=_HINTS
        )
    except IceError as error:
        raise error.within(path) from error.__cause__


def _plugin(package: Package, path: str, where: str, lines: Mapping[str, int]) -> LockedPlugin:
    own = _own_table(package.tool, where, f"{path}.tool")
    table = _table(PluginTable, own, where, f"{path}.tool.iceos")
    if package.version is None or not package.wheels or package.sdist is not None:
        _refuse(f"`{package.name}` is not locked to wheels of one version", where, path=path)
    components = {
        name: LockedComponent(
            version=component.version, digest=Digest.parse(component.digest), line=lines.get(f"{package.name} {name}")
        )
        for name, component in table.components.items()
    }
    return LockedPlugin(
        name=str(package.name),
        version=str(package.version),
        manifest_digest=Digest.parse(table.manifest_digest),
        signer=_signer(package, path, where),
        first_seen=table.first_seen,
        wheels=tuple(_wheel(wheel, f"{path}.wheels[{n}]", where) for n, wheel in enumerate(package.wheels)),
        components=MappingProxyType(components),
        line=lines.get(str(package.name)),
    )


def _signer(package: Package, path: str, where: str) -> str:
    identities = package.attestation_identities or ()
    if len(identities) != 1:
        _refuse(
            f"`{package.name}` is not locked to the key that signed it",
            where,
            path=f"{path}.attestation-identities",
            expected=f'one table with kind = "{IDENTITY_KIND}"',
            found=str(len(identities)),
        )
    return _table(IdentityTable, dict(identities[0]), where, f"{path}.attestation-identities[0]").key_id


def _wheel(wheel: PackageWheel, path: str, where: str) -> LockedWheel:
    # The one place a plugin's wheel may be said to lie: a lock must not send an installer anywhere else for it.
    expected = f"{WHEELS_FOLDER}/{wheel.filename}"
    if wheel.path != expected or wheel.url is not None or wheel.name is not None:
        _refuse("the wheel of a plugin lies elsewhere", where, path=path, expected=expected, found=str(wheel.path))
    digest = wheel.hashes.get("sha256", "")
    if set(wheel.hashes) != {"sha256"} or re.fullmatch("[0-9a-f]{64}", digest) is None:
        _refuse(f"`{wheel.filename}` is not pinned", where, path=f"{path}.hashes", expected="a sha256 and nothing else")
    return LockedWheel(filename=wheel.filename, digest=Digest(bytes.fromhex(digest)), size=wheel.size)


def _refuse_twins(names: list[str], where: str, kind: str) -> None:
    twin = next((name for position, name in enumerate(names) if name in names[:position]), None)
    if twin is not None:
        _refuse(f"the {kind} `{twin}` is locked twice", where, expected="each once", found=f"`{twin}` twice")


def _lines(text: str) -> dict[str, int]:
    # "NAME" -> its line; "NAME COMPONENT" -> the component's. Only for pointing at: nothing is read from here.
    lines: dict[str, int] = {}
    package = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if match := re.match(r'name = "([a-z0-9-]+)"$', line):
            package = match[1]
            lines.setdefault(package, number)
        elif match := re.match(r'"((?:tool|agent|workflow):[a-z0-9_]+)" = ', line):
            lines.setdefault(f"{package} {match[1]}", number)
    return lines


def _refuse(
    message: str,
    where: str,
    *,
    path: str = "",
    expected: str | None = None,
    found: str | None = None,
    cause: Exception | None = None,
) -> NoReturn:
    raise IceError(
        "lock-invalid",
        message,
        where=Location(where, path=path),
        expected=expected,
        found=found,
        hints=_HINTS,
    ) from cause
