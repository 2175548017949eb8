"""Identifiers of economic operators and facilities (EN 18219 clause 6; Implementing Regulation (EU) 2026/1778)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from meguri.kernel.identifiers import is_corporate_number, is_gln, is_lei
from meguri.passport.identifiers.errors import InvalidOperatorId

_NTR = re.compile(r"NTR[A-Z]{2}-\S{1,40}\Z")
_NTR_JP = re.compile(r"NTRJP-([0-9]{13})\Z")
_VAT = re.compile(r"VAT[A-Z]{2}-\S{2,20}\Z")
_EID = re.compile(r"EID[A-Z]{2}-\S{1,40}\Z")
_ISO_6523 = re.compile(r"[0-9]{4}:\S+\Z")
_DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]+\Z")
_DOI = re.compile(r"https://doi\.org/10\.[0-9]{4,9}/\S+\Z")
_LOCATED = re.compile(r"https://[^/?#]+(?:/[^/?#]+)*/41[47]/([0-9]+)")
_BUSINESS_PARTNER = re.compile(r"BPN[LAS][a-zA-Z0-9]{12}\Z")


class OperatorScheme(StrEnum):
    """Of which scheme the identifier is."""

    LEI = "LEI"
    NTR = "NTR"
    VAT = "VAT"
    EID = "EID"
    GLN = "GLN"
    ISO_6523 = "ISO6523"
    DID = "DID"
    DOI = "DOI"


REGISTRY_SCHEMES = frozenset({OperatorScheme.LEI, OperatorScheme.NTR, OperatorScheme.VAT, OperatorScheme.EID})
"""What the registry of the Union takes for an economic operator."""


@dataclass(frozen=True, slots=True)
class OperatorIdentifier:
    """One identifier of an operator or a facility."""

    scheme: OperatorScheme
    value: str

    @property
    def registry_takes_it(self) -> bool:
        """Whether the registry of the Union takes it for an economic operator."""
        return self.scheme in REGISTRY_SCHEMES


def operator_identifier(text: str) -> OperatorIdentifier:
    """The identifier of an economic operator. Raises InvalidOperatorId."""
    return _identifier(text, "417")


def facility_identifier(text: str) -> OperatorIdentifier:
    """The identifier of a facility. Raises InvalidOperatorId."""
    return _identifier(text, "414")


def has_wrong_check(text: str) -> bool:
    """Whether `text` says of which scheme it is, and its check digits are not those of that scheme (LEI, 法人番号, GLN)."""
    if text.startswith(("LEIXG-", "NTRJP-")):
        return _scheme(text, "417") is None
    located = _LOCATED.fullmatch(text)
    if located is not None:
        return not is_gln(located[1])
    plain = re.fullmatch(r"[0-9]{13}", text)
    return plain is not None and not (is_gln(text) or is_corporate_number(text))


def is_business_partner(text: str, kind: str) -> bool:
    """Whether `text` is a Business Partner Number of `kind` L (legal entity), A (address) or S (site)."""
    return _BUSINESS_PARTNER.match(text) is not None and text[3] == kind


def lei_of(lei: str) -> str:
    """The registry's spelling of a bare LEI."""
    return f"LEIXG-{lei}"


def corporate_number_of(number: str) -> str:
    """The registry's spelling of a 法人番号."""
    return f"NTRJP-{number}"


def _identifier(text: str, ai: str) -> OperatorIdentifier:
    scheme = _scheme(text, ai)
    if scheme is None:
        raise InvalidOperatorId(value=text)
    return OperatorIdentifier(scheme, text)


def _scheme(text: str, ai: str) -> OperatorScheme | None:
    if text.startswith("LEIXG-"):
        return OperatorScheme.LEI if is_lei(text.removeprefix("LEIXG-")) else None
    if text.startswith("NTRJP-"):
        number = _NTR_JP.match(text)
        return OperatorScheme.NTR if number and is_corporate_number(number[1]) else None
    located = re.match(rf"https://[^/?#]+(?:/[^/?#]+)*/{ai}/([0-9]+)\Z", text)
    if is_gln(located[1] if located else text):
        return OperatorScheme.GLN
    forms = (
        (_NTR, OperatorScheme.NTR),
        (_VAT, OperatorScheme.VAT),
        (_EID, OperatorScheme.EID),
        (_ISO_6523, OperatorScheme.ISO_6523),
        (_DID, OperatorScheme.DID),
        (_DOI, OperatorScheme.DOI),
    )
    return next((scheme for form, scheme in forms if form.match(text)), None)
