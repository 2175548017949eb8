"""What happens to a product: events, measured values, second life, transfers."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.kernel.errors import FieldError
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.passport import errors, service
from meguri.passport.api.asking import AnyRequest, body_of, moment_of, named
from meguri.passport.api.reading import READING, Items
from meguri.passport.api.records import OWNING, WRITING
from meguri.passport.lifecycle import Happening
from meguri.passport.model import Issued, NewPassport
from meguri.passport.service import announcing, copying, filling
from meguri.passport.values.shapes import NEGATIVE_EVENTS
from meguri.storage.transaction import Transaction
from meguri.ui import language_for
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, refusals, signed_in, versioned
from meguri.web.openapi import takes


class NewEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happened.

    type   put_into_service, repair, bms_replaced, counter_reset, declare_waste, recycle, suspend, resume, invalidate, or a
           negative event: deep_discharge, overcharge, short_circuit, thermal_event, physical_damage, water_ingress,
           electrical_fault, accident, none_recorded, other
    month  of putting into service, `YYYY-MM`
    determined, not_determined  what a change of status had to determine anew, and why the rest is not
    """

    type: str
    at: datetime | None = None
    month: str | None = None
    reason: str | None = None
    description: dict[str, str] | None = None
    severity: str | None = None
    document_ids: list[str] = []
    determined: dict[str, Any] = {}
    not_determined: str | None = None
    manifest_no: str | None = None
    system_id: str | None = None
    recycling_record_id: str | None = None
    event_id: UUID | None = None


_SHARES = Text(ja="後継パスポートと同じ数の割合を指定してください。", en="Please give one share for each successor.")


class OneSuccession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Second life of one product: into one passport or several; left out, `shares` are equal."""

    operation: str
    successors: list[NewPassport]
    shares: tuple[float, ...] | None = None
    transfer_id: UUID | None = None
    close_rest: bool = False
    soh_evidence: str | None = None
    end_of_waste_evidence: str | None = None


class TransferInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whom, and why."""

    incoming_operator_id: UUID
    reason: str = "sale"
    evidence_document_ids: list[str] = []


LIVING = (
    *OWNING,
    *WRITING,
    errors.EventOutOfOrder,
    errors.EvidenceRequired,
    errors.InvalidDate,
)
_STATES = {each.value: each for each in (Happening.SUSPEND, Happening.RESUME, Happening.INVALIDATE)}
_REPAIRS = ("repair", "bms_replaced", "counter_reset")
_TYPES = ("put_into_service", *_REPAIRS, "declare_waste", "recycle", *_STATES, *NEGATIVE_EVENTS)
_ONE_OF = Text(ja="次から選んでください: {choices}", en="Please choose one of: {choices}")


def _shown(done: Issued) -> Response[Issued]:
    return versioned(done, done.version, status_code=200)


@post(
    "/api/v1/passports/{identifier:str}/events",
    guards=[editor],
    opt=takes(NewEvent),
    status_code=200,
    responses=refusals(*LIVING),
)
async def record_event(unit: Unit, request: AnyRequest, identifier: FromPath[str]) -> Response[Issued]:
    """Records what happened; what the present state does not allow is refused with what is possible."""
    said, name = await body_of(request, NewEvent), named(identifier)

    async def happen(tx: Transaction, scope: OperatorScope) -> Issued:
        return await happened(tx, scope, name, said)

    return await unit.answering(_shown)(happen)


async def happened(tx: Transaction, scope: OperatorScope, name: str, said: NewEvent) -> Issued:
    """One event by its type. Raises InvalidEnum for a type that is none, beside what its own case raises."""
    if said.type not in _TYPES:
        choices = FieldError("/type", _ONE_OF, {"choices": ", ".join(_TYPES)})
        raise errors.InvalidEnum(fields=(choices,), where="/type")
    documents = tuple(said.document_ids)
    if said.type == "put_into_service":
        return await service.put_into_service(tx, scope, name, said.month or "", at=said.at, system_id=said.system_id)
    if said.type in _REPAIRS:
        return await service.repair(
            tx,
            scope,
            name,
            description=said.description or {"ja": "修理", "en": "Repair"},
            at=said.at,
            determined=said.determined,
            not_determined=said.not_determined,
            document_ids=documents,
            kind_of_event=said.type,
            reason=said.reason,
        )
    if said.type == "declare_waste":
        return await service.declare_waste(
            tx,
            scope,
            name,
            at=said.at,
            reason=said.reason,
            determined=said.determined,
            not_determined=said.not_determined,
            manifest_no=said.manifest_no,
        )
    if said.type == "recycle":
        record_id = said.recycling_record_id or ""
        return await service.recycle(tx, scope, name, recycling_record_id=record_id, at=said.at)
    if said.type in _STATES:
        return await service.set_state(tx, scope, name, _STATES[said.type], reason=said.reason or "")
    return await service.record_event(
        tx,
        scope,
        name,
        type=said.type,
        at=said.at,
        severity=said.severity,
        description=said.description,
        document_ids=documents,
        reason=said.reason,
        event_id=said.event_id,
    )


@post(
    "/api/v1/passports/{identifier:str}/measurements",
    guards=[editor],
    opt=takes(service.Batch),
    status_code=202,
    responses=refusals(*OWNING, *WRITING, errors.TooManyReadings),
)
async def record_measurements(unit: Unit, request: AnyRequest, identifier: FromPath[str]) -> service.Recorded:
    """Takes readings: good ones are kept, each bad one is named, known ones are counted."""
    batch = await body_of(request, service.Batch)
    recorded: service.Recorded = await unit(service.record_readings, named(identifier), batch)
    language = language_for(request)
    return msgspec.structs.replace(recorded, rejected=[each.told(language) for each in recorded.rejected])


