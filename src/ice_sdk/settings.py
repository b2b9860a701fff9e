"""What a decorator may be told about a component: the keywords of `@tool`, `@agent` and `@workflow`, as types."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict

if TYPE_CHECKING:
    from ice_core.models.plugins import CostEstimate

Amount: TypeAlias = int | float | Decimal


class CostSettings(TypedDict, total=False):
    """What a call costs, in USD: `base` for each call and `per_token` for each token."""

    base: Amount
    per_token: Amount
    currency: Literal["USD"]


class PermissionSettings(TypedDict, total=False):
    """What the component may touch; what is absent it may not."""

    network: Sequence[str]
    filesystem: Sequence[str]
    subprocess: bool
    environment: Sequence[str]
    tools: Sequence[str]


class DeprecationSettings(TypedDict, total=False):
    """Since which version the component should no longer be used, and the name of what replaces it."""

    since: str
    replacement: str


class ExampleSettings(TypedDict):
    """One input and the output that it gives, as JSON values."""

    input: object
    output: object


class UnnamedSettings(TypedDict, total=False):
    """The keywords of a decorator whose name, if any, is given first."""

    version: str
    cost_estimate: "Amount | CostSettings | CostEstimate"
    tags: Sequence[str]
    description: str
    examples: Sequence[ExampleSettings | Mapping[str, object]]
    permissions: PermissionSettings
    deprecated: DeprecationSettings
    max_tokens: int
    iceos_min: str


class ComponentSettings(UnnamedSettings, total=False):
    """Every keyword of a decorator."""

    name: str


SETTING_NAMES: Final = tuple(sorted(ComponentSettings.__annotations__))
