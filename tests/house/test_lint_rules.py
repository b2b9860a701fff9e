"""Ruff and mypy refuse what the house refuses: each rule is seen to fail on a planted line."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

PLANTED = {
    "BLE001": "def f() -> None:\n    try:\n        print\n    except Exception:\n        return\n",
    "E722": "def f() -> None:\n    try:\n        print\n    except:\n        return\n",
    "TID251": "import importlib\n\nimportlib.import_module('os')\n",
    "PLC0415": "def f() -> None:\n    import os\n\n    os.getcwd()\n",
    "S102": "exec('1')\n",
    "S307": "eval('1')\n",
    "S602": "import subprocess\n\nsubprocess.run('ls', shell=True, check=False)\n",
    "FBT001": "def f(a: bool) -> bool:\n    return a\n",
    "FBT002": "def f(a=True):\n    return a\n",
    "C901": "def f(a: int) -> int:\n" + "".join(f"    if a == {n}:\n        a += {n}\n" for n in range(11)),
    "T201": "print('words')\n",
    "TID252": "from . import names\n",
    "ERA001": "# x = f(1)\n",
    "D101": "class Thing:\n    pass\n",
    "D103": "def thing() -> None:\n    pass\n",
    "B904": "try:\n    x = 1\nexcept ValueError:\n    raise KeyError\n",
    "PGH003": "x: int = '1'  # type: ignore\n",
    "RUF100": "x = 1  # noqa: E501\n",
}


def ruff_codes(text: str, path: str) -> set[str]:
    """The rules that the text breaks if it stands at `path`."""
    program = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [program, "check", "--no-cache", "--output-format", "concise", "--stdin-filename", path, "-"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return {line.split()[1] for line in done.stdout.splitlines() if line.startswith(path)}


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_breach_is_refused(code: str) -> None:
    text = '"""Planted."""\n\n' + PLANTED[code]

    assert code in ruff_codes(text, "src/ice_core/planted.py")


@pytest.mark.parametrize(
    "line",
    [
        "from importlib import import_module as load\n\nload('os')\n",
        "import runpy\n\nrunpy.run_path('x')\n",
        "import pickle\n\npickle.loads(b'')\n",
        "from unittest import mock\n\nmock.Mock()\n",
        "from unittest.mock import patch\n\npatch('x')\n",
    ],
)
def test_what_is_banned_is_banned_under_every_name(line: str) -> None:
    text = '"""Planted."""\n\n' + line

    assert "TID251" in ruff_codes(text, "src/ice_core/planted.py")


def test_a_module_without_a_docstring_is_refused() -> None:
    assert "D100" in ruff_codes("x = 1\n", "src/ice_core/planted.py")


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("TID251", "src/ice_orchestrator/resolve.py"),
        ("TID251", "src/ice_sdk/autodiscover.py"),
        ("S102", "src/ice_orchestrator/wheel_loader.py"),
        ("BLE001", "src/ice_cli/program.py"),
        ("PLC0415", "src/ice_cli/commands.py"),
        ("T201", "src/ice_cli/commands.py"),
    ],
)
def test_the_places_that_may_are_let_through(code: str, path: str) -> None:
    text = '"""Planted."""\n\n' + PLANTED[code]

    assert code not in ruff_codes(text, path)


@pytest.mark.parametrize("path", ["src/ice_client/resolve.py", "src/ice_core/run.py", "tests/test_x.py"])
def test_the_doors_open_nowhere_else(path: str) -> None:
    text = '"""Planted."""\n\n' + PLANTED["TID251"]

    assert "TID251" in ruff_codes(text, path)
