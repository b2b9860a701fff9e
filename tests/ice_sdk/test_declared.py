"""The side table: one entry for each object, found by the object itself."""

import pytest

from ice_core.errors import IceError, Location
from ice_core.names import SemVer
from ice_sdk import agent, tool
from ice_sdk.declared import all_declared, declared_of, forget
from tests.ice_sdk.conftest import Declare


class EqualToAll(type):
    """A metaclass whose classes are equal to anything."""

    def __eq__(cls, other: object) -> bool:
        return True

    def __hash__(cls) -> int:
        return 1


class First(metaclass=EqualToAll):
    def execute(self, number: int = 2) -> int:
        return number


class Second(metaclass=EqualToAll):
    def __call__(self, number: int) -> int:
        return number


def doubles(number: int) -> int:
    return number * 2


async def later(number: int) -> int:
    return number


def test_an_object_is_found_by_identity_and_not_by_equality(declare: Declare) -> None:
    declared = declare(First)

    assert declared is declared_of(First)
    assert declared_of(Second) is None


def test_what_was_never_declared_is_no_component() -> None:
    assert declared_of(doubles) is None
    assert declared_of(3) is None


def test_a_forgotten_object_can_be_declared_anew(declare: Declare) -> None:
    declare(doubles)
    forget(doubles)
    forget(doubles)
    declared = declare(doubles, agent("again"))

    assert ["agent:again"] == [str(item.id) for item in all_declared() if item.object is doubles]
    assert declared is declared_of(doubles)


@pytest.mark.parametrize(("given", "expected"), [(None, None), ("1.2.3", SemVer.parse("1.2.3"))])
def test_the_version_is_what_the_decorator_was_told(
    declare: Declare, given: str | None, expected: SemVer | None
) -> None:
    declared = declare(doubles, tool(version=given) if given is not None else tool)

    assert expected == declared.version


def test_a_component_is_called_with_what_it_takes(declare: Declare) -> None:
    assert 6 == declare(doubles).call(3)
    assert 2 == declare(First).call()
    assert 5 == declare(Second).call(number=5)


def test_a_signature_is_read_once(declare: Declare) -> None:
    declared = declare(doubles)

    assert declared.signature is declared.signature
    assert declared.context_parameter is None
    assert Location(declared.file, line=declared.line) == declared.where


def test_a_signature_that_cannot_be_read_is_refused_each_time(declare: Declare) -> None:
    def partly(number: int) -> int:
        return number

    partly.__qualname__ = "partly"
    del partly.__annotations__["number"]
    declared = declare(partly)
    for _ in range(2):
        with pytest.raises(IceError) as refused:
            declared.entry()

        assert "annotation-missing" == refused.value.slug
