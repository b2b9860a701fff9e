"""How hard it blew."""

from typing import Annotated

from pydantic import Field

from ice_sdk import tool


@tool(cost_estimate=0, examples=[{"input": {"metres_per_second": 10.0}, "output": 5}])
def wind_force(metres_per_second: Annotated[float, Field(ge=0)]) -> int:
    """Tell the force of a wind on Beaufort's scale."""
    bounds = (0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7)
    return sum(metres_per_second >= bound for bound in bounds)
