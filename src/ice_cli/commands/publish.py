"""`ice publish`: build, check, sign, bundle, verify and upload one project."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from ice_cli import output
from ice_cli.completion import keys
from ice_cli.files import missing
from ice_cli.options import index_location, index_option
from ice_cli.passphrases import opened_key
from ice_cli.progress import Progress
from ice_cli.render import findings_text
from ice_client.index import BundleIndex
from ice_client.index_location import open_index
from ice_client.publish import Published, SigningKey, publish, read_wheels
from ice_client.wheel_building import Isolation, build_wheel
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.key_store import KeyStore
from ice_core.strict_json import JsonObject
from ice_sdk.drift import check_manifest
from ice_sdk.export import MANIFEST_NAME, export_command


@click.command("publish")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="As `ice plugins export` wrote it; default: plugins.json of the project.",
)
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="The project that is built; default: the folder of the manifest.",
)
@click.option(
    "--wheel",
    "wheels",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Built already; may be given for several platforms.",
)
@click.option(
    "--key", "public_key_id", metavar="ID", shell_complete=keys, help="The key that signs; default: the only one here."
)
@index_option
@click.option("--no-isolation", is_flag=True, help="Build with what is installed here, without a package index.")
@output.json_option
def publish_command(
    *,
    manifest: Path | None,
    project: Path | None,
    wheels: tuple[Path, ...],
    public_key_id: str | None,
    index: str | None,
    no_isolation: bool,
    as_json: bool,
) -> None:
    """Publish a project: build, check, sign, bundle, verify, upload.

    The wheel is built with the project's own back end unless --wheel gives one.
    The manifest must still say what the code says. The bundle is verified as its
    readers will before anything is uploaded. Again with the same bytes changes
    nothing; other bytes under a published version are refused.

    \b
    Example: ice publish --index ./market
    """
    place = open_index(index_location(index))
    manifest = manifest or (project or Path()) / MANIFEST_NAME
    folder = project or manifest.absolute().parent
    if not manifest.exists():
        raise missing(manifest, hints=(f"To write it, run `{export_command(folder, manifest)}`",))
    key = signing_key(public_key_id)
    with Progress("Building the wheel") as progress:
        if not wheels:
            check_manifest(folder, manifest=manifest)
        built = read_wheels(wheels) if wheels else [build_wheel(folder, isolation=_isolation(no_isolation))]
        done = publish(manifest, built, place, key=key, now=datetime.now(UTC), progress=progress.tell)
    if as_json:
        output.data(_row(done, place))
        return
    if done.warnings:
        output.say(findings_text(done.warnings))
    for text in _words(done, place, index_location(index)):
        output.say(text)


def _isolation(no_isolation: bool) -> Isolation:  # noqa: FBT001  the flag as click gives it
    return "this-environment" if no_isolation else "isolated"


def signing_key(public_key_id: str | None) -> SigningKey:
    """The key to sign with: the one named, else the only one whose private half is here.

    Raises:
        IceError: `key-choice` when there is none or there are several; what opening it refuses.
    """
    home = Home.from_environment(os.environ)
    records = KeyStore.read(home.keys)
    name = public_key_id or _only_key(home, records)
    return SigningKey(private=opened_key(home, name), record=records.get(name))


def _only_key(home: Home, records: KeyStore) -> str:
    own = [
        each.public_key_id for each in records.records if (home.keys / "private" / f"{each.public_key_id}.pem").exists()
    ]
    if len(own) == 1:
        return own[0]
    raise IceError(
        "key-choice",
        "no key of this machine can sign" if not own else f"{len(own)} keys of this machine can sign",
        expected="one key, or `--key ID`",
        found=", ".join(own) or "none",
        hints=tuple(f"Add `--key {name}`" for name in own) or ("To make a key, run `ice keys new ID`",),
    )


def _words(done: Published, place: BundleIndex, location: str) -> list[str]:
    verb = "Published" if done.outcome == "new" else "Already there with the same bytes:"
    made = [(wheel.filename, f"{wheel.size} bytes", str(wheel.digest)) for wheel in done.wheels]
    made.append((done.bundle.filename, f"{done.bundle.size} bytes", str(done.bundle.digest)))
    made.append(("manifest", output.counted(len(done.components), "component"), str(done.manifest_digest)))
    return [
        *(f"  {text}" for text in output.columns(made)),
        f"  signed by {done.signer}, {done.signer_fingerprint}",
        f"{verb} {done.name} {done.version} in {location} ({place.identity}).",
        f"To pin it, run `ice lock {done.name} --index {location}`.",
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
