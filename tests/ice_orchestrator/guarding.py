"""Work under permissions, for tests of the guard: what refuses it, or what was seen of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ice_core.errors import IceError
from ice_core.models.plugins import Permissions
from ice_core.strict_json import JsonObject
from ice_orchestrator import permission_guard
from ice_orchestrator.permission_guard import (
    guarded,
    refusal_in,
)

COMPONENT = "tool:made"


@pytest.fixture
def nothing_told_yet() -> Iterator[None]:
    told = set(permission_guard._TOLD)
    permission_guard._TOLD.clear()
    yield
    permission_guard._TOLD.clear()
    permission_guard._TOLD.update(told)


def permissions(**members: Any) -> Permissions:
    """Permissions as a manifest has them."""
    return Permissions.model_validate(members)


def refused(work: Callable[[], object], **members: Any) -> IceError:
    """The refusal of this work under these permissions."""
    with pytest.raises(PermissionError) as raised, guarded(COMPONENT, permissions(**members), enforce=True):
        work()
    refusal = refusal_in(raised.value)
    assert refusal is not None
    return refusal


def observed(work: Callable[[], object], *, enforce: bool = True, **members: Any) -> JsonObject:
    """What is seen of this work, which ends well."""
    with guarded(COMPONENT, permissions(**members), enforce=enforce) as seen:
        work()
    return seen.to_json()


def writes(path: Path) -> Callable[[], object]:
    """Work that writes a file."""
    return lambda: path.write_text("x")
