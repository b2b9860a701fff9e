"""`ice plugins migrate --to python`: definitions of tools become a module, and each loss is told."""

from collections.abc import Sequence
from pathlib import Path

from ice_cli import output
from ice_cli.files import read_named
from ice_core.strict_json import MAX_BYTES, parse_any_json
from ice_sdk.foreign_tools import ToolForm, read_foreign_tools
from ice_sdk.new_files import write_all
from ice_sdk.tool_writing import ToolModule, tool_module


def write_tools(
    files: Sequence[Path], target: Path | None, *, form: ToolForm | None, check: bool, as_json: bool
) -> None:
    """Writes the module of one file of tools, to standard output or to a file that is not there yet.

    Raises:
        IceError: `usage`, `new-file-exists`, `file-not-written`, or what reading the file and its schemas refuses.
    """
    if len(files) != 1 or check:
        said = (
            "`--check` compares manifests, and `--to python` writes a module" if check else "one FILE is read at a time"
        )
        hint = "Run `ice plugins migrate --to python tools.json --output src/acme/tools.py`"
        raise output.usage_error(said, hints=(hint,))
    file = files[0]
    value = parse_any_json(read_named(file, max_bytes=MAX_BYTES), where=str(file))
    found, tools = read_foreign_tools(value, where=str(file), form=form)
    module = tool_module(tools, where=str(file))
    if target is not None:
        # Whoever filled the functions in does not lose them to a second run.
        write_all({target: module.text.encode("ascii")})
    if as_json:
        output.data(
            {
                "from": str(file),
                "form": found,
                "components": [f"tool:{name}" for name in module.components],
                "changed": list(module.changed),
                "lost": list(module.lost),
                "file": str(target) if target is not None else None,
                "text": module.text if target is None else None,
            }
        )
        return
    if target is None:
        output.raw(module.text.encode("ascii"))
    _say(module, found, file, target)


def _say(module: ToolModule, form: ToolForm, file: Path, target: Path | None) -> None:
    for line in module.changed:
        output.say(output.shown(f"changed  {line}"))
    for line in module.lost:
        output.say(output.shown(f"lost     {line}"))
    tools = output.counted(len(module.components), "tool")
    output.say(output.shown(f"`{file}` ({form}): {tools}, whose functions are to be written."))
    if target is not None:
        output.say(output.shown(f"Wrote {target}. To list them, run `ice plugins export` once it is in your package."))
