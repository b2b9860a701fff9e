"""The operator's limits: whatever is larger than they say is refused at every door, and nobody raises them."""

import pytest

from ice_core.lowered_limits import GREATEST, LimitName
from ice_core.unified_registry import load_plugins
from tests.builders.homes import listing, write
from tests.threats.target import Target, good_bundle, slug_of

LOWERED = {
    "archive_bytes": (200, {"file-too-large", "archive-too-large"}),
    "archive_members": (1, {"archive-too-large"}),
    "member_bytes": (100, {"archive-too-large"}),
    "json_bytes": (100, {"json-too-large", "file-too-large"}),
    "json_depth": (2, {"json-too-deep"}),
}


@pytest.mark.parametrize("name", LOWERED)
def test_a_lowered_limit_holds_at_every_door(target: Target, name: str) -> None:
    """Threat 21: large and deep documents: what the operator has lowered is the limit of every reader. Also Threat 16:
    nesting, which a reader must bound before it parses."""
    limit, slugs = LOWERED[name]
    target.offer(good_bundle())
    write(target.home.config, f"[limits]\n{name} = {limit}\n".encode())

    assert target.refused_everywhere() <= slugs


@pytest.mark.parametrize("name", GREATEST)
def test_a_limit_that_is_raised_stops_everything(target: Target, name: LimitName) -> None:
    """Threat 21: limits raised: a file that widens the gate is refused, and nothing is loaded meanwhile."""
    target.offer(good_bundle())
    write(target.home.config, f"[limits]\n{name} = {GREATEST[name] + 1}\n".encode())
    before = listing(target.folder)

    assert "limit-raised" == slug_of(lambda: load_plugins(target.bundle, home=target.home.root, environ={}))
    assert "limit-raised" == target.run("--plugins", target.bundle).slug
    assert before == listing(target.folder)
    target.assert_untouched()
