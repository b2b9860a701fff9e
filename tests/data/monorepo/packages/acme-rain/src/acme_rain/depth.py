"""How much it rained."""

from ice_sdk import tool


@tool(cost_estimate=0, examples=[{"input": {"litres": 12.0, "square_metres": 4.0}, "output": 3.0}])
def rain_depth(litres: float, square_metres: float) -> float:
    """Tell how many millimetres fell on a roof."""
    return litres / square_metres
