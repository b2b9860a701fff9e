"""`ice plugins stubs`: the types and calls of a manifest as a Python module."""

from pathlib import Path

import click

from ice_cli import output
from ice_cli.commands.plugins import WRITE_MANIFEST
from ice_cli.files import read_named, written
from ice_cli.options import all_option
from ice_cli.project_manifest import existing_manifest
from ice_core.bundles import BUNDLE_SUFFIX, read_bundle
from ice_core.errors import IceError, Location
from ice_core.manifest_sources import MAX_BUNDLE_BYTES
from ice_core.models.plugins import parse_manifest
from ice_core.strict_json import MAX_BYTES, JsonObject, parse_json
from ice_sdk.stub_writing import stubs_text


@click.command("stubs")
@click.argument("manifest", type=click.Path(path_type=Path), required=False)
@click.option("--output", "file", type=click.Path(path_type=Path), metavar="FILE", help="Write there, whole or not.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if FILE is not what MANIFEST gives.")
@all_option
@output.json_option
def stubs(*, manifest: Path | None, file: Path | None, check: bool, all_packages: bool, as_json: bool) -> None:
    """Write the types of MANIFEST as a Python module.

    A TypedDict for each input, output and shared schema, and for each component a
    function that calls it with them. MANIFEST is that of the project here by
    default; a bundle (.icebundle) is read as strictly, its signature not verified.
    The same manifest gives the same bytes; no component is imported. Without
    --output the module goes to standard output. With --all each package of the
    monorepo here that says `stubs` under [tool.iceos] gets its own, or none does.

    \b
    Example: ice plugins stubs plugins.json --output src/acme/csv_stubs.py
    """
    if all_packages:
        _refuse_parts(manifest, file)
        from ice_cli.commands.stubs_all import stubs_all

        stubs_all(Path(), check=check, as_json=as_json)
        return
    manifest = manifest or existing_manifest(Path())
    if check and file is None:
        raise output.usage_error(
            "`--check` compares a file, and none was named",
            hints=(f"To compare one, run `ice plugins stubs {manifest} --check --output FILE`",),
        )
    data, components = stubs_of(manifest)
    if file is None:
        _print(data, as_json=as_json)
        return
    said = f"`{file}` holds" if check else ""
    if check:
        compare_stubs(data, manifest, file)
    else:
        said = f"{written(file, data)}:"
    if as_json:
        document: JsonObject = {"manifest": str(manifest), "file": str(file), "components": components}
        output.data(document)
        return
    output.say(output.shown(f"{said} the types of {output.counted(components, 'component')}."))


def stubs_of(manifest: Path) -> tuple[bytes, int]:
    """The module of a manifest or bundle, and of how many components it is."""
    value = _read(manifest)
    components = len(parse_manifest(value, where=str(manifest)).components)
    return stubs_text(value, where=str(manifest)).encode("ascii"), components


def _refuse_parts(manifest: Path | None, file: Path | None) -> None:
    for part, given in (("MANIFEST", manifest is not None), ("--output", file is not None)):
        if given:
            raise output.usage_error(
                f"`--all` writes each package's stubs to its own place, and `{part}` is for one",
                hints=("To say the place, write `stubs` under `[tool.iceos]` of the package",),
            )


def _read(manifest: Path) -> JsonObject:
    if manifest.suffix == BUNDLE_SUFFIX:
        data = read_named(manifest, max_bytes=MAX_BUNDLE_BYTES)
        return read_bundle(data, where=str(manifest)).manifest_value
    return parse_json(read_named(manifest, max_bytes=MAX_BYTES, hints=(WRITE_MANIFEST,)), where=str(manifest))


def _print(data: bytes, *, as_json: bool) -> None:
    if as_json:
        output.data({"text": data.decode("ascii")})
    else:
        output.raw(data)


def compare_stubs(data: bytes, manifest: Path, file: Path) -> None:
    """Refuses a file that does not hold these stubs: `file-missing` or `stubs-stale`."""
    command = f"ice plugins stubs {manifest} --output {file}"
    there = read_named(file, max_bytes=MAX_BYTES, hints=(f"To write it, run `{command}`",))
    if there != data:
        raise IceError(
            "stubs-stale",
            f"`{file}` is not what `{manifest}` gives",
            where=Location(str(file)),
            note="Nothing was written.",
            hints=(f"To write it anew, run `{command}`",),
        )
