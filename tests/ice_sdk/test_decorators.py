"""The decorators: they return the very object, record it once, announce it, and refuse at once what is certain."""

import abc
import functools
import inspect
import subprocess
import sys
from collections.abc import Callable

import pytest

from ice_core.dynamic import announced
from ice_core.errors import IceError
from ice_sdk import agent, tool, workflow
from ice_sdk.declared import all_declared, declared_of, forget
from tests.ice_sdk.conftest import Declare

THIS_FILE = __file__
# As an author sees it who runs no type checker, which would refuse some of these calls.
UNCHECKED_TOOL: Callable[..., Callable[..., object]] = tool


def csv_reader(path: str) -> str:
    """Reads."""
    return path


async def fetch(url: str) -> str:
    return url


class CSVReaderTool:
    def execute(self, path: str) -> str:
        return path


class Shouter:
    def __call__(self, text: str) -> str:
        return text.upper()


class Silent:
    greeting = "none"


class Holder:
    def method(self, path: str) -> str:
        return path


class Abstract(abc.ABC):
    @abc.abstractmethod
    def execute(self, path: str) -> str: ...


def _2(path: str) -> str:
    return path


a_lambda = lambda path: path  # noqa: E731  a lambda with a name is what the test is about


@pytest.mark.parametrize("decorator", [tool, agent, workflow])
@pytest.mark.parametrize("target", [csv_reader, fetch, CSVReaderTool, Shouter])
def test_a_decorated_object_is_the_very_object_and_stays_as_it_was(
    declare: Declare, decorator: Callable[..., object], target: Callable[..., object]
) -> None:
    before = dict(vars(target))
    returned = decorator(target)
    forget(target)
    declare(target, decorator)

    assert returned is target
    assert before == dict(vars(target))


@pytest.mark.parametrize(
    ("decorator", "expected"),
    [
        (tool, "tool:csv_reader"),
        (tool(), "tool:csv_reader"),
        (tool("reads"), "tool:reads"),
        (tool(name="reads"), "tool:reads"),
        (agent, "agent:csv_reader"),
        (agent("reads", version="2.0.0"), "agent:reads"),
        (workflow, "workflow:csv_reader"),
        (workflow(name="reads"), "workflow:reads"),
    ],
)
def test_each_way_to_write_a_decorator_declares_the_object(
    declare: Declare, decorator: Callable[..., object], expected: str
) -> None:
    declared = declare(csv_reader, decorator)

    assert expected == str(declared.id)
    assert f"{__name__}:csv_reader" == str(declared.target)
    assert declared in all_declared()


def test_a_function_is_declared_at_its_own_line(declare: Declare) -> None:
    declared = declare(csv_reader)

    assert (THIS_FILE, inspect.getsourcelines(csv_reader)[1]) == (declared.file, declared.line)


def test_a_class_is_declared_where_its_module_decorates_it(declare: Declare) -> None:
    line = sys._getframe().f_lineno + 1
    tool(Shouter)
    declared = declared_of(Shouter)
    forget(Shouter)

    assert declared is not None
    assert (THIS_FILE, line) == (declared.file, declared.line)


def test_a_declaration_is_announced_with_its_target_and_place(declare: Declare) -> None:
    declared = declare(csv_reader)
    (announcement,) = announced()

    assert ("tool:csv_reader", declared.target) == (str(announcement.component), announcement.target)
    assert (declared.file, declared.line) == (announcement.file, announcement.line)


def test_an_announcement_describes_the_component_when_someone_asks(declare: Declare) -> None:
    declared = declare(csv_reader, tool(version="3.0.0"))
    (announcement,) = announced()
    described = announcement.describe()

    assert {"component", "schemas"} == described.keys()
    assert declared.entry() == described["component"]
    assert "3.0.0" == declared.entry()["version"]


