"""Exporting: a manifest of 100 components against importing their modules, and discovery against what others do.

Discovery is measured over a copy of all that is installed beside this project, with three decorated modules in it.
"""

import ast
import json
import shutil
import sysconfig
from pathlib import Path
from typing import Final

import griffe

from bench.measure import Group, Spent, inside, python, timed
from ice_sdk.project import Project
from ice_sdk.source_scan import scan

PROJECT = '[project]\nname = "acme-many"\nversion = "1.0.0"\nlicense = "MIT"\n'
PLAIN: Final = '''"""Does {number} things."""

from ice_sdk import tool


@tool
def count_{number}(text: str, times: int = 1) -> list[str]:
    """Repeat a text.

    Args:
        text: What to repeat.
        times: How often.
    """
    return [text] * times
'''
MODELS: Final = '''"""Does {number} things."""

from ice_sdk import tool
from pydantic import BaseModel, Field


class Asked{number}(BaseModel):
    """What is asked for."""

    path: str = Field(description="Where the table lies")
    limit: int = Field(default=5, ge=1)
    names: list[str] = []


class Table{number}(BaseModel):
    """What is given."""

    columns: list[str]
    rows: list[dict[str, str | int | None]]


@tool
def read_{number}(asked: Asked{number}) -> Table{number}:
    """Read a table."""
    return Table{number}(columns=asked.names, rows=[])
'''
# Whatever is imported may want arguments, a screen or a network; the bench only counts what it took to try.
IMPORT_ALL: Final = """
import pathlib, pkgutil, sys, warnings
warnings.simplefilter("ignore")
sys.stdout = sys.stderr
tree = pathlib.Path({tree!r})
for path in sorted(tree.rglob("*.py")):
    parts = path.relative_to(tree).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    if parts[-1] != "__main__" and all(part.isidentifier() for part in parts):
        try:
            pkgutil.resolve_name(name)
        except BaseException:
            continue
"""


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """Projects of 100 modules with a component each, and an installed tree with three of them in it."""
    count = 20 if quick else 100
    exporting = [_exporting(folder / kind, kind, text, count) for kind, text in _KINDS.items()]
    return (*exporting, _discovery(folder / "tree", quick=quick))


_KINDS: Final = {"plain types": PLAIN, "Pydantic models": MODELS}


def _exporting(root: Path, kind: str, module: str, count: int) -> Group:
    package = root / "src" / "acme_many"
    package.mkdir(parents=True)
    (root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (package / "__init__.py").write_text('"""Many."""\n', encoding="utf-8")
    for number in range(count):
        (package / f"part_{number}.py").write_text(module.format(number=number), encoding="utf-8")
    imports = f"import sys; sys.path.insert(0, {str(package.parent)!r}); sys.dont_write_bytecode = True\n"
    imports += "".join(f"import acme_many.part_{number}\n" for number in range(count))
    place = json.dumps(str(root))
    export = (
        f"from pathlib import Path; from ice_sdk.export import export_manifest; export_manifest(Path({place})).data"
    )
    return Group(
        name=f"export {count} components of {kind}",
        cases=(python("import their modules", imports), python("export_manifest", export)),
        units=count,
        unit="component",
    )


def _discovery(tree: Path, *, quick: bool) -> Group:
    installed = Path(sysconfig.get_path("purelib"))
    copied = installed / "pydantic" if quick else installed
    shutil.copytree(copied, tree / copied.name if quick else tree, ignore=_but_python)
    for number in range(3):
        (tree / f"acme_part_{number}.py").write_text(PLAIN.format(number=number), encoding="utf-8")
    files = len(_modules(tree))
    cases = (
        inside("ast.parse", parse_tree, tree),
        inside("scan", scan_tree, tree),
        inside("griffe", visit_tree, tree),
        python("import all", IMPORT_ALL.format(tree=str(tree))),
    )
    return Group(name=f"discovery over {files} files", cases=cases, units=files, unit="file")


def _but_python(folder: str, names: list[str]) -> set[str]:
    # Our own packages hold components of their own.
    return {
        name for name in names if name.startswith(("__pycache__", "ice_")) or not name.endswith(".py") and "." in name
    }


def _modules(tree: Path) -> list[Path]:
    # What the scan leaves out by its folder's name.
    return [path for path in tree.rglob("*.py") if not {"site-packages", "test", "tests"} & set(path.parts)]


def scan_tree(tree: str) -> Spent:
    """Discovery, up to the point where a module would be imported."""
    place = Path(tree)
    project = Project(
        root=place, source=place, manifest=place / "plugins.json", name="all", version="1.0.0", license=None
    )
    return timed(lambda: scan(project))


def parse_tree(tree: str) -> Spent:
    """What a discovery without a pre-filter does."""

    def work() -> None:
        for path in _modules(Path(tree)):
            try:
                ast.parse(path.read_bytes())
            except SyntaxError:
                # Some distributions ship templates under a module's name.
                continue

    return timed(work)


def visit_tree(tree: str) -> Spent:
    """What griffe does without importing: a model of each module."""

    def work() -> None:
        for path in _modules(Path(tree)):
            try:
                griffe.visit(path.stem, filepath=path, code=path.read_text(encoding="utf-8"))
            except (SyntaxError, UnicodeDecodeError):
                continue

    return timed(work)
