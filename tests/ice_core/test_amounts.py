"""Amounts of money are written in digits, as short as they are exact."""

from decimal import Decimal

import pytest

from ice_core.amounts import amount_text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0"),
        ("12", "12"),
        ("100", "100"),
        ("0.0042", "0.0042"),
        ("1.50", "1.5"),
        ("2E-7", "0.0000002"),
        ("1E+3", "1000"),
    ],
)
def test_an_amount_has_neither_an_exponent_nor_trailing_zeros(amount: str, text: str) -> None:
    assert text == amount_text(Decimal(amount))
