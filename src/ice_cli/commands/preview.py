"""`ice plugins preview`: what the manifest would be now, kept fresh while one edits."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from ice_cli import output
from ice_cli.commands.preview_all import previews
from ice_cli.options import all_option, project_option
from ice_cli.progress import Progress
from ice_cli.render import error_text, findings_text
from ice_core.canonical import manifest_digest
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.preview import Preview

# How long a change may wait until it is seen; in between, nothing is read.
_LOOK_MILLISECONDS: Final = 200


@click.command("preview")
@project_option
@all_option
@click.option("--watch", is_flag=True, help="Go on until Ctrl-C; tell what each saved file changes.")
@output.json_option
def preview_command(*, project: Path, all_packages: bool, watch: bool, as_json: bool) -> None:
    """Write what the manifest would be to .iceos/plugins.preview.json.

    Tells what the code adds to, changes in and takes from plugins.json, which
    stays as it is. Git passes over the folder .iceos. With --watch an error is
    told and waits to be mended; with --json each answer is one line. With --all
    each package of a monorepo that declares components has a preview of its own.

    \b
    Example: ice plugins preview --watch
    """
    if watch:
        _watch(project, all_packages=all_packages, as_json=as_json)
        return
    with Progress("Reading the project's components"):
        made, refused = previews(project, all_packages=all_packages)
    if as_json and not all_packages:
        output.data(_document(made[0]))
    elif as_json:
        output.data({"previews": [_document(preview) for preview in made]} if refused is None else refused.to_json())
    for preview in () if as_json else made:
        _tell(preview)
        output.say(_words(preview))
    if refused is not None:
        if not as_json:
            _refused(refused, as_json=False)
        raise click.exceptions.Exit(1)


def _watch(project: Path, *, all_packages: bool, as_json: bool) -> None:
    before: dict[Path, Preview] = {}
    # Ctrl-C is how this ends, so it is no interruption.
    with contextlib.suppress(KeyboardInterrupt):
        for _ in _moments(project):
            try:
                made, refused = previews(project, all_packages=all_packages)
            except IceError as error:
                made, refused = (), error
            for preview in made:
                _tell_again(preview, before.get(preview.file), as_json=as_json)
            # Once it is mended, everything is worth telling again.
            before = {preview.file: preview for preview in made}
            if refused is not None:
                _refused(refused, as_json=as_json)


def _tell_again(preview: Preview, before: Preview | None, *, as_json: bool) -> None:
    if as_json:
        output.line(output.json_text(_document(preview)))
    elif before is None or _document(before) != _document(preview):
        _tell(preview, before=before)
        output.say(_words(preview))


def _moments(project: Path) -> Iterator[None]:
    """Once at the start and once after each change of what a manifest is made from."""
    try:
        import watchfiles
    except ImportError as error:
        raise IceError(
            "extra-missing",
            "`watchfiles` is needed to watch a project, and it is not installed",
            note="A machine that only runs plans does not need it, so it comes with the extra `author`.",
            hints=("To install it, run `pip install 'iceos[author]'`",),
            details={"program": "watchfiles", "extra": "author"},
        ) from error
    root = project.resolve()
    started = False
    # The first answer is a timeout: from then on no change is missed, not even one during the first look.
    for changes in watchfiles.watch(
        root,
        watch_filter=lambda _, path: _matters(Path(path), root),
        rust_timeout=_LOOK_MILLISECONDS,
        yield_on_timeout=True,
    ):
        if changes or not started:
            started = True
            yield


def _matters(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts if path.is_relative_to(root) else (path.name,)
    if any(part.startswith(".") or part in ("__pycache__", "node_modules", "site-packages") for part in parts):
        return False
    # A manifest may have any name that ends so.
    return path.suffix in (".json", ".py") or parts == ("pyproject.toml",)


def _refused(error: IceError, *, as_json: bool) -> None:
    if as_json:
        output.line(output.json_text(error.to_json()))
    else:
        output.say(error_text(error).rstrip("\n"))


def _tell(preview: Preview, *, before: Preview | None = None) -> None:
    told = before.changes if before is not None else ()
    warned = _warnings(before) if before is not None else []
    fresh = [each for each in preview.exported.discovery.warnings if each.to_json() not in warned]
    if fresh:
        output.say(findings_text(fresh))
    rows = [(f"{each.sign} {each.subject}", each.words) for each in preview.changes if each not in told]
    for row in output.columns(rows):
        output.line(output.shown(row))


def _warnings(preview: Preview) -> list[JsonValue]:
    return [finding.to_json() for finding in preview.exported.discovery.warnings]


def _words(preview: Preview) -> str:
    count = output.counted(len(preview.exported.discovery.components), "component")
    subjects = {sign: len({each.subject for each in preview.changes if each.sign == sign}) for sign in ("+", "~", "-")}
    name = preview.exported.discovery.project.manifest.name
    against = f"{subjects['+']} added, {subjects['~']} changed, {subjects['-']} removed against {name}"
    return f"Wrote {preview.file}: {count}; {against if preview.changes else f'{name} says the same'}."


def _document(preview: Preview) -> JsonObject:
    return {
        "file": str(preview.file),
        "components": [str(found.id) for found in preview.exported.discovery.components],
        "manifest_digest": str(manifest_digest(preview.exported.value)),
        "changes": [change.to_json() for change in preview.changes],
        "warnings": _warnings(preview),
    }
