"""`ice plugins migrate`: older manifests become `plugins.v0`, tools of other frameworks typed Python functions.

Each change and loss is said, and the input stays.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from ice_cli import output
from ice_cli.commands.migrate_tools import write_tools
from ice_cli.doctor_machine import OLDER_VARIABLE
from ice_cli.files import read_named
from ice_compiler.yaml_reader import read_yaml
from ice_core.canonical import printed_bytes
from ice_core.errors import IceError
from ice_core.home import write_atomically
from ice_core.manifest_sources import EXTRA_PLUGINS
from ice_core.strict_json import MAX_BYTES, JsonValue, decode_text, parse_any_json
from ice_sdk.foreign_tools import TOOL_FORMS, ToolForm
from ice_sdk.migration import Migrated, component_count, migrate_manifest


@click.command("migrate")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option("--output", "target", type=click.Path(path_type=Path), metavar="FILE", help="Write there, whole or not.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would change.")
@click.option("--to", type=click.Choice(("manifest", "python")), default="manifest", help="What FILE becomes.")
@click.option(
    "--from",
    "form",
    type=click.Choice(TOOL_FORMS),
    metavar="FORM",
    help=f"With --to python: {', '.join(TOOL_FORMS[:-1])} or {TOOL_FORMS[-1]}; default: what FILE tells.",
)
@output.json_option
def migrate_command(
    *,
    files: tuple[Path, ...],
    target: Path | None,
    check: bool,
    to: str,
    form: ToolForm | None,
    as_json: bool,
) -> None:
    """Turn an older iceOS manifest, YAML or JSON, into `plugins.v0`.

    Each change and each loss is said; what could be meant in two ways is refused.
    The result is not signed, and FILE stays. Without FILE, those that
    $ICEOS_PLUGIN_MANIFESTS names are read.

    With --to python FILE defines tools of another framework: what MCP's
    `tools/list` gives, or what the APIs of OpenAI or Anthropic take. Each
    becomes a typed `@tool` function that is still to be written:
    `ice plugins migrate --to python tools.json --output tools.py`.

    \b
    Example: ice plugins migrate plugins.v0.yaml --output plugins.json
    """
    if to == "python":
        write_tools(files, target, form=form, check=check, as_json=as_json)
        return
    _refuse_form(form)
    named = files or _older_files()
    _refuse_misfits(named, target, check=check, as_json=as_json)
    done = _migrated(named)
    if target is not None and not check:
        write_atomically(target, printed_bytes(done[0][1].value))
    if not as_json:
        for file, migrated in done:
            _say(file, migrated)
        if not files:
            output.say(f"In place of {OLDER_VARIABLE}: {EXTRA_PLUGINS}={_newer_value(done)}")
    if as_json:
        written = str(target) if target is not None and not check else None
        output.data(
            {
                "files": [_summary(file, migrated) for file, migrated in done],
                "file": written,
                EXTRA_PLUGINS: None if files else _newer_value(done),
            }
        )
    elif target is None and not check:
        output.raw(printed_bytes(done[0][1].value))
    if check and any(migrated.changed or migrated.lost for _, migrated in done):
        raise click.exceptions.Exit(1)


def _refuse_form(form: ToolForm | None) -> None:
    if form is not None:
        raise output.usage_error(f"`--from {form}` is for tools, and needs `--to python`", hints=("Add `--to python`",))


def _older_files() -> tuple[Path, ...]:
    names = [name.strip() for name in os.environ.get(OLDER_VARIABLE, "").split(",")]
    return tuple(Path(name) for name in names if name)


def _refuse_misfits(named: tuple[Path, ...], target: Path | None, *, check: bool, as_json: bool) -> None:
    if not named:
        raise output.usage_error(
            f"no FILE was given, and `{OLDER_VARIABLE}` names none",
            hints=("To migrate one, run `ice plugins migrate plugins.v0.yaml --output plugins.json`",),
        )
    if len(named) > 1 and not check and (target is not None or not as_json):
        raise output.usage_error(
            f"{len(named)} manifests are named, and one is written at a time",
            hints=tuple(f"Run `ice plugins migrate {file} --output {_newer(file)}`" for file in named),
        )
    if target is not None and any(target.resolve() == file.resolve() for file in named):
        raise output.usage_error(f"`--output {target}` is the file that is read, and it stays", hints=())


def _migrated(named: Sequence[Path]) -> list[tuple[Path, Migrated]]:
    done: list[tuple[Path, Migrated]] = []
    refused: list[IceError] = []
    for file in named:
        try:
            done.append((file, migrate_manifest(_read(file), where=str(file))))
        except IceError as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise IceError.of([finding for error in refused for finding in error.findings or (error.finding,)])
    return done


def _read(file: Path) -> JsonValue:
    data = read_named(file, max_bytes=MAX_BYTES)
    if _is_json(file):
        return parse_any_json(data, where=str(file))
    return read_yaml(decode_text(data, where=str(file)), where=str(file))[0]


def _newer(file: Path) -> Path:
    newer = file.with_suffix(".json")
    return newer if newer != file else file.with_suffix(".migrated.json")


def _newer_value(done: Sequence[tuple[Path, Migrated]]) -> str:
    # What needs no change is read where it lies.
    kept = [file if _is_json(file) and not (new.changed or new.lost) else _newer(file) for file, new in done]
    return output.shown(os.pathsep.join(map(str, kept)))


def _is_json(file: Path) -> bool:
    return file.suffix not in (".yaml", ".yml")


def _summary(file: Path, migrated: Migrated) -> dict[str, JsonValue]:
    return {
        "from": str(file),
        "changed": list(migrated.changed),
        "lost": list(migrated.lost),
        "manifest": migrated.value,
    }


def _say(file: Path, migrated: Migrated) -> None:
    for line in migrated.changed:
        output.say(f"changed  {line}")
    for line in migrated.lost:
        output.say(f"lost     {line}")
    output.say(
        f"`{output.shown(str(file))}`: {output.counted(component_count(migrated), 'component')}, not signed here."
    )
