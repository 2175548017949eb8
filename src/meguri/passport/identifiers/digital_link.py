"""GS1 keys in and out of their spellings: Digital Link URI, element string, EPC URN (GS1 Digital Link 1.4; EPC TDS 2.1)."""

import re
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import unquote_to_bytes

from meguri.kernel.addresses import parts_of
from meguri.kernel.identifiers import gs1_check_digit
from meguri.passport.identifiers.errors import (
    EmptyIdentifier,
    InvalidIdentifier,
    InvalidQualifierSequence,
    InvalidSerialCharset,
)
from meguri.passport.identifiers.gs1 import ASSET, GTIN, LOT, PARTY, QUALIFIERS, SERIAL, SITE, Key, checked

_ELEMENT = re.compile(r"\(([0-9]{2,4})\)")
_AI = re.compile(r"[0-9]{2,4}\Z")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_EPC = re.compile(r"urn:epc:(?:id|class):(sgtin|lgtin|sgln|pgln|giai):(.+)\Z")


def key_of_uri(uri: str) -> Key | None:
    """The key within a Digital Link URI, None for a URI without one.

    Segments before the key are allowed; query, fragment and a slash at the end say nothing about identity and are dropped.
    """
    segments = parts_of(uri).path.removesuffix("/").split("/")[1:]
    for place, segment in enumerate(segments[:-1]):
        if segment in QUALIFIERS:
            return _key([_decoded(part) for part in segments[place:]])
    return None


def key_of_elements(text: str) -> Key:
    """The key of an element string `(01)…(10)…(21)…`; the order of its elements is free (GS1 General Specifications §7)."""
    pieces = _ELEMENT.split(text)
    if pieces[0].strip():
        raise InvalidIdentifier(value=text)
    pairs = list(zip(pieces[1::2], (piece.strip() for piece in pieces[2::2]), strict=True))
    primary = next(((ai, value) for ai, value in pairs if ai in QUALIFIERS), None)
    if primary is None:
        raise InvalidIdentifier(value=text)
    ranks = [ai for sequence in QUALIFIERS[primary[0]] for ai in sequence]
    known = sorted((pair for pair in pairs if pair[0] in ranks), key=lambda pair: ranks.index(pair[0]))
    return _key([part for pair in (primary, *known) for part in pair])


def key_of_epc(urn: str) -> Key:
    """The key of an EPC URN: `sgtin`, `lgtin` (class with a lot), `sgln`, `pgln`, `giai`.

    The indicator is the first digit of the item part; the check digit, which an EPC leaves out, is computed.
    """
    matched = _EPC.match(urn)
    if matched is None:
        raise InvalidIdentifier(value=urn)
    kind, parts = matched[1], matched[2].split(".", 2 if matched[1] in ("sgtin", "lgtin", "sgln") else 1)
    prefix = parts[0]
    if not (prefix.isascii() and prefix.isdigit() and 6 <= len(prefix) <= 12):
        raise InvalidIdentifier(value=urn)
    if kind == "giai" and len(parts) == 2:
        return Key(ASSET, checked(ASSET, prefix + _decoded(parts[1])))
    if kind in ("sgtin", "lgtin") and len(parts) == 3 and len(prefix) + len(parts[1]) == 13:
        return _item(urn, prefix, parts[1], SERIAL if kind == "sgtin" else LOT, _decoded(parts[2]))
    if kind in ("sgln", "pgln") and len(parts) >= 2 and len(prefix) + len(parts[1]) == 12:
        return _place(urn, SITE if kind == "sgln" else PARTY, prefix + parts[1], parts[2:])
    raise InvalidIdentifier(value=urn)


def _item(urn: str, prefix: str, item: str, ai: str, value: str) -> Key:
    if not (item.isascii() and item.isdigit()):
        raise InvalidIdentifier(value=urn)
    body = item[0] + prefix + item[1:]
    return Key(GTIN, f"{body}{gs1_check_digit(body)}", ((ai, checked(ai, value)),))


def _place(urn: str, ai: str, body: str, extension: Sequence[str]) -> Key:
    if not (body.isascii() and body.isdigit()):
        raise InvalidIdentifier(value=urn)
    number = f"{body}{gs1_check_digit(body)}"
    if ai == PARTY or not extension or extension[0] == "0":  # "0": the site itself
        return Key(ai, number)
    return Key(ai, number, (("254", checked("254", _decoded(extension[0]))),))


def _key(parts: Sequence[str]) -> Key:
    if len(parts) % 2:
        raise EmptyIdentifier(ai=parts[-1]) if _AI.match(parts[-1]) else InvalidQualifierSequence(ai=parts[-1])
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    (ai, value), qualifiers = pairs[0], pairs[1:]
    value = checked(ai, value)
    _demand_order(ai, [name for name, _ in qualifiers])
    return Key(ai, value, tuple((name, checked(name, said)) for name, said in qualifiers))


def _demand_order(ai: str, names: Sequence[str]) -> None:
    if not names:
        return
    for allowed in QUALIFIERS[ai]:
        if all(name in allowed for name in names) and all(
            allowed.index(one) < allowed.index(other) for one, other in pairwise(names)
        ):
            return
    raise InvalidQualifierSequence(ai=_first_out_of_place(ai, names))


def _first_out_of_place(ai: str, names: Sequence[str]) -> str:
    ranks = {name: rank for sequence in QUALIFIERS[ai] for rank, name in enumerate(sequence)}
    last = -1
    for name in names:
        if ranks.get(name, -1) <= last:
            return name
        last = ranks[name]
    return names[-1]


def _decoded(segment: str) -> str:
    """A path segment, percent-decoded once. What is no UTF-8 or no escape is no character of any key."""
    if _BROKEN_ESCAPE.search(segment):
        raise InvalidSerialCharset(ai="URI", sign="%")
    try:
        return unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidSerialCharset(ai="URI", sign="%") from None
