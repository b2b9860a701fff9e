"""Amounts of money as text."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal


def amount_text(amount: Decimal) -> str:
    """An amount without an exponent and without trailing zeros: `0.0042`, `12`."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
