"""Writes the types of a manifest's inputs and outputs as Python modules: a TypedDict for each object that they hold."""

import json
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ice_core.errors import IceError
from ice_core.json_schema import standalone_schema
from ice_core.manifest_checks import check_schemas, component_entries, shared_schemas
from ice_core.strict_json import JsonObject

_generate: Callable[[JsonObject, Path, str], None] | None = None
with suppress(ImportError):  # the extra is not installed
    from datamodel_code_generator import generate
    from datamodel_code_generator.enums import DataModelType, InputFileType
    from datamodel_code_generator.format import Formatter, PythonVersion

    def _typed_dicts(schema: JsonObject, file: Path, name: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            generate(
                json.dumps(schema),
                input_file_type=InputFileType.JsonSchema,
                output=file,
                output_model_type=DataModelType.TypingTypedDict,
                target_python_version=PythonVersion.PY_311,
                class_name=name,
                disable_timestamp=True,
                formatters=[Formatter.BUILTIN],
                # mypy does not read PEP 728 yet.
                use_closed_typed_dict=False,
            )

    _generate = _typed_dicts


def write_stubs(manifest: JsonObject, folder: Path, *, where: str) -> None:
    """Writes `TYPE_NAME_input.py` and `TYPE_NAME_output.py` for each component into `folder`.

    Args:
        manifest: A manifest that its model has accepted.
        folder: An empty folder.
        where: The manifest's place, for messages.

    Raises:
        IceError: `extra-missing`; or what the schemas are refused for, references that leave the manifest above all:
            no generator sees one.
    """
    if _generate is None:
        raise _missing()
    check_schemas(manifest, where=where)
    schemas = shared_schemas(manifest)
    for entry in component_entries(manifest):
        pair = entry["schema"]
        for side in _SIDES:
            stem = f"{entry['node_type']}_{entry['name']}_{side}"
            schema = standalone_schema(pair[side] if isinstance(pair, dict) else {}, schemas)
            _generate(schema, folder / f"{stem}.py", "".join(word.capitalize() for word in stem.split("_")))


_SIDES: Final = ("input", "output")


def _missing() -> IceError:
    return IceError(
        "extra-missing",
        "`datamodel-code-generator` is needed to write stubs, and it is not installed",
        note="A machine that only runs plans does not need it, so it comes with the extra `author`.",
        hints=("To install it, run `pip install 'iceos[author]'`",),
        details={"program": "datamodel-code-generator", "extra": "author"},
    )
