"""Docstrings of the three forms say what inputs, outputs and members are; none that is malformed loses its words."""

import inspect
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from ice_core.models.text import MAX_TEXT_BYTES
from ice_sdk import tool, tool_factory
from ice_sdk.docstrings import class_documentation, read_documentation
from tests.ice_sdk.conftest import Declare
from tests.ice_sdk.json_paths import at

GOOGLE = """Reads a
    file.

    As it is.

    Args:
        path (str): The file
            to read.
        limit: The most rows: one each.
        *rest: Others.

    Returns:
        A table: its rows.

    Raises:
        OSError: It cannot be read.
    """
NUMPY = """Reads a file.

    As it is.

    Parameters
    ----------
    path : str
        The file to read.
    limit, rest : int, optional
        The most rows.

    Returns
    -------
    list of str
        The rows.
    """
SPHINX = """Reads a file.

    As it is.

    :param path: The file
        to read.
    :type path: str
    :param int limit: The most rows.
    :returns: The rows.
    :raises OSError: It cannot be read.
    """


@pytest.mark.parametrize(
    ("docstring", "members", "result"),
    [
        (
            GOOGLE,
            {"path": "The file to read.", "limit": "The most rows: one each.", "rest": "Others."},
            "A table: its rows.",
        ),
        (
            NUMPY,
            {"path": "The file to read.", "limit": "The most rows.", "rest": "The most rows."},
            "The rows.",
        ),
        (SPHINX, {"path": "The file to read.", "limit": "The most rows."}, "The rows."),
    ],
)
def test_each_form_gives_its_members_and_its_result(docstring: str, members: dict[str, str], result: str) -> None:
    read = read_documentation(docstring)

    assert "Reads a file." == read.summary
    assert "Reads a file.\n\nAs it is." == read.text
    assert members == dict(read.members)
    assert result == read.result


@pytest.mark.parametrize(
    ("docstring", "result"),
    [
        ("Counts.\n\nReturns:\n    int: How many.", "How many."),
        ("Counts.\n\nReturns:\n    dict[str, list[int]]: How many.", "How many."),
        ("Counts.\n\nReturns:\n    How many\n    there are.", "How many there are."),
        ("Counts.\n\nYields:\n    int: Each.", "Each."),
        ("Counts.\n\nYields\n------\nint\n    Each.", "Each."),
        ("Counts.\n\nReturns\n-------\nfirst : int\n    One.\nsecond : int\n    Two.", "One.; Two."),
        ("Counts.\n\n:rtype: int", ""),
        ("Counts.\n\nReturns:\n", ""),
    ],
)
def test_what_comes_back_is_told_without_its_type(docstring: str, result: str) -> None:
    assert result == read_documentation(docstring).result


@pytest.mark.parametrize(
    ("docstring", "summary"),
    [
        ("", ""),
        (None, ""),
        ("   \n  ", ""),
        ("One line", "One line"),
        ("Reads.\n\nArgs:\n    no colon here\n", "Reads."),
        ("Reads.\n\nArgs:\n", "Reads."),
        ("Reads.\n\n:param\n:param a b c d: e", "Reads."),
        ("Reads.\n\n:returns", "Reads."),
        (":class:`Rows` are read.\n\nArgs:\n    path: The file.", ":class:`Rows` are read."),
        ("Parameters\n----------\n\n----", "Parameters ----------"),
        ("Note:\n    Reads.", "Note: Reads."),
        ("Args:\n    path: The file.", "Args: path: The file."),
    ],
)
def test_a_malformed_docstring_keeps_its_first_paragraph(docstring: str | None, summary: str) -> None:
    assert summary == read_documentation(docstring).summary


