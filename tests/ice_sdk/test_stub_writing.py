"""Stubs: a module of types for each component's input and output, from schemas that lead nowhere else."""

from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.strict_json import JsonObject
from ice_sdk.stub_check import check_stubs
from ice_sdk.stub_writing import write_stubs
from tests.builders.manifests import component, manifest


def with_input(schema: JsonObject, **schemas: JsonObject) -> JsonObject:
    entry = component()
    entry["schema"] = {"input": schema, "output": {"type": "string"}}
    return manifest(entry, schemas={**schemas})


RICH: JsonObject = {
    "type": "object",
    "properties": {
        "class": {"type": "string"},
        "not a name": {"type": ["integer", "null"]},
        "choice": {"enum": ["a", "b", 1]},
        "union": {"anyOf": [{"$ref": "#/schemas/Row"}, {"type": "array", "items": {"$ref": "#/schemas/Row"}}]},
        "free": {"type": "object", "additionalProperties": {"type": "number"}},
        "anything": True,
    },
    "required": ["class"],
}
ROW: JsonObject = {"type": "object", "properties": {"next": {"$ref": "#/schemas/Row"}}, "title": "Row"}


def test_each_component_has_a_module_for_its_input_and_one_for_its_output(tmp_path: Path) -> None:
    write_stubs(manifest(), tmp_path, where="plugins.json")

    assert ["tool_csv_reader_input.py", "tool_csv_reader_output.py"] == sorted(path.name for path in tmp_path.iterdir())
    assert (
        "class ToolCsvReaderInput(TypedDict):\n    text: str\n" in (tmp_path / "tool_csv_reader_input.py").read_text()
    )


def test_stubs_of_varied_schemas_pass_the_strict_check() -> None:
    value = with_input(RICH, Row=ROW)

    assert () == check_stubs(value, where="plugins.json", write=write_stubs)


@pytest.mark.parametrize(
    "reference", ["other.json#/a", "file:///etc/passwd", "http://127.0.0.1:1/schema", "/etc/passwd"]
)
def test_a_reference_that_leaves_the_manifest_is_refused_before_anything_is_written(
    tmp_path: Path, reference: str
) -> None:
    with pytest.raises(IceError) as refused:
        write_stubs(with_input({"$ref": reference}), tmp_path, where="plugins.json")

    assert "schema-invalid" == refused.value.slug
    assert [] == list(tmp_path.iterdir())
