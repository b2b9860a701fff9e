"""Finding decorated modules by reading: each way to import the decorators, each layout, and what is left out."""

import os
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_sdk.project import read_project
from ice_sdk.source_scan import Candidate, scan
from tests.ice_sdk.conftest import WriteProject

DECORATED = "from ice_sdk import tool\n@tool\ndef reads(path: str) -> str:\n    return path\n"
BODY = "def reads(path: str) -> str:\n    return path\n"


def modules(root: Path) -> list[str]:
    return [candidate.module for candidate in scan(read_project(root)).candidates]


@pytest.mark.parametrize(
    "text",
    [
        f"from ice_sdk import tool\n@tool\n{BODY}",
        f"from ice_sdk import tool\n@tool()\n{BODY}",
        f"from ice_sdk import agent as a\n@a('x')\n{BODY}",
        f"from ice_sdk import *\n@workflow\n{BODY}",
        f"from ice_sdk.decorators import tool as t\n@t(name='x')\n{BODY}",
        f"import ice_sdk\n@ice_sdk.tool\n{BODY}",
        f"import ice_sdk as sdk\n@sdk.agent()\n{BODY}",
        f"import ice_sdk.decorators\n@ice_sdk.decorators.tool\n{BODY}",
        f"import ice_sdk.decorators\n@ice_sdk.tool\n{BODY}",
        f"import ice_sdk.decorators as d\n@d.tool\n{BODY}",
        f"from ice_sdk import decorators\n@decorators.tool\n{BODY}",
        f"from ice_sdk import decorators as d\n@d.workflow('x')\n{BODY}",
        "from ice_sdk import tool\n@tool\nasync def reads(path: str) -> str: ...\n",
        "from ice_sdk import tool\n@tool\nclass Reads:\n    def execute(self) -> int: ...\n",
        f"from ice_sdk import tool\nimport os\n@os.fspath\n@tool\n@os.fsdecode\n{BODY}",
        f"from ice_sdk import tool\nif True:\n    @tool\n    {BODY.replace(chr(10) + '    ', chr(10) + '        ')}",
        f"try:\n    from ice_sdk import tool\nexcept ImportError:\n    raise\n@tool\n{BODY}",
        f"from ice_sdk import tool\n{BODY}tool(reads)\n",
        f"from ice_sdk import tool\n{BODY}reader = tool('x')(reads)\n",
        f"# -*- coding: latin-1 -*-\nfrom ice_sdk import tool\n@tool\n{BODY}",
    ],
)
def test_each_way_to_apply_a_decorator_is_seen(write_project: WriteProject, text: str) -> None:
    assert ["acme.csv"] == modules(write_project({"src/acme/__init__.py": "", "src/acme/csv.py": text}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "import ice_sdk\n",
        "from ice_sdk import Context\n",
        f"from ice_sdk import tool\n{BODY}",
        f"from other import tool\n# not ice_sdk\n@tool\n{BODY}",
        f"from .ice_sdk import tool\n@tool\n{BODY}",
        f"import ice_sdk\n@ice_sdk.other\n{BODY}",
        f"import ice_sdk\n@other.tool\n{BODY}",
        f"from ice_sdk import tool\n@other\n{BODY}",
        f'"""from ice_sdk import tool; @tool"""\n{BODY}',
    ],
)
def test_a_module_that_applies_none_is_not_imported(write_project: WriteProject, text: str) -> None:
    assert [] == modules(write_project({"src/acme/__init__.py": "", "src/acme/csv.py": text}))


def test_a_file_without_the_name_of_the_sdk_is_not_even_parsed(write_project: WriteProject) -> None:
    root = write_project({"src/acme/__init__.py": "", "src/acme/broken.py": "def (:\n", "src/acme/csv.py": DECORATED})

    assert ["acme.csv"] == modules(root)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["src/acme/__init__.py"], ["acme"]),
        (["src/acme/deep/er/csv.py"], ["acme.deep.er.csv"]),
        (["src/acme.py"], ["acme"]),
        (["acme/csv.py"], ["acme.csv"]),
        (["acme.py"], ["acme"]),
        (["b/x.py", "a/y.py", "a/x.py"], ["a.x", "a.y", "b.x"]),
    ],
)
def test_modules_are_named_from_their_layout_and_sorted(
    write_project: WriteProject, files: list[str], expected: list[str]
) -> None:
    assert expected == modules(write_project(dict.fromkeys(files, DECORATED)))