PIECES = st.sampled_from(
    ["Args:", "Returns:", "Yields:", "Attributes:", "Parameters", "----------", ":param", ":param x:", ":returns:"]
    + [
        "x: y",
        "x (int): y",
        "x : int",
        "    ",
        "        ",
        "\n",
        "\n\n",
        "Reads.",
        "::",
        "*",
        "\u0301e",
        "\x00",
        "a]:b",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_no_docstring_of_whatever_pieces_is_an_error_or_loses_its_words(docstring: str) -> None:
    read = read_documentation(docstring)
    texts = [read.summary, read.result, *read.members.values()]

    assert all(unicodedata.is_normalized("NFC", text) and "\n" not in text for text in texts)
    assert bool(docstring.strip()) == any((*texts, *read.members))


def test_a_docstring_longer_than_a_manifest_takes_is_cut_where_a_reader_sees_it() -> None:
    long = "word " * 2000
    read = read_documentation(f"{long}\n\nMore.\n\nArgs:\n    path: {long}\n")

    assert (True, True) == (read.summary.endswith("word …"), read.members["path"].endswith("word …"))
    assert MAX_TEXT_BYTES >= max(len(text.encode()) for text in (read.summary, read.text, read.members["path"]))


class Table(BaseModel):
    """Rows under names.

    Attributes:
        columns: The names.
        rows: What a docstring says of the rows.
        size: How many.
    """

    model_config = ConfigDict(populate_by_name=True)

    columns: list[str]
    rows: list[list[str]] = Field(default=[], description="What the field says.")
    size: int = Field(default=0, alias="rowCount")


class Wide(Table):
    """A table of many columns."""


@dataclass
class Span:
    """From a line to another.

    :ivar first: The first line.
    """

    first: int


class Row(TypedDict):
    """A row.

    Attributes
    ----------
    name : str
        How it is called.
    """

    name: str


class Colour(Enum):
    """How it looks."""

    RED = "red"


Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page.

    Attributes:
        items: What is on it.
    """

    items: list[Item]


def takes(
    table: Table, wide: Wide, span: Span, row: Row, colour: Colour, page: Page[int], *, limit: Annotated[int, "x"] = 1
) -> Table:
    """Takes types with docstrings.

    Args:
        table: The one.
        limit: The most.

    Returns:
        What was taken.
    """
    return table


def test_types_are_described_by_their_own_docstrings(declare: Declare) -> None:
    schemas = at(declare(takes).describe(), "schemas")

    assert "Rows under names." == at(schemas, "Table", "description")
    assert ["The names.", "What the field says.", "How many."] == [
        at(schemas, "Table", "properties", name, "description") for name in ("columns", "rows", "rowCount")
    ]
    assert ("A table of many columns.", "The names.") == (
        at(schemas, "Wide", "description"),
        at(schemas, "Wide", "properties", "columns", "description"),
    )
    assert ("From a line to another.", "The first line.") == (
        at(schemas, "Span", "description"),
        at(schemas, "Span", "properties", "first", "description"),
    )
    assert ("A row.", "How it is called.") == (
        at(schemas, "Row", "description"),
        at(schemas, "Row", "properties", "name", "description"),
    )
    assert "How it looks." == at(schemas, "Colour", "description")
    assert ("One page.", "What is on it.") == (
        at(schemas, "Page_int_", "description"),
        at(schemas, "Page_int_", "properties", "items", "description"),
    )


def test_inputs_are_described_beside_their_types_and_the_output_keeps_its_own_words(declare: Declare) -> None:
    described = declare(takes).describe()
    members = at(described, "schemas", "TakesInput", "properties")

    assert {"$ref": "#/schemas/Table", "description": "The one."} == at(members, "table")
    assert "The most." == at(members, "limit", "description")
    assert {"$ref": "#/schemas/Wide"} == at(members, "wide")
    assert {"$ref": "#/schemas/Table"} == at(described, "component", "schema", "output")


def explicit(
    path: Annotated[str, Field(description="What the field says.")],
) -> Annotated[int, Field(description="N.")]:
    """Reads.

    Args:
        path: What the docstring says.

    Returns:
        What the docstring says.
    """
    return len(path)


def test_what_a_field_says_is_said(declare: Declare) -> None:
    described = declare(explicit).describe()

    assert "What the field says." == at(described, "schemas", "ExplicitInput", "properties", "path", "description")
    assert "N." == at(described, "component", "schema", "output", "description")


class Method:
    def execute(self, path: str) -> int:
        """Counts letters.

        Args:
            path: The file.

        Returns:
            How many.
        """
        return len(path)


class Both(Method):
    """Counts by a class.

    Args:
        path: What the class says.
    """


def create_both() -> Both:
    """Makes what counts."""
    return Both()


class Fields(BaseModel):
    """Counts by fields.

    Attributes:
        path: The file.
    """

    path: str

    def execute(self) -> int:
        return len(self.path)


@pytest.mark.parametrize(
    ("target", "decorator", "input_name", "description", "path"),
    [
        (Method, tool, "MethodInput", "Counts letters.", "The file."),
        (Both, tool, "BothInput", "Counts by a class.", "The file."),
        (create_both, tool_factory, "BothInput", "Makes what counts.", "The file."),
        (Fields, tool, "Fields", "Counts by fields.", "The file."),
    ],
)
def test_a_component_is_described_by_its_object_its_class_and_its_method(
    declare: Declare, target: Any, decorator: Any, input_name: str, description: str, path: str
) -> None:
    described = declare(target, decorator).describe()

    assert description == at(described, "component", "description")
    assert path == at(described, "schemas", input_name, "properties", "path", "description")


def test_what_dataclass_writes_by_itself_is_no_description() -> None:
    @dataclass
    class Bare:
        first: int

    assert "" == class_documentation(Bare).text


def test_the_parser_is_loaded_only_for_docstrings_with_sections() -> None:
    program = inspect.cleandoc(
        """
        import sys
        from ice_sdk.docstrings import read_documentation
        read_documentation("Reads a file.\\n\\nAs it is: whole.")
        print("docstring_parser" in sys.modules)
        read_documentation("Reads.\\n\\nArgs:\\n    path: The file.")
        print("docstring_parser" in sys.modules)
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "False\nTrue\n" == done.stdout
