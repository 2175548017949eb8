"""Identifiers of products, passports, operators and facilities as EN 18219 has them: read, checked, written one way."""

from meguri.passport.identifiers.errors import GranularityMismatch, InvalidIdentifier
from meguri.passport.identifiers.operators import OperatorIdentifier, facility_identifier, operator_identifier
from meguri.passport.identifiers.passports import passport_identifier
from meguri.passport.identifiers.product import Granularity, ProductIdentifier, Scheme, product_identifier
from meguri.passport.identifiers.serials import new_serial, serial_range

__all__ = [
    "Granularity",
    "GranularityMismatch",
    "InvalidIdentifier",
    "OperatorIdentifier",
    "ProductIdentifier",
    "Scheme",
    "facility_identifier",
    "new_serial",
    "operator_identifier",
    "passport_identifier",
    "product_identifier",
    "serial_range",
]
