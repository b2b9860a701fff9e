"""Once imported: each target holds the very object, and no two objects are one component."""

import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from ice_core.errors import IceError
from ice_sdk import agent, tool
from ice_sdk.declared import Declared
from ice_sdk.reachability import refuse_shared_ids, refuse_unreachable
from tests.ice_sdk.conftest import Declare


def reads(path: str) -> str:
    return path


def writes(path: str) -> str:
    return path


def queries(path: str) -> str:
    return path


def again(name: str) -> Callable[..., object]:
    def defined() -> None: ...

    defined.__qualname__ = name
    return defined


def module_with(**attributes: object) -> dict[str, ModuleType]:
    module = ModuleType(__name__)
    vars(module).update(attributes)
    return {__name__: module}


def test_an_object_in_its_place_is_reached(declare: Declare) -> None:
    refuse_unreachable([declare(reads), declare(writes)], sys.modules)


@pytest.mark.parametrize(
    ("modules", "found", "hint"),
    [
        ({}, "no such module", "Leave `__module__`"),
        (module_with(), "nothing of that name", "under the name `reads`"),
        (module_with(reads=writes), "another object: function", "above the other decorators"),
        (module_with(reads=3), "another object: int", "Put `@tool` above"),
        (module_with(reads=again("reads")), "what reads is defined as later", "another name"),
    ],
)
def test_a_target_that_does_not_hold_the_very_object_is_refused(
    declare: Declare, modules: dict[str, ModuleType], found: str, hint: str
) -> None:
    declared = declare(reads)
    with pytest.raises(IceError) as refused:
        refuse_unreachable([declared], modules)

    finding = refused.value.finding

    assert ("import-target-unreachable", found) == (finding.slug, finding.found)
    assert hint in finding.hints[0]
    assert declared.where == finding.where


def test_every_target_is_judged(declare: Declare) -> None:
    with pytest.raises(IceError) as refused:
        refuse_unreachable([declare(reads), declare(writes)], {})

    assert 2 == len(refused.value.findings)


def declared_as(declare: Declare, name: str, *targets: Callable[..., object]) -> list[Declared]:
    return [declare(target, tool(name)) for target in targets]


def test_a_tool_and_an_agent_may_share_a_name(declare: Declare) -> None:
    refuse_shared_ids([declare(reads, tool("csv")), declare(writes, agent("csv"))])


def test_two_objects_of_one_id_are_refused_with_both_places(declare: Declare) -> None:
    first, second, third = declared_as(declare, "csv", reads, writes, queries)
    with pytest.raises(IceError) as refused:
        refuse_shared_ids([first, second, third])

    assert "component-declared-twice" == refused.value.slug
    assert [
        f"`tool:csv` is declared twice, at {first.where} and at {second.where}",
        f"`tool:csv` is declared twice, at {first.where} and at {third.where}",
    ] == [item.message for item in refused.value.findings]
