"""Options that several commands share: where the index is named, and what is said when nobody names it."""

import pytest

from ice_cli.options import INDEX_VARIABLE, index_location
from ice_core.errors import IceError


@pytest.mark.parametrize(("option", "variable"), [("./market", None), ("./market", "./other"), (None, "./market")])
def test_the_option_names_the_index_before_the_environment_does(
    option: str | None, variable: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is typed wins."""
    if variable is not None:
        monkeypatch.setenv(INDEX_VARIABLE, variable)

    location = index_location(option)

    assert "./market" == location


@pytest.mark.parametrize("option", [None, ""])
def test_an_index_that_nobody_named_is_a_refusal_of_its_own(option: str | None) -> None:
    """Not the same as a folder that was named and is not there (`index-missing`)."""
    with pytest.raises(IceError) as refusal:
        index_location(option)

    assert "index-not-given" == refusal.value.slug
    assert any("--index" in hint for hint in refusal.value.finding.hints)
