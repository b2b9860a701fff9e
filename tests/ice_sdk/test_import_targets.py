"""Where objects can be imported: functions and classes by their own name, instances by the name that holds them."""

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from ice_core import dynamic
from ice_core.dynamic import announced, is_among
from ice_core.errors import IceError
from ice_core.names import ImportTarget
from ice_sdk import tool
from ice_sdk.declared import Declared, declared_of, forget
from ice_sdk.import_targets import target_found
from ice_sdk.reachability import refuse_unreachable


class Reader:
    def execute(self, path: str) -> str:
        return path


READER = Reader()


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("acme_instances")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def bound(module: ModuleType, **names: object) -> ImportTarget:
    vars(module).update(names)
    return target_found(names["reader"], ImportTarget(module.__name__, ""))


def test_an_instance_is_found_under_the_first_public_name_that_holds_it(module: ModuleType) -> None:
    reader = Reader()

    assert "acme_instances:first" == str(bound(module, other=Reader(), _hidden=reader, first=reader, reader=reader))


def test_a_hidden_name_serves_when_there_is_no_other(module: ModuleType) -> None:
    reader = Reader()
    vars(module)["_reader"] = reader

    assert "acme_instances:_reader" == str(target_found(reader, ImportTarget(module.__name__, "")))


def test_an_equal_object_is_not_that_object(module: ModuleType) -> None:
    class Equal(Reader):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 1

    assert "" == target_found(Equal(), ImportTarget(module.__name__, "")).attribute
    vars(module)["reader"] = Equal()

    assert "" == target_found(Equal(), ImportTarget(module.__name__, "")).attribute


def test_a_module_that_is_not_there_gives_no_name() -> None:
    assert "" == target_found(Reader(), ImportTarget("acme_nowhere", "")).attribute


@pytest.fixture
def unbound() -> Iterator[Declared]:
    """An instance that this module declares and binds to no name."""
    reader = Reader()
    tool("reader")(reader)
    declared = declared_of(reader)
    assert declared is not None
    yield declared
    forget(reader)


def test_an_instance_belongs_to_the_module_that_called_the_decorator(unbound: Declared) -> None:
    assert (__name__, "") == (unbound.target.module, unbound.target.attribute)
    assert __file__ == unbound.file


def test_an_instance_that_no_name_holds_is_refused_with_the_way_out(unbound: Declared) -> None:
    with pytest.raises(IceError) as refused:
        refuse_unreachable([unbound], sys.modules)

    assert ("import-target-unreachable", "no name of that module") == (refused.value.slug, refused.value.finding.found)
    assert f"Give it a name at the top level of `{__name__}`" in refused.value.finding.hints[0]


class Manifests:
    """What a registry would list."""

    sources = ()

    def __init__(self, *targets: str) -> None:
        self.targets = frozenset(map(ImportTarget.parse, targets))

    def listed_ids(self) -> tuple[()]:
        return ()

    def listed_targets(self, component: object) -> frozenset[ImportTarget]:
        return self.targets


@pytest.mark.parametrize(
    ("instance", "listed"),
    [
        (READER, f"{__name__}:READER"),
        # As while its module is being imported: no name holds it yet.
        (Reader(), f"{__name__}:READER"),
    ],
)
def test_a_strict_process_takes_an_instance_that_is_listed(instance: Reader, listed: str) -> None:
    dynamic.watch(Manifests(listed), no_dynamic=True)
    tool("csv_reader")(instance)
    forget(instance)

    assert ["tool:csv_reader"] == [str(item.component) for item in announced()]


@pytest.mark.parametrize(
    ("instance", "listed"),
    [
        (READER, f"{__name__}:OTHER"),
        (READER, "acme_two:READER"),
        (Reader(), "acme_two:READER"),
    ],
)
def test_a_strict_process_refuses_an_instance_that_is_not(instance: Reader, listed: str) -> None:
    dynamic.watch(Manifests(listed), no_dynamic=True)
    with pytest.raises(IceError) as refused:
        tool("csv_reader")(instance)
    forget(instance)

    assert ("component-not-in-manifest", ()) == (refused.value.slug, announced())


def test_once_its_name_is_known_an_instance_is_held_to_it() -> None:
    listed = frozenset([ImportTarget.parse("acme_one:reader")])

    assert is_among(ImportTarget("acme_one", ""), listed)
    assert is_among(ImportTarget("acme_one", "reader"), listed)
    assert not is_among(ImportTarget("acme_one", "other"), listed)
    assert not is_among(ImportTarget("acme_two", ""), listed)
