"""Currencies: how many minor units make one major unit (ISO 4217)."""

_MINOR = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF"), 1),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 1000),
}


def minor_units(currency: str) -> int:
    """Minor units in one major unit: 1 for the yen, 100 for the euro, 1000 for the dinar."""
    return _MINOR.get(currency, 100)
