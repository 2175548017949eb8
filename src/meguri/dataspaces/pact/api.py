"""Native REST of PACT for the company itself: partners, published footprints, events, product ids, statements."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put
from litestar.params import QueryParameter

from meguri.dataspaces.pact import errors, service
from meguri.dataspaces.pact.model import (
    AskedRequest,
    AskInput,
    IncomingEvent,
    Mapping,
    MappingInput,
    NewPartner,
    OutgoingMessage,
    OwnFootprint,
    Partner,
    PartnerInput,
    Published,
    PublishInput,
    ReceivedFootprint,
    ResultInput,
)
from meguri.footprint.calculation.errors import UnitIncompatible
from meguri.footprint.errors import UnitMismatch
from meguri.footprint.service import Received
from meguri.footprint.worksheets.errors import ResultNotFound
from meguri.kernel.errors import Forbidden, Invalid
from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor
from meguri.traceability.errors import PartNotOwn
from meguri.web import FromPath, Json, Paging, Unit, editor, freshly_proved, page_of, refusals, signed_in


class Partners(msgspec.Struct, frozen=True, kw_only=True):
    """Partners, oldest first."""

    items: list[Partner]
    next_cursor: str | None = None


class ChangePartner(PartnerInput, frozen=True, kw_only=True):
    """Another description; `ended`: its credentials open nothing any more."""

    ended: bool = False


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Partners that may read a footprint besides."""

    partners: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=200)]


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """Partners that may read a footprint by name."""

    items: list[UUID]
    next_cursor: str | None = None


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """Events that partners sent, newest first."""

    items: list[IncomingEvent]
    next_cursor: str | None = None


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """Events of ours and whether they arrived, newest first."""

    items: list[OutgoingMessage]
    next_cursor: str | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that we sent, newest first."""

    items: list[AskedRequest]
    next_cursor: str | None = None


class Mappings(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of product ids and own parts."""

    items: list[Mapping]
    next_cursor: str | None = None


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """Footprints of partners, newest first."""

    items: list[ReceivedFootprint]
    next_cursor: str | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a pair holds."""

    confirmed: bool


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """The own part for which a statement shall count."""

    trace_id: UUID


class AnswerByHand(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a request that waits: with all that matches, or a rejection in words."""

    reject: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)] | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`fulfilled` or `rejected`."""

    outcome: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """How many pairs were taken."""

    taken: int


@get("/api/v1/pact/partners", guards=[signed_in], responses=refusals())
async def list_partners(unit: Unit) -> Partners:
    """Partners that may use our PACT service."""
    return Partners(items=await unit(service.partners))


@post("/api/v1/pact/partners", guards=[freshly_proved], responses=refusals(Forbidden, Invalid, errors.BadAddress))
async def add_partner(unit: Unit, data: Json[PartnerInput]) -> NewPartner:
    """A partner with credentials; the secret is shown this once."""
    return await unit(service.add_partner, data)


@put(
    "/api/v1/pact/partners/{partner_id:uuid}",
    guards=[freshly_proved],
    responses=refusals(Forbidden, errors.PartnerNotFound, Invalid, errors.BadAddress),
)
async def change_partner(unit: Unit, partner_id: FromPath[UUID], data: Json[ChangePartner]) -> Partner:
    """Another description, or its end."""
    told = {name: getattr(data, name) for name in PartnerInput.__struct_fields__}
    return await unit(service.change_partner, partner_id, PartnerInput(**told), ended=data.ended)


@post(
    "/api/v1/pact/partners/{partner_id:uuid}/secret",
    guards=[freshly_proved],
    responses=refusals(Forbidden, errors.PartnerNotFound),
)
async def renew_secret(unit: Unit, partner_id: FromPath[UUID]) -> NewPartner:
    """Other credentials; the former ones open nothing any more."""
    return await unit(service.new_secret, partner_id)


@get("/api/v1/pact/footprints", guards=[signed_in], responses=refusals(BadCursor))
async def list_own(unit: Unit, paging: Paging) -> Page[OwnFootprint]:
    """What we published, newest first."""
    after = parse_uuid(decode_cursor(paging.cursor, 1)[0]) if paging.cursor else None
    found = await unit(service.own_footprints, limit=paging.limit + 1, after=after)
    return page_of(found, paging.limit, lambda one: (str(one.footprint_id),))


@post(
    "/api/v1/pact/footprints",
    guards=[editor],
    responses=refusals(errors.FootprintInvalid, errors.Immutable, PartNotOwn, errors.PartnerNotFound),
)
async def publish(unit: Unit, data: Json[PublishInput]) -> Published:
    """Publishes a ProductFootprint for partners; what it takes the place of is deprecated."""
    return await unit(service.publish, data)


@post(
    "/api/v1/pact/results/{result_id:uuid}",
    guards=[editor],
    responses=refusals(
        ResultNotFound,
        errors.ResultStale,
        errors.NotTheMethod,
        errors.MassUnknown,
        errors.FootprintInvalid,
        errors.PartnerNotFound,
    ),
)
async def publish_result(unit: Unit, result_id: FromPath[UUID], data: Json[ResultInput]) -> Published:
    """Publishes a kept result of a worksheet, from cradle to gate; `pcf` adds what a worksheet does not know."""
    return await unit(service.publish_result, result_id, data)


@get("/api/v1/pact/footprints/{footprint_id:uuid}", guards=[signed_in], responses=refusals(errors.FootprintNotFound))
async def get_own(unit: Unit, footprint_id: FromPath[UUID]) -> OwnFootprint:
    """One footprint as partners get it."""
    return await unit(service.own_footprint, footprint_id)


@post(
    "/api/v1/pact/footprints/{footprint_id:uuid}/deprecate",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.FootprintNotFound),
)
async def deprecate(unit: Unit, footprint_id: FromPath[UUID]) -> OwnFootprint:
    """Withdraws a footprint for good; it can still be read."""
    return await unit(service.deprecate, footprint_id)


@post(
    "/api/v1/pact/footprints/{footprint_id:uuid}/share",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.FootprintNotFound, errors.PartnerNotFound),
)
async def share(unit: Unit, footprint_id: FromPath[UUID], data: Json[Share]) -> Shared:
    """Lets more partners read a footprint, and tells them."""
    return Shared(items=await unit(service.share, footprint_id, data.partners))


@get("/api/v1/pact/events", guards=[signed_in], responses=refusals())
async def list_incoming(unit: Unit) -> Incoming:
    """Events that partners sent."""
    return Incoming(items=await unit(service.incoming))


@post(
    "/api/v1/pact/events/{key_id:uuid}/answer",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.FootprintNotFound),
)
async def answer(unit: Unit, key_id: FromPath[UUID], data: Json[AnswerByHand]) -> Outcome:
    """Answers a request that waited for a person."""
    return Outcome(outcome=await unit(service.answer_by_hand, key_id, reject=data.reject))


@get("/api/v1/pact/messages", guards=[signed_in], responses=refusals())
async def list_outgoing(unit: Unit) -> Outgoing:
    """Events of ours on their way: waiting, sent, refused, abandoned."""
    return Outgoing(items=await unit(service.outgoing))


@post(
    "/api/v1/pact/messages/{message_id:uuid}/again",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.FootprintNotFound),
)
async def send_again(unit: Unit, message_id: FromPath[UUID]) -> OutgoingMessage:
    """Tries a message anew that was given up."""
    return await unit(service.send_again, message_id)


@get("/api/v1/pact/requests", guards=[signed_in], responses=refusals())
async def list_asked(unit: Unit) -> Asked:
    """Requests that we sent to partners."""
    return Asked(items=await unit(service.asked))


@post(
    "/api/v1/pact/partners/{partner_id:uuid}/requests",
    guards=[editor],
    responses=refusals(errors.PartnerNotFound, errors.BadAddress, errors.ProductIdInvalid, PartNotOwn),
)
async def ask(unit: Unit, partner_id: FromPath[UUID], data: Json[AskInput]) -> AskedRequest:
    """Asks a partner for the footprint of its product."""
    return await unit(service.ask, partner_id, data)


@get("/api/v1/pact/statements", guards=[signed_in], responses=refusals())
async def list_statements(unit: Unit) -> Statements:
    """Footprints that partners sent or published."""
    return Statements(items=await unit(service.statements))


@post(
    "/api/v1/pact/statements/{partner_id:uuid}/{footprint_id:uuid}/use",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.FootprintNotFound, PartNotOwn, UnitIncompatible, UnitMismatch),
)
async def use_statement(
    unit: Unit, partner_id: FromPath[UUID], footprint_id: FromPath[UUID], data: Json[Use]
) -> Received:
    """Lets a partner's footprint count for an own part."""
    return await unit(service.use_statement, partner_id, footprint_id, data.trace_id)


