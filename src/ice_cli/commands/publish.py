"""`ice publish`: build, check, sign, bundle, verify and upload one project."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from ice_cli import output
from ice_cli.options import index_location, index_option
from ice_cli.progress import Progress
from ice_cli.project_manifest import existing_manifest
from ice_cli.render import findings_text
from ice_cli.signing import opened_signer, signing_options
from ice_client.index import BundleIndex
from ice_client.index_location import open_index
from ice_client.publish import Published, SigningKey, publish, read_wheels
from ice_client.wheel_building import Isolation, build_wheel
from ice_core.clock import judged_time, remember_time
from ice_core.home import Home
from ice_core.strict_json import JsonObject
from ice_sdk.drift import check_manifest

_THERE: Final = "Already there with the same bytes:"


@click.command("publish")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="As `ice plugins export` wrote it; default: that of the project.",
)
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="The project that is built; default: the one that holds the manifest.",
)
@click.option(
    "--wheel",
    "wheels",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Built already; may be given for several platforms.",
)
@signing_options
@index_option
@click.option("--no-isolation", is_flag=True, help="Build with what is installed here, without a package index.")
@click.option("--dry-run", is_flag=True, help="Do all of it but the upload, and say what would be written.")
@output.json_option
def publish_command(
    *,
    manifest: Path | None,
    project: Path | None,
    wheels: tuple[Path, ...],
    public_key_id: str | None,
    signer: str | None,
    index: str | None,
    no_isolation: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Publish a project: build, check, sign, bundle, verify, upload.

    The wheel is built with the project's own back end unless --wheel gives one.
    The manifest must still say what the code says. The bundle is verified as its
    readers will before anything is uploaded. Again with the same bytes changes
    nothing; other bytes under a published version are refused. With --dry-run
    nothing is written, and what would be refused is refused.

    \b
    Example: ice publish --index ./market --dry-run
    """
    place = open_index(index_location(index))
    folder = project or (_project_around(manifest) if manifest is not None else Path())
    manifest = existing_manifest(folder, manifest)
    home = Home.from_environment(os.environ)
    opened = opened_signer(public_key_id, signer)
    key = SigningKey(private=opened.signer, record=opened.record)
    with Progress("Building the wheel") as progress:
        if not wheels:
            check_manifest(folder, manifest=manifest)
        built = read_wheels(wheels) if wheels else [build_wheel(folder, isolation=_isolation(no_isolation))]
        now = judged_time(home, datetime.now(UTC))
        done = publish(manifest, built, place, key=key, now=now, dry_run=dry_run, progress=progress.tell)
    if not dry_run:
        remember_time(home, now)
    if as_json:
        output.data({**_row(done, place), "dry_run": dry_run})
        return
    if done.warnings:
        output.say(findings_text(done.warnings))
    for text in _words(done, place, index_location(index), dry_run=dry_run):
        output.say(text)


def _project_around(manifest: Path) -> Path:
    # A back end may want the manifest inside the package, so its folder is not always the project's.
    beside = manifest.absolute().parent
    return next((folder for folder in (beside, *beside.parents) if (folder / "pyproject.toml").is_file()), beside)


def _isolation(no_isolation: bool) -> Isolation:  # noqa: FBT001  the flag as click gives it
    return "this-environment" if no_isolation else "isolated"


def _words(done: Published, place: BundleIndex, location: str, *, dry_run: bool) -> list[str]:
    verb = ("Would publish" if dry_run else "Published") if done.outcome == "new" else _THERE
    last = "Nothing was written." if dry_run else f"To pin it, run `ice lock {done.name} --index {location}`."
    made = [(wheel.filename, f"{wheel.size} bytes", str(wheel.digest)) for wheel in done.wheels]
    made.append((done.bundle.filename, f"{done.bundle.size} bytes", str(done.bundle.digest)))
    made.append(("manifest", output.counted(len(done.components), "component"), str(done.manifest_digest)))
    return [
        *(f"  {text}" for text in output.columns(made)),
        f"  signed by {done.signer}, {done.signer_fingerprint}",
        f"{verb} {done.name} {done.version} in {location} ({place.identity}).",
        last,
    ]


def _row(done: Published, place: BundleIndex) -> JsonObject:
    return {
        "package": done.name,
        "version": done.version,
        "outcome": done.outcome,
        "index": place.identity,
        "bundle": {
            "filename": done.bundle.filename,
            "size": done.bundle.size,
            "digest": str(done.bundle.digest),
        },
        "wheels": [
            {"filename": wheel.filename, "size": wheel.size, "digest": str(wheel.digest)} for wheel in done.wheels
        ],
        "manifest_digest": str(done.manifest_digest),
        "components": [
            {"component": name, "version": version, "digest": str(digest)} for name, version, digest in done.components
        ],
        "signer": done.signer,
        "signer_fingerprint": str(done.signer_fingerprint),
        "warnings": [finding.to_json() for finding in done.warnings],
    }
