"""An import target that the sources do not define is found, and what was probably meant is named."""

import pytest

from ice_checks.check import Subject
from ice_checks.import_target_missing import CHECK
from ice_core.canonical import printed_bytes
from ice_core.models.plugins import parse_manifest
from tests.builders.manifests import manifest
from tests.ice_checks.subjects import subject_of, tool_of


@pytest.mark.parametrize(
    "source",
    [
        "def read(text): ...\n",
        "async def read(text): ...\n",
        "class read: ...\n",
        "read = make()\n",
        "read: object = make()\n",
        "a, (read, *b) = make()\n",
        "from .other import read\n",
        "from .other import other as read\n",
        "import read\n",
        "from .other import *\n",
        "def __getattr__(name): ...\n",
        "if condition:\n    read = 1\nelse:\n    pass\n",
        "try:\n    from fast import read\nexcept ImportError:\n    read = None\n",
        "with a as read: ...\n",
        "for read in (): ...\n",
        "match a:\n    case {'b': read}: ...\n",
        "def make():\n    global read\n    read = 1\n",
        "def broken(:\n",
    ],
)
def test_what_may_be_defined_is_left_alone(source: str) -> None:
    """Each statement that binds a name, and what reading cannot tell."""
    assert [] == list(CHECK.run(tool_of(source)))


@pytest.mark.parametrize(
    "source",
    [
        "",
        "def reed(text): ...\n",
        "class Reader:\n    def read(self): ...\n",
        "def make():\n    read = 1\n",
        "[1 for read in ()]\n",
        "lambda read: read\n",
        "print(read)\n",
    ],
)
def test_what_is_not_defined_at_the_top_level_is_found(source: str) -> None:
    (finding,) = CHECK.run(tool_of(source))

    assert "`acme_csv.tools` defines no `read`" == finding.message


def test_the_name_that_was_meant_is_told_with_its_line() -> None:
    (finding,) = CHECK.run(tool_of("\n\ndef reed(text): ...\n"))

    assert ("`reed` is defined at acme_csv/tools.py:3; did you mean `acme_csv.tools:reed`?",) == finding.hints


def test_the_module_that_defines_the_name_is_told() -> None:
    """It was moved; where it is only imported it is not defined."""
    also: dict[str, str | bytes] = {"acme_csv/moved.py": "def read(t): ...\n", "acme_csv/user.py": "import read\n"}
    (finding,) = CHECK.run(tool_of("", also=also))

    assert ("`read` is defined at acme_csv/moved.py:1; did you mean `acme_csv.moved:read`?",) == finding.hints


def test_a_module_that_is_missing_is_told_with_its_neighbours() -> None:
    (finding,) = CHECK.run(subject_of(manifest(), {"acme_csv/tool.py": "def read(t): ...\n"}, folder="src/"))

    assert "`tool:csv_reader` is imported from `acme_csv.tools`, which is not among the sources" == finding.message
    assert ("`acme_csv.tool` is src/acme_csv/tool.py; did you mean `acme_csv.tool:read`?",) == finding.hints


def test_without_sources_nothing_is_said() -> None:
    assert [] == list(CHECK.run(subject_of(manifest())))


def test_the_member_of_the_manifest_is_underlined_whole() -> None:
    """Line and column of its value, and how much of the line it is."""
    value = manifest()
    text = printed_bytes(value).decode()
    subject = Subject(
        manifest=parse_manifest(value, where="plugins.json"),
        value=value,
        where="plugins.json",
        text=text,
        sources={"acme_csv/tools.py": b""},
    )
    (finding,) = CHECK.run(subject)
    where, length = finding.where, finding.details["length"]

    assert where is not None
    assert isinstance(length, int)
    assert where.line is not None
    assert where.column is not None
    assert '"acme_csv.tools:read"' == text.split("\n")[where.line - 1][where.column - 1 :][:length]
