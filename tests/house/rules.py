"""The rules that one module alone can break: each takes a module and yields what breaks it."""

import ast
import functools
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tests.house.tree import Module

SOURCE_LINES, TEST_LINES, FUNCTION_LINES = 300, 400, 50
# A name that says nothing of what lives there collects everything.
EMPTY_WORDS = frozenset({"util", "utils", "helper", "helpers", "common", "manager", "managers", "base", "misc"})
# Where code may come from text or from a name that is only known at run time.
DYNAMIC_MODULES = (
    "src/ice_orchestrator/code_cache.py",
    "src/ice_orchestrator/extension_modules.py",
    "src/ice_orchestrator/resolve.py",
    "src/ice_orchestrator/wheel_loader.py",
    "src/ice_sdk/autodiscover.py",
    "src/ice_sdk/autodiscover_child.py",
    "src/ice_sdk/typing_imports.py",
)
DYNAMIC_CALLS = frozenset(
    {
        "exec",
        "eval",
        "compile",
        "__import__",
        "import_module",
        "exec_module",
        "load_module",
        "spec_from_file_location",
    }
)
# The last handlers: a bug becomes a message there, or a server dies of one request.
BROAD_HANDLERS = ("src/ice_cli/main.py", "src/ice_cli/program.py", "src/ice_marketplace/app.py")
BROAD_NAMES = frozenset({"Exception", "BaseException"})
NETWORK_MODULES = frozenset({"socket", "ssl", "http", "urllib.request", "subprocess", "multiprocessing", "asyncio"})


@dataclass(frozen=True, kw_only=True)
class Breach:
    """One place that breaks a rule; `subject` is what an exemption names."""

    subject: str
    words: str


def module_length(module: Module) -> Iterator[Breach]:
    """A module fits in one reading."""
    limit = TEST_LINES if module.is_test else SOURCE_LINES
    found = len(module.text.splitlines())
    if found > limit:
        yield Breach(subject=module.path, words=f"{found} lines, at most {limit}")


def function_length(module: Module) -> Iterator[Breach]:
    """A function fits on one screen, its docstring included."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found = (node.end_lineno or node.lineno) - node.lineno + 1
            if found > FUNCTION_LINES:
                yield Breach(subject=f"{module.path}:{node.name}", words=f"{found} lines, at most {FUNCTION_LINES}")


def module_docstring(module: Module) -> Iterator[Breach]:
    """A module opens with a sentence that says what lives there."""
    opening = (ast.get_docstring(module.tree) or "").split("\n\n")[0].rstrip()
    if not opening:
        yield Breach(subject=module.path, words="it has no docstring")
    elif not opening.endswith((".", ":")):
        yield Breach(subject=module.path, words="its docstring does not open with a whole sentence")


def empty_names(module: Module) -> Iterator[Breach]:
    """Modules and classes are named by what they are."""
    classes = [node.name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    for name in [module.name, *classes]:
        words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
        if words & EMPTY_WORDS:
            yield Breach(subject=f"{module.path}:{name}", words=f"`{name}` does not say what it is")


def broad_except(module: Module) -> Iterator[Breach]:
    """What is caught is what was expected."""
    if module.path in BROAD_HANDLERS:
        return
    for node in ast.walk(module.tree):
        caught: list[ast.expr] = []
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield Breach(subject=f"{module.path}:{node.lineno}", words="a bare `except`")
            else:
                caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        elif isinstance(node, ast.Call) and called_name(node) == "suppress":
            caught = node.args
        for each in caught:
            if isinstance(each, ast.Name) and each.id in BROAD_NAMES:
                yield Breach(subject=f"{module.path}:{each.lineno}", words=f"it catches `{each.id}`")


def dynamic_code(module: Module) -> Iterator[Breach]:
    """Component code is imported in one place; nowhere else does text become code."""
    if module.is_test or module.path in DYNAMIC_MODULES:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and called_name(node) in DYNAMIC_CALLS:
            # `re.compile` and its like compile no Python.
            if called_name(node) == "compile" and not isinstance(node.func, ast.Name):
                continue
            words = f"it calls `{called_name(node)}`"
            yield Breach(subject=f"{module.path}:{node.lineno}", words=words)


def loaded_entry_point(module: Module) -> Iterator[Breach]:
    """An entry point names a manifest's resource; loading it would run the code of whoever declared it."""
    if "entry_point" not in module.text or module.is_test:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and called_name(node) == "load" and not (node.args or node.keywords):
            yield Breach(subject=f"{module.path}:{node.lineno}", words="it loads an entry point")


def core_reaches_out(module: Module) -> Iterator[Breach]:
    """The formats, the trust and the registry need no network and start no process."""
    if not module.path.startswith("src/ice_core/"):
        return
    for node in ast.walk(module.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name in NETWORK_MODULES or name.split(".")[0] in NETWORK_MODULES:
                yield Breach(subject=module.path, words=f"it imports `{name}`")


def silenced_checks(module: Module) -> Iterator[Breach]:
    """Who silences a check names it and says why, on the same line."""
    if not re.search("type:|noqa", module.text):
        return
    for comment, line in comments(module.text):
        if re.search(r"#\s*type:\s*ignore", comment) and not re.search(
            r"# type: ignore\[[a-z, -]+\]\s+(# )?\S+ \S+", comment
        ):
            yield Breach(subject=f"{module.path}:{line}", words="`type: ignore` without a code and a reason")
        if re.search(r"#\s*noqa", comment) and not re.search(r"# noqa: [A-Z0-9, ]+\s+(# )?\S+ \S+", comment):
            yield Breach(subject=f"{module.path}:{line}", words="`noqa` without a code and a reason")


@functools.cache
def comments(text: str) -> tuple[tuple[str, int], ...]:
    """Each comment of a Python text, with its line."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return tuple((token.string, token.start[0]) for token in tokens if token.type == tokenize.COMMENT)


def called_name(node: ast.Call) -> str:
    """The last part of what is called: `import_module` of `importlib.import_module(...)`."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


RULES: Mapping[str, Callable[[Module], Iterator[Breach]]] = MappingProxyType(
    {
        "module-length": module_length,
        "function-length": function_length,
        "module-docstring": module_docstring,
        "empty-names": empty_names,
        "broad-except": broad_except,
        "dynamic-code": dynamic_code,
        "loaded-entry-point": loaded_entry_point,
        "core-reaches-out": core_reaches_out,
        "silenced-checks": silenced_checks,
    }
)