def test_a_candidate_names_its_file_from_the_project(write_project: WriteProject) -> None:
    root = write_project({"src/acme/csv.py": DECORATED})

    assert (Candidate(module="acme.csv", file="src/acme/csv.py", decorated=("reads",)),) == scan(
        read_project(root)
    ).candidates


@pytest.mark.parametrize(
    "left_out",
    [
        "tests/test_csv.py",
        "acme/tests/csv.py",
        "test/csv.py",
        "conftest.py",
        "acme/conftest.py",
        "test_csv.py",
        "setup.py",
        "docs/example.py",
        "examples/shop/csv.py",
        "build/lib/acme/csv.py",
        "dist/csv.py",
        ".venv/lib/csv.py",
        ".hidden/csv.py",
        "node_modules/x/csv.py",
        "env/lib/python3.11/site-packages/other/csv.py",
        "acme.egg-info/csv.py",
        "acme/__pycache__/csv.py",
        "acme/notes.txt",
    ],
)
def test_what_is_not_the_packages_own_code_is_left_out(write_project: WriteProject, left_out: str) -> None:
    root = write_project({"acme/csv.py": DECORATED, left_out: DECORATED})

    assert ["acme.csv"] == modules(root)


def test_a_virtual_environment_of_any_name_is_left_out(write_project: WriteProject) -> None:
    root = write_project({"acme/csv.py": DECORATED, "machine/pyvenv.cfg": "", "machine/lib/other.py": DECORATED})

    assert ["acme.csv"] == modules(root)


def test_a_package_may_have_folders_that_a_flat_layout_leaves_out(write_project: WriteProject) -> None:
    root = write_project({"src/acme/docs/csv.py": DECORATED, "src/acme/test_runner.py": DECORATED})

    assert ["acme.docs.csv", "acme.test_runner"] == modules(root)


def test_links_are_not_followed(write_project: WriteProject, tmp_path: Path) -> None:
    root = write_project({"acme/csv.py": DECORATED})
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "other.py").write_text(DECORATED)
    os.symlink(outside, root / "acme" / "linked")
    os.symlink(outside / "other.py", root / "acme" / "other.py")

    assert ["acme.csv"] == modules(root)


NESTED = """from ice_sdk import tool

def make():
    @tool
    def inner(path: str) -> str:
        return path
    return inner

class Holder:
    @tool("x")
    def method(self, path: str) -> str:
        return path

    class Deeper:
        @tool
        class Deepest:
            def execute(self) -> int: ...
"""


def test_every_nested_component_is_refused_before_anything_is_imported(write_project: WriteProject) -> None:
    root = write_project({"src/acme/csv.py": NESTED, "src/acme/odd.py": DECORATED})
    with pytest.raises(IceError) as refused:
        scan(read_project(root))

    assert "import-target-unreachable" == refused.value.slug
    assert [
        (5, "`inner` cannot be imported by name: it is inside function `make`"),
        (11, "`method` cannot be imported by name: it is inside class `Holder`"),
        (16, "`Deepest` cannot be imported by name: it is inside class `Holder`, class `Deeper`"),
    ] == [(item.where.line, item.message) for item in refused.value.findings if item.where]


@pytest.mark.parametrize("file", ["src/my-tools.py", "src/acme/2csv.py", "src/acmé/csv.py"])
def test_a_file_that_no_import_can_name_is_refused(write_project: WriteProject, file: str) -> None:
    with pytest.raises(IceError) as refused:
        modules(write_project({file: DECORATED}))

    assert "import-target-unreachable" == refused.value.slug
    assert refused.value.where is not None
    assert file == refused.value.where.file


@pytest.mark.parametrize(("text", "line"), [("import ice_sdk\ndef (:\n", 2), ("import ice_sdk\n\0", None)])
def test_a_file_that_is_not_python_is_refused_at_its_line(
    write_project: WriteProject, text: str, line: int | None
) -> None:
    with pytest.raises(IceError) as refused:
        modules(write_project({"src/acme/csv.py": text}))

    assert "module-import-failed" == refused.value.slug
    assert refused.value.where is not None
    assert "src/acme/csv.py" == refused.value.where.file
    assert line in (None, refused.value.where.line)
