"""What a decorator was told, as an entry would hold it; nothing that export derives."""

from typing import Any

import pytest

from ice_core.errors import IceError
from ice_core.models.plugins import CostEstimate
from ice_sdk import tool
from ice_sdk.entries import stated_members
from tests.ice_sdk.conftest import Declare


def silent() -> int:
    """Says nothing of itself."""
    return 1


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {}),
        ({"name": "other"}, {}),
        ({"version": "1.2.3"}, {"version": "1.2.3"}),
        ({"cost_estimate": 0}, {"cost_estimate": {"base": 0, "per_token": 0}}),
        ({"cost_estimate": {"per_token": 0.5}}, {"cost_estimate": {"base": 0, "per_token": 0.5}}),
        ({"permissions": {"network": ("a.example",)}}, {"permissions": {"network": ["a.example"]}}),
        ({"tags": []}, {"tags": []}),
        ({"description": ""}, {"description": ""}),
        ({"examples": [{"input": {}, "output": 1}], "iceos_min": "1.0.0"}, {}),
        ({"deprecated": {"since": "1.0.0"}, "max_tokens": 5}, {"deprecated": {"since": "1.0.0"}, "max_tokens": 5}),
    ],
    ids=range(10),
)
def test_what_was_said_is_what_is_stated(declare: Declare, settings: dict[str, Any], expected: dict[str, Any]) -> None:
    """A docstring and the distribution's version are not the decorator's words."""
    assert expected == stated_members(declare(silent, tool(**settings)))


def test_a_cost_of_its_own_type_is_stated_as_numbers(declare: Declare) -> None:
    """As export writes it."""
    estimate = CostEstimate.model_validate({"base": 0.5, "per_token": 0.25})

    found = stated_members(declare(silent, tool(cost_estimate=estimate)))

    assert {"cost_estimate": {"base": 0.5, "per_token": 0.25}} == found


def test_what_is_no_json_is_refused(declare: Declare) -> None:
    """With the very words of export."""
    declared = declare(silent, tool(tags=[object()]))  # type: ignore[list-item]  # what this is about

    with pytest.raises(IceError) as refused:
        stated_members(declared)

    assert "declaration-invalid" == refused.value.slug
