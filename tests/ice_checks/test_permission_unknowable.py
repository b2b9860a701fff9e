"""Code that is not written there is a warning: nobody can tell from the sources what it uses."""

import pytest

from ice_checks.permission_unknowable import CHECK
from ice_core.errors import Finding
from ice_core.strict_json import JsonObject
from tests.ice_checks.subjects import tool_of

DYNAMIC = (
    "`tool:csv_reader` runs code that is not written there, or hands a whole module on, "
    "so its permissions cannot be told from its code"
)


def found(source: str, *, permissions: "JsonObject | None" = None) -> list[Finding]:
    return list(CHECK.run(tool_of(source, permissions=permissions)))


@pytest.mark.parametrize(
    "source",
    [
        "def read(text):\n    return eval(text)\n",
        "def read(text):\n    exec(text)\n",
        "def read(text):\n    return __import__(text)\n",
        "from importlib import import_module\n\n\ndef read(text):\n    return import_module(text)\n",
        "import ctypes\n\n\ndef read(text):\n    return ctypes.CDLL(text)\n",
        "import os\n\n\ndef read(text):\n    return getattr(os, text)()\n",
        "import subprocess\n\n\ndef read(text):\n    sp = subprocess\n    return sp.run(text)\n",
        "import pickle\n\n\ndef read(text):\n    return pickle.loads(text)\n",
        "import importlib\n\n\ndef read(text):\n    loaded = importlib.import_module('os')\n    loaded.fork()\n",
    ],
)
def test_code_that_is_made_while_it_runs_is_a_warning(source: str) -> None:
    """Whatever such code does, its permissions cannot say."""
    (finding,) = found(source)

    assert ("permission-unknowable", "warning", DYNAMIC) == (finding.slug, finding.severity, finding.message)


@pytest.mark.parametrize(
    "source",
    [
        "import ast\n\n\ndef read(text):\n    return ast.literal_eval(text)\n",
        "import re\n\n\ndef read(text):\n    return re.compile(text)\n",
        "from importlib import import_module\n\n\ndef read(text):\n    return import_module('acme_csv.other')\n",
        "import os\n\n\ndef read(text):\n    return getattr(os, 'sep')\n",
        "def read(text):\n    return text.eval()\n",
        "import os\n\n\ndef read(text):\n    return os is None\n",
        "import json\n\n\ndef read(text):\n    return getattr(json, text)\n",
    ],
)
def test_code_that_is_written_there_is_not(source: str) -> None:
    """Near misses: other functions of these names, and modules that hold nothing of the kind."""
    assert [] == found(source)


def test_a_variable_that_is_computed_is_told_beside_those_that_are_declared() -> None:
    """Some variables are declared, and which one this reads is not written there."""
    source = "import os\n\n\ndef read(text):\n    return os.environ[text]\n"
    (finding,) = found(source, permissions={"environment": ["HOME"]})

    assert ("acme_csv/tools.py:5:12", "os.environ[text]") == (str(finding.where), finding.found)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"def read(:\n", "invalid syntax at line 1"),
        (b"x = 1\0\n", None),
        (b"\xff\xfe\n", None),
        (b"# coding: no-such-encoding\n", None),
        (b"(" * 5000 + b")" * 5000, None),
        (b"-" * 200_000 + b"1", None),
        (b"x = " + b"+".join([b"a"] * 50_000), None),
    ],
    ids=["syntax", "null byte", "not UTF-8", "unknown encoding", "parentheses", "signs", "sums"],
)
def test_a_file_that_cannot_be_read_is_told(data: bytes, reason: str | None) -> None:
    """Nothing is said about it, nothing crashes, and the rest is read."""
    source = "from . import odd\n\n\ndef read(t):\n    odd.a()\n    exec(t)\n"
    findings = list(CHECK.run(tool_of(source, also={"acme_csv/odd.py": data})))

    assert ["acme_csv/tools.py", "acme_csv/odd.py"] == [f.where.file for f in findings if f.where is not None]
    assert "`tool:csv_reader` reaches `acme_csv.odd`, which cannot be read as Python" == findings[1].message
    assert reason in (None, findings[1].found)
