"""The layers hold, they name every package, and a wrong import is seen to break them."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import cast

import pytest

from tests.house.tree import ROOT, SOURCE, packages

Tools = dict[str, dict[str, object]]


def tools() -> Tools:
    """The tool tables of pyproject.toml."""
    return cast("Tools", tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"])


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all that import-linter reads."""
    folder = tmp_path_factory.mktemp("layers")
    shutil.copytree(SOURCE, folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """What lint-imports says about the packages in `folder`, wherever else they are installed."""
    program = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [program, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_code_as_it_is_keeps_the_layers(copy: Path) -> None:
    done = lint_imports(copy)

    assert 0 == done.returncode, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("ice_core", "ice_cli"),
        ("ice_core", "subprocess"),
        ("ice_sdk", "ice_client"),
        ("ice_client", "ice_orchestrator"),
    ],
)
def test_a_planted_wrong_import_is_refused(copy: Path, importer: str, imported: str) -> None:
    planted = copy / "src" / importer / "planted.py"
    planted.write_text(f'"""Planted."""\n\nimport {imported}\n', encoding="utf-8")
    done = lint_imports(copy)
    planted.unlink()

    assert 1 == done.returncode, done.stdout
    assert "1 broken" in done.stdout
    assert f"{importer}.planted" in done.stdout
    assert imported in done.stdout


def test_every_package_stands_in_the_layers_the_wheel_and_the_coverage() -> None:
    table = tools()
    contracts = cast("list[dict[str, list[str]]]", table["importlinter"]["contracts"])
    layers = [name.strip() for layer in contracts[0]["layers"] for name in layer.split("|")]
    required = sorted(name for name in layers if not name.startswith("("))
    optional = {name.strip("()") for name in layers if name.startswith("(")}
    wheel = cast("dict[str, dict[str, dict[str, list[str]]]]", table["hatch"]["build"])["targets"]["wheel"]
    built = sorted(folder.removeprefix("src/") for folder in wheel["packages"])
    covered = sorted(cast("dict[str, list[str]]", table["coverage"]["run"])["source_pkgs"])

    assert packages() == sorted(cast("list[str]", table["importlinter"]["root_packages"]))
    assert packages() == sorted({*required, *(optional & set(packages()))})
    assert packages() == built
    assert packages() == covered
