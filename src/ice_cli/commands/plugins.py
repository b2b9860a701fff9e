"""`ice plugins export` and `sign`: a project's decorators become a manifest, and a key signs it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from ice_cli import output
from ice_cli.commands.export_all import export_all
from ice_cli.files import read_named, written
from ice_cli.options import all_option, project_option
from ice_cli.progress import Progress
from ice_cli.project_manifest import existing_manifest
from ice_cli.render import findings_text
from ice_cli.signing import opened_signer, signing_options
from ice_client.bundle import sign_manifest
from ice_client.publish import read_wheels
from ice_core.canonical import manifest_digest, printed_bytes
from ice_core.errors import IceError, Location
from ice_core.home import write_atomically
from ice_core.strict_json import MAX_BYTES, JsonObject, parse_json
from ice_core.wheel_rewriting import add_manifest
from ice_sdk.drift import check_manifest
from ice_sdk.export import Exported, export_manifest
from ice_sdk.project import MANIFEST_NAME, manifest_of_project
from ice_sdk.public_subset import public_subset

WRITE_MANIFEST: Final = f"To write it, run `ice plugins export --output {MANIFEST_NAME}`"


@click.command("export")
@project_option
@all_option
@click.option("--output", "file", type=click.Path(path_type=Path), metavar="FILE", help="Write there, whole or not.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 with the difference if the code says otherwise.")
@click.option("--public", is_flag=True, help="Only what designers and search may see.")
@output.form_option
@output.json_option
def export(
    *,
    project: Path,
    all_packages: bool,
    file: Path | None,
    check: bool,
    public: bool,
    form: output.Form | None,
    as_json: bool,
) -> None:
    """Write the manifest that a project's decorators declare.

    The same tree gives the same bytes; `created` stays as it was until something
    else changes, or follows $SOURCE_DATE_EPOCH. Only modules that declare a
    component are imported, in a process of their own. Without --output the
    manifest goes to standard output: `ice plugins export > plugins.json`.

    With --all each package of a monorepo gets its own, or none does: those that
    `[tool.iceos] packages` names, else the members of uv's workspace.

    \b
    Example: ice plugins export --output plugins.json
    """
    form = output.chosen_form(form, as_json=as_json)
    _refuse_misfits(form, check=check, public=public)
    if all_packages:
        _refuse_parts(file, public=public)
        export_all(project, check=check, form=form)
        return
    with Progress("Reading the project's components"):
        if check:
            committed = existing_manifest(project, file)
            exported = check_manifest(project, manifest=committed)
            _checked(exported, committed, form=form)
            return
        # The public subset holds no time, but the digest that is told with it is the whole manifest's.
        exported = export_manifest(project, output=manifest_of_project(project) if public else file)
    if exported.discovery.warnings and not as_json:
        output.say(findings_text(exported.discovery.warnings))
    data = printed_bytes(public_subset(exported.value)) if public else exported.data
    place = written(file, data) if file is not None else "Exported"
    if form == "json":
        output.data({**_summary(exported), "file": str(file) if file is not None else None})
        return
    if file is None:
        output.raw(data)
    output.say(output.shown(_words(exported, place, public=public)))


def _refuse_misfits(form: output.Form, *, check: bool, public: bool) -> None:
    if check and public:
        raise output.usage_error(
            "`--check` compares the whole manifest; `--public` writes a part of it",
            hints=("To compare, run `ice plugins export --check`",),
        )
    if not check and form not in ("full", "json"):
        raise output.usage_error(
            f"`{output.FORM_OPTION} {form}` is for findings, and only `--check` looks for them",
            hints=(f"To look for drift, run `ice plugins export --check {output.FORM_OPTION} {form}`",),
        )


def _refuse_parts(file: Path | None, *, public: bool) -> None:
    for option, given in (("--output", file is not None), ("--public", public)):
        if given:
            raise output.usage_error(
                f"`--all` writes each package's manifest to its own place, and `{option}` is for one",
                hints=("To say another place, write `manifest` under `[tool.iceos]` of the package",),
            )


def _checked(exported: Exported, committed: Path, *, form: output.Form) -> None:
    if form == "json":
        output.data({**_summary(exported), "file": str(committed), "drift": False})
        return
    warnings = exported.discovery.warnings
    if form != "full":
        output.findings(warnings, form=form, rules={"manifest-drift": "error", **{w.slug: "warning" for w in warnings}})
    elif warnings:
        output.say(findings_text(warnings))
    output.say(f"`{committed}` describes this code: {_count(exported)}.")


def _summary(exported: Exported) -> JsonObject:
    return {
        "package": exported.value["package"],
        "components": [str(found.id) for found in exported.discovery.components],
        "manifest_digest": str(manifest_digest(exported.value)),
        "network_refused_by": list(exported.discovery.network_refused_by),
        "warnings": [finding.to_json() for finding in exported.discovery.warnings],
    }


def _words(exported: Exported, place: str, *, public: bool) -> str:
    if not exported.discovery.components:
        return "No component was found: no module of the project uses `@tool`, `@agent` or `@workflow` of ice_sdk."
    part = "the public subset of " if public else ""
    return f"{place}: {part}{_count(exported)}, {manifest_digest(exported.value)}"


def _count(exported: Exported) -> str:
    return output.counted(len(exported.discovery.components), "component")


@click.command("sign")
@click.argument("manifest", type=click.Path(path_type=Path))
@signing_options
@click.option(
    "--wheel",
    "wheels",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A wheel that the signature covers too.",
)
@click.option("--output", "file", type=click.Path(path_type=Path), metavar="FILE", help="Default: MANIFEST itself.")
@output.json_option
def sign(
    manifest: Path,
    *,
    public_key_id: str | None,
    signer: str | None,
    wheels: tuple[Path, ...],
    file: Path | None,
    as_json: bool,
) -> None:
    """Sign MANIFEST with the key ID, together with its wheels.

    Without --wheel the signature covers the manifest alone: that vouches for the
    metadata, and never allows an import. `ice publish` signs by itself.

    \b
    Example: ice plugins sign plugins.json --key acme-2026
    """
    if public_key_id is None and signer is None:
        raise output.usage_error(
            "`ice plugins sign` needs `--key` or `--signer`",
            hints=("To see the keys of this machine, run `ice keys list`",),
        )
    opened = opened_signer(public_key_id, signer)
    name = opened.record.public_key_id
    data = read_named(manifest, max_bytes=MAX_BYTES, hints=(WRITE_MANIFEST,))
    value = parse_json(data, where=str(manifest))
    built = read_wheels(wheels)
    for filename, wheel in built:
        if add_manifest(wheel, value, where=filename) != wheel:
            raise _without_manifest(filename)
    signed = sign_manifest(data, built, private_key=opened.signer, public_key_id=name, where=str(manifest))
    target = file or manifest
    write_atomically(target, signed)
    if as_json:
        output.data(
            {
                "file": str(target),
                "signer": name,
                "manifest_digest": str(manifest_digest(value)),
                "wheels": [filename for filename, _ in built],
            }
        )
        return
    covered = f"it and {', '.join(filename for filename, _ in built)}" if built else "the manifest alone (metadata)"
    output.say(f"Signed {target} with `{name}`: the signature covers {covered}.")


def _without_manifest(name: str) -> IceError:
    return IceError(
        "wheel-not-ready",
        f"`{name}` does not hold this manifest in the form that is signed",
        where=Location(name),
        note="A signature is over the wheel's final bytes, and they must hold the manifest. Nothing was written.",
        hints=("To put it in, sign and bundle in one step, run `ice publish --wheel FILE`",),
    )
