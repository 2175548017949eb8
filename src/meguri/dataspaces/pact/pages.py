"""Pages of PACT: partners and their credentials, what was published and received, and which product id is which part."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.dataspaces.pact import service
from meguri.dataspaces.pact.model import (
    AskInput,
    Mapping,
    MappingInput,
    OutgoingMessage,
    OwnFootprint,
    Partner,
    PartnerInput,
    ReceivedFootprint,
    ResultInput,
)
from meguri.footprint.worksheets.model import KeptResult
from meguri.footprint.worksheets.service import result as kept_result
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.forms import text
from meguri.traceability.model import Part
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, Unit, editor, freshly_proved, signed_in

AnyRequest = Request[Any, Any, Any]
MOST_PARTS = 500
_FIELDS = {
    "/pcf/fossilCarbonContent": "fossil_carbon",
    "/pcf/geographyCountry": "country",
    "/productIds/0": "urn",
    "/productIds": "urn",
    "/productDescription": "description",
}


class PactPage(msgspec.Struct, frozen=True, kw_only=True):
    """`pact.html`."""

    partners: list[Partner]
    published: list[OwnFootprint]
    messages: list[OutgoingMessage]
    given: dict[str, str]
    errors: dict[str, str]
    may_edit: bool
    may_administer: bool


class NewPartnerPage(msgspec.Struct, frozen=True, kw_only=True):
    """`pact_secret.html`."""

    name: str
    client_id: str
    secret: str


class MappingsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`pact_mappings.html`."""

    rows: list[Mapping]
    statements: list[ReceivedFootprint]
    parts: list[Part]
    names: dict[UUID, str]
    partners: list[Partner]
    errors: dict[str, str]
    may_edit: bool


class ResultPage(msgspec.Struct, frozen=True, kw_only=True):
    """`pact_result.html`."""

    kept: KeptResult
    part: Part
    gate: Decimal
    partners: list[Partner]
    given: dict[str, str]
    errors: dict[str, str]


@get("/pact", guards=[signed_in], include_in_schema=False)
async def overview(request: AnyRequest, unit: Unit) -> Response[str]:
    """Partners, what was published, and messages on their way."""
    return await _overview(request, unit, {}, {})


@post("/pact/partners", guards=[freshly_proved], include_in_schema=False, status_code=200)
async def add_partner(request: AnyRequest, unit: Unit) -> Response[Any]:
    """A new partner; its secret is shown this once."""
    form = await request.form()
    given = {name: text(form, name) for name in ("name", "base_url", "outgoing_client_id", "outgoing_secret")}
    said = PartnerInput(
        name=given["name"],
        base_url=given["base_url"] or None,
        outgoing_client_id=given["outgoing_client_id"] or None,
        outgoing_secret=given["outgoing_secret"] or None,
        by_hand=bool(form.get("by_hand")),
    )
    try:
        made = await unit(service.add_partner, said)
    except Refusal as refusal:
        language = viewer_of(request).language
        wrong = {one.field: one.of(language) for one in refusal.fields} or {"name": refusal.sentence(language)}
        return await _overview(request, unit, given, wrong)
    partner = made.partner
    shown = NewPartnerPage(name=partner.name, client_id=partner.client_id, secret=made.client_secret)
    return page(request, "pact_secret.html", shown)


@post("/pact/messages/{message_id:uuid}/again", guards=[editor], include_in_schema=False, status_code=200)
async def again(request: AnyRequest, unit: Unit, message_id: FromPath[UUID]) -> Response[Any]:
    """Tries a message anew."""
    await unit(service.send_again, message_id)
    return done(request, "/pact", _flash(request, "again"))


@get("/pact/mappings", guards=[signed_in], include_in_schema=False)
async def mappings(request: AnyRequest, unit: Unit) -> Response[str]:
    """Product ids and own parts, and what partners stated."""
    return await _mappings(request, unit, {})


@post("/pact/mappings", guards=[editor], include_in_schema=False, status_code=200)
async def add_mapping(request: AnyRequest, unit: Unit) -> Response[Any]:
    """A pair, confirmed by hand."""
    form = await request.form()
    partner, part = parse_uuid(text(form, "partner_id")), parse_uuid(text(form, "trace_id"))
    language = viewer_of(request).language
    if partner is None or part is None:
        return await _mappings(request, unit, {"urn": say("footprint.sheet.choose", language)})
    try:
        await unit(service.confirm, MappingInput(partner_id=partner, trace_id=part, urn=text(form, "urn")))
    except Refusal as refusal:
        return await _mappings(request, unit, {"urn": refusal.sentence(language)})
    return done(request, "/pact/mappings", _flash(request, "confirmed"))


