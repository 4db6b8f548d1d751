"""Kubernetes quantities as whole numbers."""

from decimal import Decimal
from typing import Final

UNITS: Final = {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4}


def whole_bytes(quantity: str) -> int:
    """Bytes of a quantity: ``2Gi`` -> 2147483648. Raises ValueError for one that is no amount of bytes."""
    number, unit = (quantity[:-2], quantity[-2:]) if quantity[-2:] in UNITS else (quantity, "")
    if number.endswith("m"):
        raise ValueError(f"{quantity!r} is no amount of bytes: write a number or Ki, Mi, Gi, Ti")
    return int(Decimal(number) * UNITS.get(unit, 1))
