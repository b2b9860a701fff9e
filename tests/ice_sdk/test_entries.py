"""Components as manifest entries: each setting, versions, costs, descriptions; refusals that name the setting."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from ice_core.errors import IceError
from ice_core.models.plugins import ComponentEntry, CostEstimate
from ice_core.names import SemVer
from ice_core.strict_json import JsonObject
from ice_sdk import agent, tool
from ice_sdk.description import UNRELEASED, describe
from ice_sdk.docstrings import object_documentation
from ice_sdk.entries import describe_all
from tests.ice_sdk.conftest import Declare, WriteProject
from tests.ice_sdk.json_paths import at

UNCHECKED_TOOL: Callable[..., Callable[..., object]] = tool


def reads(path: str) -> str:
    """Reads a file
    as text.

    What follows is for those who read the code.
    """
    return path


def entry_of(declare: Declare, decorator: Callable[..., object], target: Callable[..., object] = reads) -> JsonObject:
    return describe_all([declare(target, decorator)], version=SemVer.parse("1.2.3")).entries[0]


def test_a_bare_decorator_gives_the_members_that_every_entry_has(declare: Declare) -> None:
    assert {
        "node_type": "tool",
        "name": "reads",
        "import": f"{__name__}:reads",
        "version": "1.2.3",
        "schema": {"input": {"$ref": "#/schemas/ReadsInput"}, "output": {"type": "string"}},
        "description": "Reads a file as text.",
    } == entry_of(declare, tool)


def test_every_setting_is_written_in_the_order_of_the_format(declare: Declare) -> None:
    entry = entry_of(
        declare,
        agent(
            name="reader",
            version="2.0.0",
            iceos_min="1.0.0",
            cost_estimate={"base": 0.0001, "per_token": 0.000002, "currency": "USD"},
            max_tokens=1000,
            tags=("csv", "io"),
            description="Said here",
            examples=[{"input": {"path": "a"}, "output": None}],
            permissions={"network": ["*.example.org"], "subprocess": False, "tools": ["tool:csv_query"]},
            deprecated={"since": "2.0.0", "replacement": "parquet_reader"},
        ),
    )

    assert [
        *("node_type", "name", "import", "version", "iceos_min", "schema", "cost_estimate", "max_tokens", "tags"),
        *("description", "examples", "permissions", "deprecated"),
    ] == list(entry)
    assert [{"input": {"path": "a"}, "output": None}] == entry["examples"]
    assert ("agent", "reader", "2.0.0") == (entry["node_type"], entry["name"], entry["version"])
    assert ComponentEntry.model_validate(entry).cost_estimate is not None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0, {"base": 0, "per_token": 0}),
        (0.0, {"base": 0, "per_token": 0}),
        (0.0001, {"base": 0.0001, "per_token": 0}),
        (Decimal("0.0001"), {"base": 0.0001, "per_token": 0}),
        ({"base": 1, "per_token": Decimal("0.5")}, {"base": 1, "per_token": 0.5}),
        ({"per_token": 0.5}, {"base": 0, "per_token": 0.5}),
        (CostEstimate(base=Decimal("0.25")), {"base": 0.25, "per_token": 0}),
    ],
)
def test_a_cost_is_written_as_numbers_and_a_declared_zero_is_kept(
    declare: Declare, given: Any, expected: JsonObject
) -> None:
    assert expected == entry_of(declare, tool(cost_estimate=given))["cost_estimate"]


def test_a_cost_that_was_not_declared_is_not_written(declare: Declare) -> None:
    assert "cost_estimate" not in entry_of(declare, tool)


@pytest.mark.parametrize("nothing", [{"tags": []}, {"description": ""}, {"examples": ()}, {"permissions": {}}])
def test_an_empty_setting_is_not_written(declare: Declare, nothing: Mapping[str, object]) -> None:
    assert not nothing.keys() & entry_of(declare, UNCHECKED_TOOL(**nothing)).keys()


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        ({"cost_estimate": -1}, "cost_estimate.base", "is not between 0 and"),
        ({"cost_estimate": float("inf")}, "cost_estimate.base", "inf is not a finite number"),
        ({"cost_estimate": True}, "cost_estimate.base", "is not a number"),
        ({"cost_estimate": "free"}, "cost_estimate.base", "is not a number"),
        ({"cost_estimate": {"base": 1, "currency": "EUR"}}, "cost_estimate.currency", "is wrong"),
        ({"cost_estimate": {"bass": 1}}, "cost_estimate.bass", "does not know"),
        ({"tags": ["a\u200bb"]}, "tags[0]", "invisible character U+200B"),
        ({"tags": "csv"}, "tags", "is not an array"),
        ({"description": "two\nlines"}, "description", "invisible character U+000A"),
        ({"description": "e\u0301"}, "description", "normal form C"),
        ({"examples": [{"input": {}}]}, "examples[0].output", "is missing"),
        ({"permissions": {"tools": ["csv query"]}}, "permissions", "is not a component id"),
        ({"permissions": {"disk": ["/"]}}, "permissions.disk", "does not know"),
        ({"deprecated": {"since": "2"}}, "deprecated.since", "does not match"),
        ({"max_tokens": -1}, "max_tokens", "is wrong"),
        ({"examples": [{"input": object(), "output": 1}]}, "examples[0].input", "is not a JSON value"),
    ],
)
def test_a_setting_that_no_manifest_holds_is_refused_at_its_place(
    declare: Declare, settings: Mapping[str, object], path: str, words: str
) -> None:
    declared = declare(reads, UNCHECKED_TOOL(**settings))
    with pytest.raises(IceError) as refused:
        describe_all([declared], version=SemVer.parse("1.0.0"))

    finding = refused.value.finding
    said = f"{finding.message} {finding.found} {finding.where.path if finding.where else ''}"

    assert "declaration-invalid" == finding.slug
    assert path in said
    assert words in said
    assert finding.where is not None
    assert (declared.file, declared.line) == (finding.where.file, finding.where.line)
    assert () != finding.hints


def test_every_fault_of_the_settings_is_a_finding(declare: Declare) -> None:
    declared = declare(reads, UNCHECKED_TOOL(max_tokens=-1, tags="csv"))
    with pytest.raises(IceError) as refused:
        describe_all([declared], version=SemVer.parse("1.0.0"))

    assert ["max_tokens", "tags"] == [item.where.path for item in refused.value.findings if item.where]


def test_the_distributions_version_is_taken_where_none_is_given(declare: Declare) -> None:
    assert "1.2.3" == entry_of(declare, tool)["version"]


def test_a_given_version_wins(declare: Declare) -> None:
    assert "9.0.0" == entry_of(declare, tool(version="9.0.0"))["version"]


def test_no_version_at_all_is_refused_with_both_ways_out(declare: Declare) -> None:
    declared = declare(reads)
    with pytest.raises(IceError) as refused:
        describe_all([declared], version=None)

    assert "version-missing" == refused.value.slug
    assert 'Write `@tool(version="1.0.0")`' == refused.value.finding.hints[0]
    assert declared.where == refused.value.where


def lookahead(word: Annotated[str, Field(pattern=r"^(?=a)b$")]) -> str:
    return word


class PythonPattern(BaseModel):
    model_config = ConfigDict(regex_engine="python-re")

    word: Annotated[str, Field(pattern=r"^(?=a)b$")]


def python_lookahead(value: PythonPattern) -> str:
    return value.word


@pytest.mark.parametrize(
    ("target", "slug"), [(lookahead, "schema-inexpressible"), (python_lookahead, "schema-invalid")]
)
def test_a_pattern_that_backtracks_is_refused_at_the_component(
    declare: Declare, target: Callable[..., object], slug: str
) -> None:
    declared = declare(target)
    with pytest.raises(IceError) as refused:
        describe_all([declared], version=SemVer.parse("1.0.0"))

    assert slug == refused.value.slug
    assert refused.value.where is not None
    assert (declared.file, declared.line) == (refused.value.where.file, refused.value.where.line)


class Adorned(BaseModel):
    model_config = ConfigDict(json_schema_extra={"limit": float("nan")})

    word: str


def adorned(value: Adorned) -> str:
    return value.word


def adorned_member(word: Annotated[str, Field(json_schema_extra={"made": 2**60})]) -> str:
    return word


@pytest.mark.parametrize(
    ("target", "found"), [(adorned, "limit: nan is not a finite number"), (adorned_member, "2^53-1")]
)
def test_an_addition_to_a_schema_that_is_no_json_value_is_refused(
    declare: Declare, target: Callable[..., object], found: str
) -> None:
    declared = declare(target)
    with pytest.raises(IceError) as refused:
        describe_all([declared], version=SemVer.parse("1.0.0"))

    assert ("schema-inexpressible", declared.where) == (refused.value.slug, refused.value.where)
    assert found in (refused.value.finding.found or "")


class Wide(BaseModel):
    text: Annotated[str, Field(description="x" * 70_000)]


def wide(value: Wide) -> str:
    return value.text


def test_a_schema_beyond_its_bounds_is_refused_at_the_component(declare: Declare) -> None:
    declared = declare(wide)
    with pytest.raises(IceError) as refused:
        describe_all([declared], version=SemVer.parse("1.0.0"))

    assert "schema-invalid" == refused.value.slug
    assert refused.value.where is not None
    assert (declared.line, "tool:wide.input") == (refused.value.where.line, refused.value.where.path)


@dataclass
class Made:
    first: int = 1

    def execute(self, path: str) -> str:
        return path


@dataclass
class MadeAndSaid:
    """Said by hand."""

    first: int = 1


class Inheriting(MadeAndSaid):
    pass


def composed() -> str:
    """Caf\u0065\u0301,\twith   spaces."""
    return ""


def undocumented() -> str:
    return ""


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (reads, "Reads a file as text."),
        (Made, ""),
        (MadeAndSaid, "Said by hand."),
        (Inheriting, ""),
        (composed, "Caf\u00e9, with spaces."),
        (undocumented, ""),
    ],
)
def test_the_description_is_the_first_paragraph_of_the_docstring(target: object, expected: str) -> None:
    assert expected == object_documentation(target).summary


def test_a_component_that_no_project_is_known_for_is_lower_than_every_release(declare: Declare) -> None:
    declared = declare(reads)

    assert SemVer.parse("0.0.0") > UNRELEASED
    assert declared.version is None


def test_a_component_of_a_project_is_described_with_the_projects_version(write_project: WriteProject) -> None:
    root = write_project(
        {"src/acme/__init__.py": "from ice_sdk import tool\n@tool\ndef reads(path: str) -> str:\n    return path\n"}
    )
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import acme; from ice_sdk.declared import declared_of;"
        "print(declared_of(acme.reads).entry()['version'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(root / "src")], capture_output=True, text=True, check=True
    )

    assert "1.2.0\n" == done.stdout


def test_one_component_is_described_as_an_export_would_describe_it(declare: Declare) -> None:
    declared = declare(reads, tool(version="1.2.3"))
    described = describe_all([declared], version=None)

    assert {"component": described.entries[0], "schemas": described.schemas} == describe(declared)
    assert Path(declared.file) == Path(__file__)


def counts(text: str) -> int:
    return len(text)


def test_a_tool_and_an_agent_of_one_name_have_an_input_each(declare: Declare) -> None:
    components = [declare(reads, agent("csv")), declare(counts, tool("csv"))]
    described = describe_all(components, version=SemVer.parse("1.0.0"))
    again = describe_all(components, version=SemVer.parse("1.0.0"))
    inputs = [at(entry, "schema", "input", "$ref") for entry in described.entries]

    assert described == again
    assert [["path"], ["text"]] == [at(described.schemas, str(name).rpartition("/")[2], "required") for name in inputs]
    assert {f"#/schemas/{name}" for name in described.schemas} == set(inputs)
