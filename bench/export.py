"""Exporting: a manifest of 100 components against importing their modules, and discovery against parsing everything."""

import ast
import json
import sysconfig
from pathlib import Path

from bench.measure import Group, Spent, inside, python, timed
from ice_sdk.project import Project
from ice_sdk.source_scan import scan

PROJECT = '[project]\nname = "acme-many"\nversion = "1.0.0"\nlicense = "MIT"\n'
MODULE = '''"""Does {number} things."""

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


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """A project of 100 modules with a component each, and the standard library as a tree without any component."""
    count = 20 if quick else 100
    source = folder / "project" / "src"
    package = source / "acme_many"
    package.mkdir(parents=True)
    (source.parent / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (package / "__init__.py").write_text('"""Many."""\n', encoding="utf-8")
    for number in range(count):
        (package / f"part_{number}.py").write_text(MODULE.format(number=number), encoding="utf-8")
    imports = f"import sys; sys.path.insert(0, {str(source)!r}); sys.dont_write_bytecode = True\n"
    imports += "".join(f"import acme_many.part_{number}\n" for number in range(count))
    root = json.dumps(str(source.parent))
    export = f"from pathlib import Path; from ice_sdk.export import export_manifest; export_manifest(Path({root})).data"
    exporting = Group(
        name=f"export {count} components",
        cases=(python("import their modules", imports), python("export_manifest", export)),
        units=count,
        unit="component",
    )
    tree = Path(sysconfig.get_path("stdlib")) / ("asyncio" if quick else ".")
    files = len(_modules(tree))
    discovery = Group(
        name=f"discovery over {files} files",
        cases=(inside("scan", "export.scan", tree), inside("ast.parse", "export.parse", tree)),
        units=files,
        unit="file",
    )
    return exporting, discovery


def _modules(tree: Path) -> list[Path]:
    # What the scan leaves out by its folder's name.
    return [path for path in tree.rglob("*.py") if not {"site-packages", "test", "tests"} & set(path.parts)]


def scan_tree(tree: str) -> Spent:
    """Discovery, up to the point where a module would be imported."""
    place = Path(tree)
    project = Project(root=place, source=place, name="all", version="1.0.0", license=None)
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
