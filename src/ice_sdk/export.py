"""2 EXPORT: a project's manifest, the same bytes each time, from the components that its source tree declares.

`created` is covered by signatures, so it is never simply now: `SOURCE_DATE_EPOCH` if that is set, else the old value
when nothing else changed, else the current second. The old value comes from the file that would be overwritten, or for
standard output from the committed file, because the shell has emptied the target of `> plugins.json` by then.
"""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ice_core.canonical import canonical_bytes, printed_bytes
from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file
from ice_core.names import SemVer
from ice_core.strict_json import MAX_BYTES, JsonObject, parse_json
from ice_sdk.autodiscover import IMPORT_SECONDS, Discovery, discover, manifest_head
from ice_sdk.git_history import blob_at
from ice_sdk.project import MANIFEST_NAME, Project

# The first iceos that knows a member of a component's entry, for members that came after 1.0.0.
MEMBERS_SINCE: Final[Mapping[str, SemVer]] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """A manifest as it would be written, and where its components are declared."""

    value: JsonObject
    discovery: Discovery

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return printed_bytes(self.value)


def export_manifest(
    project: Path,
    *,
    output: Path | None = None,
    environ: Mapping[str, str] | None = None,
    now: datetime | None = None,
    seconds: float = IMPORT_SECONDS,
) -> Exported:
    """The manifest of the project in a folder; nothing is written.

    Args:
        project: The folder of its pyproject.toml.
        output: The file that the caller will write; None for standard output.
        environ: Where `SOURCE_DATE_EPOCH` is looked up; the process's own by default.
        now: The current time; the clock's by default.
        seconds: How long importing the project's modules may take.

    Raises:
        IceError: What `discover` raises, `manifest-invalid` or `source-date-invalid`.
    """
    # Before the author's modules are imported, so that a wrong setting costs nothing.
    source_date(os.environ if environ is None else environ)
    return manifest_of(discover(project, seconds=seconds), output=output, environ=environ, now=now)


def manifest_of(
    discovery: Discovery,
    *,
    output: Path | None = None,
    environ: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Exported:
    """The manifest of what was discovered; the arguments are those of `export_manifest`.

    Raises:
        IceError: `manifest-invalid` or `source-date-invalid`.
    """
    stamped = source_date(os.environ if environ is None else environ)
    old = _readable(output) if output is not None else _committed(discovery.project)
    value = _dated(manifest_value(discovery), stamped, old, datetime.now(UTC) if now is None else now)
    return Exported(value=value, discovery=discovery)


def export_command(project: Path, manifest: Path) -> str:
    """The command that writes a project's manifest, as it is typed in the current folder."""
    words = ["ice", "plugins", "export"]
    # Where the person stands in the project already, naming it would be noise.
    words += [] if project.resolve() == Path.cwd() else ["--project", str(project)]
    return shlex.join([*words, "--output", str(manifest)])


def manifest_value(discovery: Discovery) -> JsonObject:
    """The manifest of what was found, sorted by (node_type, name), without `created`."""
    value = manifest_head(discovery.project)
    if discovery.schemas:
        value["schemas"] = {name: discovery.schemas[name] for name in sorted(discovery.schemas)}
    value["components"] = [with_iceos_min(found.entry, MEMBERS_SINCE) for found in discovery.components]
    return value


def with_iceos_min(entry: JsonObject, members_since: Mapping[str, SemVer]) -> JsonObject:
    """The entry with its `iceos_min` raised to the first version that knows every member it uses."""
    needed = [since for member, since in members_since.items() if member in entry]
    declared = entry.get("iceos_min")
    if isinstance(declared, str):
        needed.append(SemVer.parse(declared))
    if not needed:
        return entry
    raised: JsonObject = {}
    for member, value in entry.items():
        if member != "iceos_min":
            raised[member] = value
        if member == "version":
            raised["iceos_min"] = str(max(needed))
    return raised


def _dated(value: JsonObject, stamped: str | None, old: "JsonObject | None", now: datetime) -> JsonObject:
    unchanged = old is not None and undated(old) == undated(value)
    created = stamped or now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if unchanged and old is not None and stamped is None and isinstance(old.get("created"), str):
        created = str(old["created"])
    head = [name for name in ("$schema", "schema_version") if name in value]
    dated: JsonObject = {**{name: value[name] for name in head}, "created": created, **value}
    # The same value, `created` included, is what the old signature signs: writing it anew must not lose that.
    if unchanged and old is not None and "signature" in old and old.get("created") == created:
        dated["signature"] = old["signature"]
    return dated


def undated(manifest: JsonObject) -> bytes:
    """What a manifest says, whenever it was made and whoever signed it."""
    return canonical_bytes({name: value for name, value in manifest.items() if name not in ("created", "signature")})


def source_date(environ: Mapping[str, str]) -> str | None:
    """The instant that `$SOURCE_DATE_EPOCH` gives, as formats write it; None when it is not set.

    Raises:
        IceError: `source-date-invalid`.
    """
    text = environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return None
    # Up to the year 9999, the last one that the manifest's form of an instant can write.
    if text.isascii() and text.isdigit() and len(text) <= 12 and int(text) <= 253_402_300_799:
        return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    raise IceError(
        "source-date-invalid",
        "`SOURCE_DATE_EPOCH` is not a time",
        where=Location("environment variable SOURCE_DATE_EPOCH"),
        expected="whole seconds since 1970-01-01T00:00:00Z",
        found=text,
        hints=(
            "To stamp the last commit's time, run `export SOURCE_DATE_EPOCH=$(git log -1 --pretty=%ct)`",
            "To go without, run `unset SOURCE_DATE_EPOCH`",
        ),
    )


def _readable(path: Path) -> "JsonObject | None":
    # What is there is about to be replaced, so a file that cannot be read counts as none.
    try:
        return parse_json(read_regular_file(path, max_bytes=MAX_BYTES), where=str(path))
    except IceError:
        return None


def _committed(project: Project) -> "JsonObject | None":
    data = blob_at(project.root, project.manifest, "HEAD")
    try:
        return parse_json(data, where=MANIFEST_NAME) if data is not None else None
    except IceError:
        return None
