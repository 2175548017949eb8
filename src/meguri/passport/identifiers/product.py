"""The unique product identifier (EN 18219 clause 5): every accepted spelling becomes one canonical URI."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from meguri.kernel.addresses import parts_of
from meguri.passport.identifiers import digital_link, gs1
from meguri.passport.identifiers.errors import (
    EmptyIdentifier,
    GranularityMismatch,
    InvalidIdentifier,
    InvalidSerialCharset,
    SerialTooLong,
)
from meguri.passport.identifiers.gs1 import Key

LONGEST_URL = 255
LONGEST_25S = 50
_DID = re.compile(r"did:web:[A-Za-z0-9.-]+(?:%3A[0-9]{1,5})?(?::[A-Za-z0-9._%-]+)*\Z")
_DOI = re.compile(r"https://doi\.org/10\.[0-9]{4,9}/\S+\Z")
_LICENCE = re.compile(r"[A-Z0-9]+\Z")
_ENVELOPE = re.compile("\\[\\)>\x1e06\x1d25S([^\x1d\x1e]*)(?:\x1d[^\x1e]*)?\x1e\x04\\Z")
_25S_PATH = re.compile(r"/(?:[^/]+/)*25S/([^/]*)\Z")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


class Granularity(StrEnum):
    """What the identifier names: all batteries of a model, a batch of them, or one."""

    MODEL = "model"
    BATCH = "batch"
    ITEM = "item"


class Scheme(StrEnum):
    """Of which scheme the identifier is."""

    GS1 = "gs1"
    IEC_61406 = "iec_61406"
    DID = "did"
    ISO_15459 = "iso_15459"
    DOI = "doi"


@dataclass(frozen=True, slots=True)
class ProductIdentifier:
    """One product identifier.

    uri          the canonical URI: what the data carrier holds and what is compared
    granularity  derived from a GS1 key; of other schemes the declared one (item by default)
    key          the GS1 key, when it is one
    """

    scheme: Scheme
    uri: str
    granularity: Granularity
    key: Key | None = None

    @property
    def gtin(self) -> str | None:
        """The 14-digit GTIN, if it is one."""
        return self.key.value if self.key and self.key.ai == gs1.GTIN else None

    @property
    def serial(self) -> str | None:
        """AI 21, if given."""
        return self.key.get(gs1.SERIAL) if self.key else None

    @property
    def batch(self) -> str | None:
        """AI 10, if given."""
        return self.key.get(gs1.LOT) if self.key else None

    @property
    def hri(self) -> str:
        """What is printed beside the symbol for people: `(01)…(21)…`, else the URI."""
        return self.key.element_string if self.key else self.uri

    def of_model(self, base: str) -> "ProductIdentifier | None":
        """The identifier of its model at resolver `base`: the GTIN (and variant) alone. None without a GTIN."""
        if self.key is None or self.key.ai != gs1.GTIN:
            return None
        variant = tuple(pair for pair in self.key.qualifiers if pair[0] == gs1.VARIANT)
        return _gs1(Key(gs1.GTIN, self.key.value, variant), base)


def product_identifier(
    text: str, base: str, declared: Granularity | None = None, *, forms: bool = False
) -> ProductIdentifier:
    """The identifier that `text` spells, canonical at the resolver `base` (`https://id.example.jp`, no slash at the end).

    declared  the level that was said; of a GS1 key it must be the derived one
    forms     whether a bare GTIN and one of 13 digits are taken, as in forms and files
    Raises InvalidIdentifier (with the code of the broken rule), GranularityMismatch.
    """
    text = (_half_width(text) if forms else text).strip()
    if not text:
        raise EmptyIdentifier(ai=gs1.GTIN)
    found = _read(text, base, declared, forms=forms)
    if declared is not None and declared is not found.granularity:
        raise GranularityMismatch(declared=declared, derived=found.granularity)
    return found


def from_parts(
    base: str, gtin: str, *, serial: str | None = None, batch: str | None = None, variant: str | None = None
) -> ProductIdentifier:
    """The identifier of a GTIN (8, 12, 13 or 14 digits) and what is known beside it."""
    said = ((gs1.VARIANT, variant), (gs1.LOT, batch), (gs1.SERIAL, serial))
    qualifiers = tuple((ai, gs1.checked(ai, _half_width(value))) for ai, value in said if value is not None)
    return _gs1(Key(gs1.GTIN, gs1.gtin14(_half_width(gtin).strip(), pad=True), qualifiers), base)


def _half_width(text: str) -> str:
    """Digits and signs as a Japanese keyboard types them become plain ones: a number stays the same number."""
    return "".join(unicodedata.normalize("NFKC", sign) if "\uff01" <= sign <= "\uff5e" else sign for sign in text)


def _read(text: str, base: str, declared: Granularity | None, *, forms: bool) -> ProductIdentifier:
    level = declared or Granularity.ITEM
    if text.startswith("("):
        return _gs1(digital_link.key_of_elements(_padded(text) if forms else text), base)
    if text.startswith("urn:epc:"):
        return _gs1(digital_link.key_of_epc(text), base)
    if text.startswith("did:"):
        return ProductIdentifier(Scheme.DID, _matching(_DID, text), level)
    if _SCHEME.match(text):
        return _url(text, base, level)
    if forms and text.isdigit():
        return from_parts(base, text)
    if text.startswith(("25S", "[)>")):
        return _licence_plate(text, base, level)
    raise InvalidIdentifier(value=text)


def of_a_product(named: ProductIdentifier) -> ProductIdentifier:
    """`named`, unless it is the key of a site or a company, which no product bears. Raises InvalidIdentifier."""
    if named.key is not None and named.key.ai in (gs1.SITE, gs1.PARTY):
        raise InvalidIdentifier(value=named.uri)
    return named


def _url(text: str, base: str, level: Granularity) -> ProductIdentifier:
    plate = _25S_PATH.search(parts_of(text).path)
    if plate is not None:
        return _licence_plate("25S" + plate[1], base, level)
    if _DOI.match(text):
        return ProductIdentifier(Scheme.DOI, text, level)
    key = digital_link.key_of_uri(text)
    if key is not None:
        return _gs1(key, base)
    parts = parts_of(text)
    if parts.scheme.lower() != "https" or not parts.hostname or parts.username or not text.isascii():
        raise InvalidIdentifier(value=text)
    if len(text) > LONGEST_URL:
        raise SerialTooLong(ai="URL", most=LONGEST_URL, length=len(text))
    if any(sign.isspace() for sign in text):
        raise InvalidSerialCharset(ai="URL", sign=" ")
    return ProductIdentifier(Scheme.IEC_61406, text, level)


def _gs1(key: Key, base: str) -> ProductIdentifier:
    return ProductIdentifier(Scheme.GS1, base.rstrip("/") + key.path, _granularity(key), key)


def _granularity(key: Key) -> Granularity:
    if key.ai == gs1.ASSET or key.get(gs1.SERIAL) or key.get(gs1.THIRD_PARTY_SERIAL):
        return Granularity.ITEM
    return Granularity.BATCH if key.get(gs1.LOT) else Granularity.MODEL


def _licence_plate(text: str, base: str, level: Granularity) -> ProductIdentifier:
    """ASC MH10 data identifier 25S: issuing agency code, company number and serial, in capital letters and digits."""
    enveloped = _ENVELOPE.match(text)
    value = enveloped[1] if enveloped else text.removeprefix("25S")
    if not value:
        raise EmptyIdentifier(ai="25S")
    if not _LICENCE.match(value):
        odd = next(sign for sign in value if not _LICENCE.match(sign))
        raise InvalidSerialCharset(ai="25S", sign=odd)
    if len(value) > LONGEST_25S:
        raise SerialTooLong(ai="25S", most=LONGEST_25S, length=len(value))
    return ProductIdentifier(Scheme.ISO_15459, f"{base.rstrip('/')}/25S/{value}", level)


def _matching(form: re.Pattern[str], text: str) -> str:
    if not form.match(text):
        raise InvalidIdentifier(value=text)
    return text


def _padded(elements: str) -> str:
    """`(01)` followed by 13 digits gets its leading zero."""
    return re.sub(r"\(01\)\s*([0-9]{13})(?![0-9])", r"(01)0\1", elements)
