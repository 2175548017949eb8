"""The data carrier: a QR code with the identifier's URI and nothing else, decoded again before it is given away."""

from meguri.passport.carrier.errors import CarrierReadbackFailed, CarrierTooPale, ModuleSizeOutOfRange
from meguri.passport.carrier.reading import codes_in, uri_in
from meguri.passport.carrier.symbol import ErrorCorrection, Symbol, symbol_for

__all__ = [
    "CarrierReadbackFailed",
    "CarrierTooPale",
    "ErrorCorrection",
    "ModuleSizeOutOfRange",
    "Symbol",
    "codes_in",
    "symbol_for",
    "uri_in",
]