@get(
    "/api/v1/passports/{identifier:str}/measurements",
    guards=[signed_in],
    responses=refusals(*READING, errors.AccessClassDenied, errors.UnknownAttribute),
)
async def list_measurements(
    unit: Unit,
    paging: Paging,
    identifier: FromPath[str],
    attribute: FromQuery[str | None] = None,
    before: FromQuery[str | None] = None,
) -> Items:
    """Readings, newest first; `before` a moment goes on."""
    found = await unit(
        service.readings, named(identifier), attribute=attribute, before=moment_of(before), limit=paging.limit
    )
    return Items(items=found)


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """Which reading."""

    attribute: str
    measured_at: datetime


@post(
    "/api/v1/passports/{identifier:str}/measurements/confirm",
    guards=[editor],
    opt=takes(Confirmation),
    status_code=200,
    responses=refusals(*OWNING),
)
async def confirm_measurement(unit: Unit, request: AnyRequest, identifier: FromPath[str]) -> dict[str, int]:
    """A reading in doubt is right after all. Body: `attribute`, `measured_at`."""
    said = await body_of(request, Confirmation)
    version = await unit(service.confirm_reading, named(identifier), said.attribute, said.measured_at)
    return {"version": version}


SUCCEEDING = (
    *LIVING,
    errors.PredecessorShareExceeded,
    errors.PredecessorCycle,
    errors.PredecessorNotUsable,
    errors.SafetyVeto,
    errors.DuplicateProductId,
    errors.PublishIncomplete,
    errors.TransferExpired,
    errors.TransferSignature,
    errors.DealingClosed,
    errors.DealingNotFound,
)


@post(
    "/api/v1/passports/succeed",
    guards=[editor],
    opt=takes(service.Succession),
    status_code=201,
    responses=refusals(*SUCCEEDING),
)
async def succeed(unit: Unit, request: AnyRequest) -> service.Succeeded:
    """Second life of several products, n into one or one into n: all of it or nothing."""
    return await unit(service.succeed, await body_of(request, service.Succession))


@post(
    "/api/v1/passports/{identifier:str}/succeed",
    guards=[editor],
    opt=takes(OneSuccession),
    status_code=201,
    responses=refusals(*SUCCEEDING),
)
async def succeed_one(unit: Unit, request: AnyRequest, identifier: FromPath[str]) -> service.Succeeded:
    """Second life of one product."""
    said = await body_of(request, OneSuccession)
    shares = said.shares if said.shares is not None else [1 / len(said.successors) for _ in said.successors]
    if len(shares) != len(said.successors):
        raise errors.PassportInvalid(fields=(FieldError("/shares", _SHARES, {}),), where="/shares")
    wanted = service.Succession(
        operation=said.operation,
        successors=[
            service.Successor(
                passport=passport,
                predecessors=[service.Part(dpp_id=named(identifier), share=share, transfer_id=said.transfer_id)],
            )
            for passport, share in zip(said.successors, shares, strict=True)
        ],
        close_rest=said.close_rest,
        soh_evidence=said.soh_evidence,
        end_of_waste_evidence=said.end_of_waste_evidence,
    )
    return await unit(service.succeed, wanted)


@post(
    "/api/v1/passports/{identifier:str}/transfer",
    guards=[editor],
    opt=takes(TransferInput),
    status_code=201,
    responses=refusals(*OWNING, errors.EvidenceRequired, errors.SafetyVeto),
)
async def propose_transfer(unit: Unit, request: AnyRequest, identifier: FromPath[str]) -> service.Transfer:
    """Proposes that another operator takes over; nothing changes until it accepts."""
    said = await body_of(request, TransferInput)
    new = service.NewTransfer(
        dpp_ids=(named(identifier),),
        reason=said.reason,
        incoming_operator_id=said.incoming_operator_id,
        evidence_document_ids=tuple(said.evidence_document_ids),
    )
    return await unit(service.propose_transfer, new)


@post(
    "/api/v1/passports/{identifier:str}/notices",
    guards=[editor],
    opt=takes(announcing.NewNotice),
    status_code=201,
    responses=refusals(*LIVING),
)
async def announce(unit: Unit, request: AnyRequest, identifier: FromPath[str]) -> Response[Issued]:
    """Puts a notice or recall on a passport; on a model's record, it follows on all of its items."""
    new = await body_of(request, announcing.NewNotice)
    made = await unit(announcing.announce, named(identifier), new)
    return versioned(made, made.version, status_code=201)


@post(
    "/api/v1/passports/{identifier:str}/fill", guards=[editor], status_code=200, responses=refusals(*OWNING, *WRITING)
)
async def fill_passport(unit: Unit, identifier: FromPath[str]) -> Response[Issued]:
    """Writes what the house knows and nobody has written: company, published footprint, due diligence."""
    return await unit.answering(_shown)(filling.fill, named(identifier))


@get("/api/v1/passport-backup", guards=[signed_in], responses=refusals())
async def backup_lag(unit: Unit) -> copying.Lag:
    """How far the back-up copies are behind."""
    return await unit(copying.lag)


handlers = [
    announce,
    fill_passport,
    backup_lag,
    record_event,
    record_measurements,
    list_measurements,
    confirm_measurement,
    succeed,
    succeed_one,
    propose_transfer,
]
