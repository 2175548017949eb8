"""What is handed over under each kind of dataset, taken from the records that the company has stated or issued itself."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.dsp.errors import NothingToOffer, NotSoFar, TooWide
from meguri.dataspaces.dsp.kinds import About, Kind
from meguri.dataspaces.dsp.model import NewDataset
from meguri.dataspaces.due_diligence import dd_payload
from meguri.diligence import service as diligence
from meguri.footprint import service as footprint
from meguri.footprint.model import Figures, Statement
from meguri.kernel import clock
from meguri.kernel.ids import parse_uuid
from meguri.kernel.numbers import plain
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passports
from meguri.recycling.errors import LotNotFound, StateTransition
from meguri.recycling.service import reporting as recycling
from meguri.reuse.errors import CertificateNotFound
from meguri.reuse.service import batteries, certificates
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import PartNotOwn

MOST_REACH = 100
_REACH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s|]{4,500}\Z")
_WORDS = {
    "aas-registry": {"ja": "デジタルツインの登録簿", "en": "Digital twin registry"},
    "notification-inbox": {"ja": "デジタルツインの通知の受け口", "en": "Notifications about digital twins"},
}


async def prepared(tx: Transaction, scope: OperatorScope, kind: Kind, subject: str) -> NewDataset:
    """The dataset of this kind about `subject`: a part, a diagnosis certificate, a battery, identifiers of events, or "".

    Raises PartNotOwn, NothingToOffer, NotSoFar, TooWide.
    """
    if kind.about is About.PART:
        return await _of_part(tx, scope, kind, subject)
    if kind.about is About.DIAGNOSIS:
        return await _of_diagnosis(tx, scope, kind, subject)
    if kind.about is About.BATTERY:
        return await _of_recycling(tx, scope, kind, subject.strip()[:300])
    if kind.about is About.EVENTS:
        reach = reach_of(subject)
        first = reach[0] + (" …" if len(reach) > 1 else "")
        return _new(kind, {"ja": f"出来事 {first}", "en": f"Events {first}"}, reach=reach)
    return _new(kind, _WORDS[kind.key])


def _new(kind: Kind, title: dict[str, str], **more: Any) -> NewDataset:
    return NewDataset(
        kind=kind.key,
        title=title,
        type_iri=kind.type_iri,
        formats=list(kind.formats),
        api=kind.interface,
        **more,
    )


def reach_of(said: str) -> list[str]:
    """Identifiers of things whose events are shown, one a line; `*` at the end of one stands for all that begin so.

    Raises TooWide for what is no identifier, or would open everything.
    """
    found = list(dict.fromkeys(one.strip() for one in said.splitlines() if one.strip()))
    if not 0 < len(found) <= MOST_REACH:
        raise TooWide(most=MOST_REACH)
    for one in found:
        bare = one.removesuffix("*")
        host_only = re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:(//[^/]*/?)?|urn:[a-z0-9-]*:?", bare)
        if not _REACH.match(bare) or "*" in bare or host_only:
            raise TooWide(most=MOST_REACH)
    return found


async def _of_part(tx: Transaction, scope: OperatorScope, kind: Kind, subject: str) -> NewDataset:
    trace_id = parse_uuid(subject)
    known = await traceability.parts_by_id(tx, scope, [trace_id]) if trace_id else {}
    if trace_id is None or trace_id not in known:
        raise PartNotOwn
    name = known[trace_id].name
    content = None
    if kind.key == "cfp-result":
        content = await _footprint(tx, scope, trace_id)
    elif kind.key == "parts-structure":
        content = await _structure(tx, scope, trace_id)
    elif kind.key == "dd-result":
        content = await _due_diligence(tx, scope, trace_id)
    return _new(kind, {"ja": name, "en": name}, trace_id=str(trace_id), content=content)


async def _footprint(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> dict[str, Any]:
    """Totals and their quality, nothing of who or what is behind them."""
    found = await footprint.statements(tx, scope, [trace_id])
    figures = _figures(found[0]) if found else None
    if figures is None:
        raise NothingToOffer
    declared = await footprint.footprint(tx, scope, trace_id)
    version = declared.version if declared else 1
    quality = {
        side: {"TeR": _text(one.ter), "GeR": _text(one.ger), "TiR": _text(one.tir)}
        for side, one in (("pre", figures.pre_quality), ("main", figures.main_quality))
    }
    return {
        "responderTraceId": str(trace_id),
        "version": version,
        "pre": _text(figures.pre),
        "main": _text(figures.main),
        "unit": f"kgCO2e/{found[0].own.declared_unit}" if found[0].own else found[0].answer_unit,
        "dqr": quality,
    }


def _figures(statement: Statement) -> Figures | None:
    totals, own = statement.totals, statement.own
    if totals is not None:
        return Figures(
            pre=totals.pre_production + totals.pre_component,
            main=totals.main_production + totals.main_component,
            pre_quality=totals.pre_quality,
            main_quality=totals.main_quality,
        )
    if own is not None:
        return Figures(
            pre=(own.pre_production or 0) + (own.pre_component or 0),  # type: ignore[arg-type]
            main=(own.main_production or 0) + (own.main_component or 0),  # type: ignore[arg-type]
            pre_quality=own.pre_quality,
            main_quality=own.main_quality,
        )
    return statement.answer


def _text(value: Any) -> str | None:
    return None if value is None else plain(value)


async def _structure(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> dict[str, Any]:
    """One level: names and amounts of the direct components, never who delivers them."""
    found = await traceability.structure(tx, scope, trace_id)
    if not found.children:
        raise NothingToOffer
    return {
        "traceId": str(trace_id),
        "name": found.parent.name,
        "unit": found.parent.unit,
        "components": [
            {"name": one.part.name, "amount": plain(one.amount), "unit": one.part.unit} for one in found.children
        ],
    }


async def _due_diligence(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> dict[str, Any]:
    """The company's own result for the part, with what purchased parts bring to it; none that has run out."""
    shown = await diligence.shown_one(tx, scope, trace_id)
    result = shown.total or shown.own
    payload = dd_payload(result)
    if result is None or payload is None or (result.valid_until is not None and result.valid_until < clock.today()):
        raise NothingToOffer
    return {"responderTraceId": str(trace_id), "version": shown.version, "result": payload}


