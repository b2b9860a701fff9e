"""The rules of the house, held against every module; the exemptions stand here, each with its reason.

The rules themselves are in tests/house/rules.py. A rule is shown to bite by a planted module that breaks
it, and an exemption that nothing needs any more fails.
"""

import ast
import functools

import pytest

from tests.house.rules import RULES, Breach, comments
from tests.house.tree import (
    ROOT,
    SOURCE,
    TESTS,
    Module,
    all_modules,
    files,
    modules_of_source,
    modules_of_tests,
    packages,
)

# (rule, subject) -> reason. The subject is the path, for a function or class with `:name`.
EXEMPTIONS: dict[tuple[str, str], str] = {}

# What other projects may import; everything else may change in any release.
PUBLIC_NAMES: dict[str, list[str]] = {
    "ice_sdk": ["Blueprint", "Context", "agent", "agent_factory", "tool", "tool_factory", "workflow"]
}
MOST_PUBLIC_NAMES = 30

PLANTED = {
    "module-length": '"""Long."""\n' + "x = 1\n" * 300,
    "function-length": '"""Long."""\ndef f() -> None:\n' + "    x = 1\n" * 50,
    "module-docstring": "x = 1\n",
    "empty-names": '"""Empty."""\nclass StoreManager:\n    pass\n',
    "broad-except": '"""Broad."""\ntry:\n    x = 1\nexcept (ValueError, Exception):\n    x = 2\n',
    "dynamic-code": '"""Dynamic."""\nfrom importlib import import_module\nimport_module("os")\n',
    "loaded-entry-point": (
        '"""Loaded."""\nfrom importlib.metadata import entry_points\n'
        'for found in entry_points(group="iceos_plugins"):\n    found.load()\n'
    ),
    "core-reaches-out": '"""Out."""\nfrom urllib import request\n',
    "silenced-checks": '"""Silent."""\nx: int = "1"  # type: ignore[assignment]\n',
}


@functools.cache
def breaches(rule: str) -> tuple[Breach, ...]:
    """Every breach of one rule; two tests ask, and looking takes seconds."""
    return tuple(breach for module in all_modules() for breach in RULES[rule](module))


@pytest.mark.parametrize("rule", RULES)
def test_every_module_keeps_the_rule_or_is_exempt_with_a_reason(rule: str) -> None:
    found = breaches(rule)

    assert [] == [f"{breach.subject}: {breach.words}" for breach in found if (rule, breach.subject) not in EXEMPTIONS]


def test_an_exemption_that_is_no_longer_needed_is_removed() -> None:
    needed = {(rule, breach.subject) for rule in RULES for breach in breaches(rule)}

    assert set() == set(EXEMPTIONS) - needed


def test_an_exemption_says_why() -> None:
    assert [] == [key for key, reason in EXEMPTIONS.items() if len(reason.split()) < 4]


@pytest.mark.parametrize("rule", RULES)
def test_a_module_that_breaks_the_rule_is_found(rule: str) -> None:
    planted = Module(path="src/ice_core/planted.py", text=PLANTED[rule])

    assert 1 <= len(list(RULES[rule](planted)))


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        ("module-length", "tests/test_x.py", '"""Long."""\n' + "x = 1\n" * 399),
        ("function-length", "src/ice_core/x.py", '"""Fits."""\ndef f() -> None:\n' + "    x = 1\n" * 49),
        (
            "empty-names",
            "src/ice_core/database.py",
            '"""Holds one."""\nclass Commonplace: ...\n',
        ),
        ("broad-except", "src/ice_cli/program.py", PLANTED["broad-except"]),
        ("dynamic-code", "src/ice_orchestrator/resolve.py", PLANTED["dynamic-code"]),
        ("dynamic-code", "src/ice_core/names.py", '"""Pattern."""\nimport re\nre.compile("a")\n'),
        ("loaded-entry-point", "src/ice_core/x.py", '"""None."""\nstore.load()\n'),
        ("core-reaches-out", "src/ice_client/publish.py", PLANTED["core-reaches-out"]),
        ("core-reaches-out", "src/ice_core/names.py", '"""Parse."""\nfrom urllib.parse import urlsplit\n'),
        (
            "silenced-checks",
            "src/ice_core/x.py",
            "x = f()  # type: ignore[misc]  # why it is so\n",
        ),
    ],
)
def test_a_module_inside_the_rule_is_left_alone(rule: str, path: str, text: str) -> None:
    assert [] == list(RULES[rule](Module(path=path, text=text)))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("broad-except", "try:\n    x = 1\nexcept:\n    x = 2\n"),
        ("broad-except", "import contextlib\nwith contextlib.suppress(Exception):\n    x = 1\n"),
        ("dynamic-code", "__import__('os')\n"),
        ("dynamic-code", "compile('1', '', 'eval')\n"),
        ("silenced-checks", "x = 1  # noqa: E501\n"),
        ("module-docstring", '"""No whole sentence"""\n'),
    ],
)
def test_another_way_to_break_the_rule_is_found_too(rule: str, text: str) -> None:
    assert 1 == len(list(RULES[rule](Module(path="src/ice_core/planted.py", text=text))))


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for folder in (SOURCE, TESTS) for path in files(folder, ending=".py")}
    folders.discard(SOURCE)

    assert [] == sorted(str(f.relative_to(ROOT)) for f in folders if not (f / "__init__.py").is_file())


def test_every_package_is_typed_for_those_who_import_it() -> None:
    assert [] == [name for name in packages() if not (SOURCE / name / "py.typed").is_file()]


def test_every_folder_of_tests_mirrors_a_package() -> None:
    own = {
        "house",
        "bench",
        "builders",
        "examples",
        "fakes",
        "fuzz",
        "property",
        "vectors",
        "scenarios",
        "threats",
        "data",
        "__snapshots__",
    }
    folders = {path.relative_to(TESTS).parts[0] for path in files(TESTS, ending=".py") if path.parent != TESTS}

    assert set() == folders - own - set(packages())


def test_public_names_are_these_and_at_most_thirty() -> None:
    found = {}
    for module in modules_of_source():
        if module.path.count("/") == 2 and module.path.endswith("/__init__.py"):
            names = declared_names(module)
            if names:
                found[module.name] = names

    assert PUBLIC_NAMES == found
    assert MOST_PUBLIC_NAMES >= sum(map(len, found.values()))


def declared_names(module: Module) -> list[str]:
    """What a package lists in `__all__`, in its order."""
    for node in module.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                return [str(name) for name in ast.literal_eval(node.value)]
    return []


def test_type_ignores_stay_rare() -> None:
    modules = (*modules_of_source(), *modules_of_tests())
    silenced = [module for module in modules if "# type: ignore" in module.text]
    ignores = sum(text.startswith("# type: ignore") for module in silenced for text, _ in comments(module.text))

    assert 1.3 >= 1000 * ignores / sum(module.lines() for module in modules)


def test_there_is_more_test_than_source() -> None:
    tests = sum(m.lines() for m in modules_of_tests())
    source = sum(m.lines() for m in modules_of_source())

    assert 1.2 <= tests / source
