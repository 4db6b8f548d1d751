"""Bytes of a quantity."""

import pytest

from infra.logs.quantities import whole_bytes


@pytest.mark.parametrize(
    ("quantity", "number"), [("2Gi", 2147483648), ("256Mi", 268435456), ("1.5Ki", 1536), ("100", 100), ("1Ti", 2**40)]
)
def test_a_quantity_is_its_bytes(quantity: str, number: int) -> None:
    assert whole_bytes(quantity) == number


def test_a_thousandth_is_no_amount_of_bytes() -> None:
    with pytest.raises(ValueError, match="no amount of bytes"):
        whole_bytes("500m")