@get("/api/v1/pact/mappings", guards=[signed_in], responses=refusals())
async def list_mappings(unit: Unit) -> Mappings:
    """Which product ids stand for which own parts: suggested, confirmed, rejected."""
    return Mappings(items=await unit(service.mapped))


@post(
    "/api/v1/pact/mappings",
    guards=[editor],
    responses=refusals(errors.PartnerNotFound, PartNotOwn, errors.ProductIdInvalid, errors.MappingConflict),
)
async def confirm(unit: Unit, data: Json[MappingInput]) -> Mapping:
    """From now on a product id stands for an own part."""
    return await unit(service.confirm, data)


@post(
    "/api/v1/pact/mappings/{mapping_id:uuid}/decision",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.MappingNotFound, errors.MappingConflict),
)
async def decide(unit: Unit, mapping_id: FromPath[UUID], data: Json[Decision]) -> Mapping:
    """Confirms or rejects a pair."""
    return await unit(service.decide, mapping_id, confirmed=data.confirmed)


@get("/api/v1/pact/mappings/export", guards=[signed_in], media_type="text/csv", responses=refusals())
async def export_mappings(unit: Unit) -> Response[str]:
    """All pairs as CSV."""
    return Response(await unit(service.export_csv), media_type="text/csv")


@post("/api/v1/pact/mappings/import", guards=[editor], status_code=200, responses=refusals(Invalid))
async def import_mappings(
    unit: Unit,
    request: Request[Any, Any, Any],
    file_name: Annotated[str, QueryParameter(description="For the record.")] = "",
) -> Taken:
    """Pairs of a CSV file (the request's body), all or none."""
    text = (await request.body()).decode("utf-8", "replace")
    return Taken(taken=await unit(service.import_csv, text))


handlers = [
    list_partners,
    add_partner,
    change_partner,
    renew_secret,
    list_own,
    publish,
    publish_result,
    get_own,
    deprecate,
    share,
    list_incoming,
    answer,
    list_outgoing,
    send_again,
    list_asked,
    ask,
    list_statements,
    use_statement,
    list_mappings,
    confirm,
    decide,
    export_mappings,
    import_mappings,
]
