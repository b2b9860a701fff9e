"""However a component comes to a use, through any chain of modules, the use is found; off the chain it is not."""

import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ice_core.strict_json import JsonValue
from tests.builders.manifests import component, manifest
from tests.ice_checks.subjects import subject_of
from tests.ice_checks.undeclared import told

# How a module gets at `step` of the next one, `{next}`, and how a function there calls it.
IMPORTS = (
    ("from chained.{next} import step as further", "further(text)"),
    ("from .{next} import step as further", "further(text)"),
    ("import chained.{next}", "chained.{next}.step(text)"),
    ("import chained.{next} as other", "other.step(text)"),
    ("from . import {next}", "{next}.step(text)"),
    ("from chained import {next} as other", "getattr(other, 'step')(text)"),
    ("from .{next} import *", "step_of_{next}(text)"),
    ("import importlib", "importlib.import_module('chained.{next}').step(text)"),
)
# How the function of a module is written around that call.
FUNCTIONS = (
    "def step(text):\n    {call}\n",
    "def step(text):\n    inner = lambda text: {call}\n    return inner(text)\n",
    "def step(text):\n    return [{call} for _ in 'a']\n",
    "class Step:\n    def __call__(self, text):\n        {call}\n\n\nstep = Step()\n",
    "class Step:\n    @staticmethod\n    def go(text):\n        {call}\n\n\ndef step(text):\n    Step.go(text)\n",
    "def work(text):\n    {call}\n\n\nTABLE = {{'a': work}}\n\n\ndef step(text):\n    TABLE['a'](text)\n",
    "def around(function):\n    return function\n\n\n@around\ndef step(text):\n    {call}\n",
    "def step(text, *, work=lambda text: {call}):\n    work(text)\n",
)
LEAF = "import os\n\n\ndef step(text):\n    os.listdir(text)\n"


def module(number: int, form: int, function: int) -> str:
    """The source of one module of the chain; beside its `step` it has one that leads nowhere."""
    following = f"m{number + 1}"
    statement, call = (text.format(next=following) for text in IMPORTS[form])
    written = FUNCTIONS[function].format(call=call)
    return f"{statement}\n\n\n{written}\n\nstep_of_m{number} = step\n\n\ndef aside(text):\n    return text\n"


def package(steps: list[tuple[int, int]]) -> dict[str, str]:
    """The files of a chain of modules, the use in the last."""
    files = {f"chained/m{number}.py": module(number, *forms) for number, forms in enumerate(steps)}
    leaf = f"{LEAF}\n\nstep_of_m{len(steps)} = step\n"
    return {"chained/__init__.py": "", **files, f"chained/m{len(steps)}.py": leaf}


STEPS = st.lists(st.tuples(st.sampled_from(range(len(IMPORTS))), st.sampled_from(range(len(FUNCTIONS)))), max_size=5)


def uses(steps: list[tuple[int, int]], attribute: str) -> list[tuple[JsonValue, str]]:
    value = manifest(component(target=f"chained.m0:{attribute}"))
    return told(subject_of(value, package(steps)))


@given(STEPS)
def test_a_use_at_the_end_of_a_chain_is_found(steps: list[tuple[int, int]]) -> None:
    """Whatever the form of each import and of each function."""
    assert [("filesystem", f"chained/m{len(steps)}.py:5:5")] == uses(steps, "step")


@given(STEPS.filter(bool))
def test_what_stands_beside_the_chain_reaches_nothing(steps: list[tuple[int, int]]) -> None:
    """Another function of the first module imports all of them and uses none."""
    assert [] == uses(steps, "aside")


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """The folder on the import path, and every module of the chain forgotten afterwards."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == "chained"]:
            del sys.modules[name]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_chains_of_these_tests_really_run(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int]]
) -> None:
    """What is called a use here is one: the interpreter comes to the last module by the same chain."""
    folder = tmp_path_factory.mktemp("chain")
    for path, text in package(steps).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    with importable(folder), pytest.raises(FileNotFoundError):
        pkgutil.resolve_name("chained.m0:step")(str(folder / "not there"))
