"""Messages about an input or a result point at its own line, or at the declaration where that cannot be seen."""

from collections.abc import Callable
from pathlib import Path
from types import FunctionType

import pytest

from ice_core.errors import IceError, Location
from ice_sdk.autodiscover import discover
from ice_sdk.source_places import RESULT, place_in
from tests.ice_sdk.conftest import Declare, WriteProject

HERE = Location(__file__, line=1)


class Opaque:
    pass


def wide(
    path: str,
    opaque: Opaque,
    *,
    limit: int = 3,
) -> str:
    return path


def first(function: Callable[..., object]) -> int:
    return function.__code__.co_firstlineno


@pytest.mark.parametrize(("member", "below"), [("path", 1), ("opaque", 2), ("limit", 4), (RESULT, 5)])
def test_a_member_is_at_its_own_line(member: str, below: int) -> None:
    assert Location(__file__, line=first(wide) + below) == place_in(wide, None, member, where=HERE)


@pytest.mark.parametrize(
    ("function", "member", "where"),
    [
        (wide, "gone", HERE),
        (wide, "path", Location("elsewhere.py", line=3)),
        (len, "obj", HERE),
    ],
)
def test_what_cannot_be_seen_is_at_the_declaration(
    function: Callable[..., object], member: str, where: Location
) -> None:
    assert where == place_in(function, None, member, where=where)


def test_a_file_that_is_no_python_any_more_gives_the_declaration(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("def wide(\n")
    moved = FunctionType(wide.__code__.replace(co_filename=str(file)), {})
    where = Location(str(file), line=1)

    assert where == place_in(moved, None, "path", where=where)


def unknown(path: str, value: Opaque) -> str:
    return path


def test_a_type_that_cannot_be_read_is_told_at_its_parameter(declare: Declare) -> None:
    declared = declare(wide)
    with pytest.raises(IceError) as refused:
        declared.describe()

    assert Location(__file__, line=first(wide) + 2) == refused.value.where
    assert "`tests.ice_sdk.test_source_places.Opaque`" in (refused.value.finding.found or "")
    assert ("Make `Opaque` a dataclass or a Pydantic model",) == refused.value.finding.hints


MODULE = """\
from typing import Any
from pydantic import BaseModel
from ice_sdk import tool


@tool
def reads(
    path: str,
    options: Any,
) -> list[
    Any
]:
    return [path]


@tool
class Fields(BaseModel):
    path: str
    options: Any

    def execute(self) -> str:
        return self.path


class Rows(BaseModel):
    rows: list[Any]


@tool
def whole(
    rows: Rows,
) -> int:
    return 3
"""


def test_each_place_of_an_export_is_the_line_of_the_member(write_project: WriteProject) -> None:
    root = write_project({"src/acme_csv/__init__.py": MODULE})
    with pytest.raises(IceError) as refused:
        discover(root)
    places = sorted((item.where.line, item.details["path"]) for item in refused.value.findings if item.where)

    assert [(9, "options"), (10, "[]"), (19, "options"), (31, "rows[]")] == places
    assert {"src/acme_csv/__init__.py"} == {item.where.file for item in refused.value.findings if item.where}
