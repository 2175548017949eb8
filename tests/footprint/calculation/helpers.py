from decimal import Decimal
from typing import Any

import pytest


def D(text: object) -> Decimal:
    return Decimal(str(text))


def near(text: object, rel: str = "1e-9") -> Any:
    """The figure within the relative tolerance of one printed with trailing dots."""
    return pytest.approx(D(text), rel=D(rel))


def rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places))