def make() -> Callable[[str], str]:
    def nested(path: str) -> str:
        return path

    return nested


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (make(), "inside a function"),
        (a_lambda, "a lambda has no name"),
        (Holder.method, "inside a class"),
    ],
)
def test_what_no_import_can_reach_is_refused_at_once_and_not_recorded(
    target: Callable[..., object], reason: str
) -> None:
    with pytest.raises(IceError) as refused:
        tool(target)

    assert "import-target-unreachable" == refused.value.slug
    assert reason in refused.value.finding.message
    assert declared_of(target) is None
    assert () == announced()


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (Silent, "the class `Silent` without any of these methods"),
        (Abstract, "an abstract class: execute"),
        (functools.partial(csv_reader, "a"), "functools.partial"),
        (Shouter().__call__, "the method `Shouter.__call__` of one object"),
        (Silent(), "Silent: "),
        (len, "builtin_function_or_method"),
        (3, "int"),
    ],
)
def test_what_cannot_be_called_as_a_component_is_refused_at_once(target: Callable[..., object], found: str) -> None:
    with pytest.raises(IceError) as refused:
        tool(target)

    assert "declaration-invalid" == refused.value.slug
    assert found in (refused.value.finding.found or "")
    assert () == announced()


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("CSV Reader", '@tool("csv_reader")'),
        ("csv__reader", '@tool("csv_reader")'),
        ("9lives", '@tool("lives")'),
        ("x" * 65, f'@tool("{"x" * 64}")'),
        ("été", '@tool("t")'),
        ("—", '@tool("csv_reader")'),
    ],
)
def test_a_name_of_the_wrong_form_is_refused_with_one_that_fits(name: str, suggestion: str) -> None:
    with pytest.raises(IceError) as refused:
        tool(name)(csv_reader)

    assert "component-name-invalid" == refused.value.slug
    assert (f"Write `{suggestion}`",) == refused.value.finding.hints
    assert declared_of(csv_reader) is None


def test_a_function_whose_own_name_does_not_fit_is_refused() -> None:
    with pytest.raises(IceError) as refused:
        tool(_2)

    assert "component-name-invalid" == refused.value.slug
    assert {"given": False} == refused.value.finding.details


@pytest.mark.parametrize("setting", ["version", "iceos_min"])
@pytest.mark.parametrize("text", ["1", "1.2", "01.2.3", "1.2.3rc1", "v1.2.3", ""])
def test_a_version_that_is_not_semantic_is_refused_at_its_place(setting: str, text: str) -> None:
    with pytest.raises(IceError) as refused:
        UNCHECKED_TOOL(**{setting: text})(csv_reader)

    assert "version-invalid" == refused.value.slug
    assert refused.value.where is not None
    assert THIS_FILE == refused.value.where.file
    assert declared_of(csv_reader) is None


def test_an_unknown_setting_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(IceError) as refused:
        UNCHECKED_TOOL(tag=["io"])(csv_reader)

    assert "declaration-invalid" == refused.value.slug
    assert ("Did you mean `tags`?",) == refused.value.finding.hints


@pytest.mark.parametrize(
    ("given", "settings", "found"),
    [
        (("a",), {"name": "b"}, "'a', name='b'"),
        (("a",), {"name": "a"}, "'a', name='a'"),
        (("a", "b"), {}, "'a', 'b'"),
        ((csv_reader, "b"), {}, "'b'"),
    ],
)
def test_more_than_one_name_is_refused(given: tuple[object, ...], settings: dict[str, object], found: str) -> None:
    """None of them would be the first that wins."""
    with pytest.raises(IceError) as refused:
        UNCHECKED_TOOL(*given, **settings)(csv_reader)

    assert ("declaration-invalid", found) == (refused.value.slug, refused.value.finding.found)
    assert declared_of(csv_reader) is None


def test_one_object_is_declared_once(declare: Declare) -> None:
    declare(csv_reader)
    with pytest.raises(IceError) as refused:
        agent(csv_reader)

    assert "declaration-invalid" == refused.value.slug
    assert "tool:csv_reader and agent:csv_reader" == refused.value.finding.found
    assert ["tool:csv_reader"] == [str(item.component) for item in announced()]


def test_importing_the_sdk_and_decorating_loads_no_pydantic() -> None:
    program = (
        "import sys, ice_sdk\n"
        "def f(path: str) -> str: return path\n"
        "ice_sdk.tool(f)\n"
        "print(sorted({'pydantic', 'pydantic_core', 'jsonschema_rs', 'cryptography', 'asyncio'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "[]\n" == done.stdout


@pytest.mark.parametrize("setting", ["name", "version", "iceos_min"])
def test_a_setting_that_is_no_text_is_refused(setting: str) -> None:
    decorate: Callable[..., Callable[[object], object]] = tool
    with pytest.raises(IceError) as refused:
        decorate(**{setting: 1})(len_of)

    assert "declaration-invalid" == refused.value.slug
    assert f"`{setting}` of `@tool` is a text" == refused.value.finding.message


def len_of(text: str) -> int:
    return len(text)
