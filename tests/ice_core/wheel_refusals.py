"""How the tests of the gate ask for a refusal, and read it."""

import pytest

from ice_core.archive_limits import LIMITS, ArchiveLimits
from ice_core.errors import IceError
from ice_core.wheels import read_wheel
from tests.builders.wheels import FILENAME


def refusal(data: bytes, *, filename: str = FILENAME, limits: ArchiveLimits = LIMITS) -> IceError:
    """The error with which the gate refuses these bytes; fails if it does not."""
    with pytest.raises(IceError) as caught:
        read_wheel(data, filename=filename, limits=limits)
    return caught.value


def reason_of(error: IceError) -> tuple[str, object]:
    """The slug and the stable reason of a refusal."""
    return error.slug, error.finding.details.get("reason")
