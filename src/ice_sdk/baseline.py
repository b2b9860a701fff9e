"""What a project's versions are compared with: the manifest that was published last, or at least the committed one.

In order: what was asked for (a manifest's file or a git revision), the manifest at the last tag of git, the one that
git's HEAD holds. Only the first two were promised to anybody.
"""

from dataclasses import dataclass
from pathlib import Path

from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file
from ice_core.models.plugins import parse_manifest
from ice_core.strict_json import MAX_BYTES, JsonObject, parse_json
from ice_sdk.export import undated
from ice_sdk.git_history import blob_at, refuse_unusable, tags_before


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """A manifest to compare with.

    Attributes:
        value: The parsed manifest.
        label: Where it comes from, for messages.
        is_published: Whether others may rely on it; against a commit only what breaks callers counts.
    """

    value: JsonObject
    label: str
    is_published: bool


def find_baseline(
    project: Path, manifest: Path, asked: str | None, *, current: JsonObject | None = None
) -> Baseline | None:
    """The baseline of a project's manifest; None where there is none, as in a new project.

    A tag whose manifest is that of the code says nothing: it is the release that is being made, or that of a neighbour
    in the same repository. An earlier one is looked for then.

    Args:
        project: The folder of pyproject.toml.
        manifest: The manifest's file.
        asked: A manifest's file or a git revision; None looks for the last tag and then for HEAD.
        current: The manifest of the code.

    Raises:
        IceError: `git-unusable`; `baseline-missing`, when what was asked for is neither; what reading that manifest
            raises.
    """
    if asked is not None:
        return _asked(project, manifest, asked)
    refuse_unusable(project)
    same: Baseline | None = None
    for tag in tags_before(project):
        data = blob_at(project, manifest, tag)
        if data is None:
            continue
        found = _parsed(data, f"`{manifest.name}` at git's `{tag}`", is_published=True)
        if current is None or undated(found.value) != undated(current):
            return found
        same = found
    if same is not None:
        return same
    data = blob_at(project, manifest, "HEAD")
    return _parsed(data, f"`{manifest.name}` at git's `HEAD`", is_published=False) if data is not None else None


def _asked(project: Path, manifest: Path, asked: str) -> Baseline:
    if Path(asked).is_file():
        return _parsed(read_regular_file(Path(asked), max_bytes=MAX_BYTES), f"`{asked}`", is_published=True)
    data = blob_at(project, manifest, asked)
    if data is None:
        raise IceError(
            "baseline-missing",
            f"`{asked}` is neither a file nor a git revision that holds `{manifest.name}`",
            where=Location(asked),
            expected="a manifest's file, or a tag, branch or commit of the project's repository",
            found=asked,
            hints=("To see the tags, run `git tag`", "In a shallow clone, run `git fetch --tags --unshallow` first"),
        )
    return _parsed(data, f"`{manifest.name}` at git's `{asked}`", is_published=True)


def _parsed(data: bytes, label: str, *, is_published: bool) -> Baseline:
    value = parse_json(data, where=label.replace("`", ""))
    parse_manifest(value, where=label.replace("`", ""))
    return Baseline(value=value, label=label, is_published=is_published)
