"""What a shipment of waste needs: documents valid on the day, a way of transport that is allowed, a country that may have it."""

from collections.abc import Sequence
from datetime import date

import msgspec

from meguri.recycling.chain import AS_WHOLE_BATTERY
from meguri.recycling.claiming import Document
from meguri.recycling.errors import DocumentsMissing, ExportBan, PermitExpired
from meguri.recycling.model import LotKind
from meguri.recycling.records import Lot
from meguri.recycling.rulebook import Stamp, rules


class Needed(msgspec.Struct, frozen=True):
    """A document that is needed, met by any one of the kinds; for some kinds of lots only."""

    name: str
    any: tuple[str, ...]
    kinds: tuple[str, ...] = ()


class Export(msgspec.Struct, frozen=True):
    """Kinds that may leave the Union only for countries of the OECD."""

    kinds: tuple[str, ...]
    union: frozenset[str]
    oecd: frozenset[str]


class ShipmentRules(Stamp, frozen=True, kw_only=True):
    """The table."""

    needed: tuple[Needed, ...]
    permits: tuple[str, ...]
    export: Export


def shipment_rules() -> ShipmentRules:
    """The rules in force."""
    return rules("documents", ShipmentRules)


def missing(documents: Sequence[Document], kind: LotKind) -> list[str]:
    """Names of documents that are needed and not there."""
    held = {document.kind for document in documents if not document.revoked}
    return [
        need.name
        for need in shipment_rules().needed
        if (not need.kinds or kind.value in need.kinds) and not held & set(need.any)
    ]


def require_documents(documents: Sequence[Document], kind: LotKind, day: date, lacking: Sequence[str] = ()) -> None:
    """Everything is there, and permits hold on the day. Raises DocumentsMissing, PermitExpired.

    lacking  facts of the lot itself that law demands and nobody gave (`waste_code`, `un_number`)
    """
    absent = [*missing(documents, kind), *lacking]
    if absent:
        raise DocumentsMissing(missing=", ".join(absent))
    for document in documents:
        over = document.valid_to is not None and document.valid_to < day
        early = document.valid_from is not None and document.valid_from > day
        if document.kind in shipment_rules().permits and (over or early):
            valid_to = document.valid_to.isoformat() if document.valid_to else "—"
            raise PermitExpired(permit=document.number, day=day.isoformat(), valid_to=valid_to)


def lacking(lot: Lot, country: str) -> list[str]:
    """What a lot of waste has to say of itself when it leaves a site in the Union: its code, a battery its UN number."""
    if country not in shipment_rules().export.union:
        return []
    un_missing = lot.kind in AS_WHOLE_BATTERY and lot.hazard.un is None
    return [*([] if lot.waste_code else ["waste_code"]), *(["un_number"] if un_missing else [])]


def require_destination(kind: LotKind, origin: str, destination: str, override: str | None = None) -> None:
    """Black mass leaves the Union only for countries of the OECD, unless an authorised person says why. Raises ExportBan."""
    book = shipment_rules().export
    barred = kind.value in book.kinds and origin in book.union and destination not in book.oecd
    if barred and not (override and override.strip()):
        raise ExportBan(country=destination)