@post("/pact/mappings/{mapping_id:uuid}", guards=[editor], include_in_schema=False, status_code=200)
async def decide(request: AnyRequest, unit: Unit, mapping_id: FromPath[UUID]) -> Response[Any]:
    """Confirms or rejects a suggestion."""
    form = await request.form()
    confirmed = text(form, "decision") == "confirm"
    try:
        await unit(service.decide, mapping_id, confirmed=confirmed)
    except Refusal as refusal:
        return await _mappings(request, unit, {"urn": refusal.sentence(viewer_of(request).language)})
    return done(request, "/pact/mappings", _flash(request, "confirmed" if confirmed else "rejected"))


@post("/pact/requests", guards=[editor], include_in_schema=False, status_code=200)
async def ask(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Asks a partner for a footprint."""
    form = await request.form()
    partner_id = parse_uuid(text(form, "ask_partner_id"))
    if partner_id is None:
        return await _mappings(request, unit, {"ask_urn": say("footprint.sheet.choose", viewer_of(request).language)})
    said = AskInput(product_ids=[text(form, "ask_urn")], trace_id=parse_uuid(text(form, "ask_trace_id")))
    try:
        await unit(service.ask, partner_id, said)
    except Refusal as refusal:
        return await _mappings(request, unit, {"ask_urn": refusal.sentence(viewer_of(request).language)})
    return done(request, "/pact/mappings", _flash(request, "asked"))


@get("/pact/results/{result_id:uuid}", guards=[editor], include_in_schema=False)
async def result_form(request: AnyRequest, unit: Unit, result_id: FromPath[UUID]) -> Response[str]:
    """What a result does not know of the footprint that it becomes."""
    return await _result(request, unit, result_id, {}, {})


@post("/pact/results/{result_id:uuid}", guards=[editor], include_in_schema=False, status_code=200)
async def publish_result(request: AnyRequest, unit: Unit, result_id: FromPath[UUID]) -> Response[Any]:
    """Publishes a result."""
    form, language = await request.form(), viewer_of(request).language
    names = ("description", "urn", "fossil_carbon", "country", "partner_id", "everyone")
    given = {name: text(form, name) for name in names}
    carbon = {"fossilCarbonContent": given["fossil_carbon"]} if given["fossil_carbon"] else {}
    place = {"geographyCountry": given["country"].upper()} if given["country"] else {}
    partner = parse_uuid(given["partner_id"])
    said = ResultInput(
        description=given["description"],
        product_ids=[given["urn"]] if given["urn"] else [],
        pcf=carbon | place,
        partners=[partner] if partner else [],
        everyone=bool(given["everyone"]),
    )
    try:
        await unit(service.publish_result, result_id, said)
    except NotFound:
        raise
    except Refusal as refusal:
        wrong = {_FIELDS.get(one.field, "description"): one.of(language) for one in refusal.fields}
        return await _result(request, unit, result_id, given, wrong or {"description": refusal.sentence(language)})
    return done(request, "/pact", _flash(request, "published_now"))


async def _result(
    request: AnyRequest, unit: Unit, result_id: UUID, given: dict[str, str], errors: dict[str, str]
) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> ResultPage:
        kept = await kept_result(tx, scope, result_id)
        return ResultPage(
            kept=kept,
            part=await traceability.part(tx, scope, kept.result.trace_id),
            gate=service.cradle_to_gate(kept),
            partners=await service.partners(tx, scope),
            given=given,
            errors=errors,
        )

    return page(request, "pact_result.html", await unit(read), status_code=422 if errors else 200)


async def _overview(request: AnyRequest, unit: Unit, given: dict[str, str], errors: dict[str, str]) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> PactPage:
        return PactPage(
            partners=await service.partners(tx, scope),
            published=await service.own_footprints(tx, scope),
            messages=await service.outgoing(tx, scope),
            given=given,
            errors=errors,
            may_edit=scope.may_edit,
            may_administer=scope.may_administer,
        )

    return page(request, "pact.html", await unit(read), status_code=422 if errors else 200)


async def _mappings(request: AnyRequest, unit: Unit, errors: dict[str, str]) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> MappingsPage:
        parts, _ = await traceability.parts_page(tx, scope, limit=MOST_PARTS)
        return MappingsPage(
            rows=await service.mapped(tx, scope),
            statements=await service.statements(tx, scope),
            parts=[part for part in parts if not part.is_parent],
            names={part.trace_id: part.name for part in parts},
            partners=await service.partners(tx, scope),
            errors=errors,
            may_edit=scope.may_edit,
        )

    return page(request, "pact_mappings.html", await unit(read), status_code=422 if errors else 200)


def _flash(request: AnyRequest, what: str) -> Flash:
    return Flash(happened=say(f"dataspaces.pact.{what}", viewer_of(request).language))


handlers = [overview, add_partner, again, mappings, add_mapping, decide, ask, result_form, publish_result]