async def _of_diagnosis(tx: Transaction, scope: OperatorScope, kind: Kind, subject: str) -> NewDataset:
    """The battery's diagnosis as the company has certified it: health with intervals, grade and verdict, signed."""
    certificate_id = parse_uuid(subject)
    try:
        found = await certificates.own(tx, scope, certificate_id) if certificate_id else None
    except CertificateNotFound:
        found = None
    if found is None or found.state != "valid" or found.valid_until < clock.now():
        raise NothingToOffer
    said = found.contents
    named = " ".join(one for one in (said.model, said.serial) if one)
    passport_id = (await batteries.get(tx, scope, found.battery_id)).passport_id
    return _new(
        kind,
        {"ja": f"電池診断 {named}", "en": f"Battery diagnosis {named}"},
        trace_id=str(passport_id) if passport_id else None,
        content=_whole(found.credential),
    )


async def _of_recycling(tx: Transaction, scope: OperatorScope, kind: Kind, subject: str) -> NewDataset:
    """The certificate of recycling of one battery, signed once the months of its runs are closed."""
    try:
        signed = await recycling.signed_certificate(tx, scope, subject)
    except LotNotFound:
        raise NothingToOffer from None
    except StateTransition as refusal:
        raise NotSoFar from refusal
    said = signed["credentialSubject"]["recycling"]
    known = await passports.known(tx, subject)
    return _new(
        kind,
        {"ja": f"リサイクル証明書 {said['number']}", "en": f"Certificate of recycling {said['number']}"},
        trace_id=str(known.passport_id) if known else None,
        content=_whole(signed),
    )


def _whole(credential: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins({"credential": credential})
    return made
