"""Pages of recycled content: what is proven, what is claimed, what a battery model may state."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import whole
from meguri.kernel.scope import OperatorScope
from meguri.recycling.claiming import Claim, ClaimInput
from meguri.recycling.credits import credit_rules
from meguri.recycling.model import SourceClass
from meguri.recycling.pages_shared import STATUS_SIGN, AnyRequest, errors_of, say, sent, tabs, typed_number
from meguri.recycling.service import carried, claims, contents
from meguri.recycling.service.carried import CarriedClaim
from meguri.recycling.service.contents import ConsumptionInput, ContentStudy
from meguri.recycling.store_claims import OpenSum
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.parts import Choice
from meguri.web import FromPath, Unit, UnitOfWork, editor, signed_in

MOST, MOST_PARTS = 50, 200
SOURCES = (SourceClass.POST_CONSUMER_BATTERY, SourceClass.BATTERY_MANUFACTURING_WASTE, SourceClass.OTHER_POST_CONSUMER)


class ContentPage(msgspec.Struct, frozen=True, kw_only=True):
    """`content.html`."""

    tabs: list[Any]
    sums: list[OpenSum]
    claims: list[Claim]
    studies: list[ContentStudy]
    signs: dict[str, str]
    given: dict[str, str]
    errors: dict[str, str]
    elements: list[Choice]
    sources: list[Choice]
    evidence: list[str]
    parts: list[Choice]
    received: list[CarriedClaim]
    may_edit: bool


async def _page(request: AnyRequest, unit: UnitOfWork, given: dict[str, str], errors: dict[str, str]) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> ContentPage:
        return ContentPage(
            tabs=tabs(language, "content"),
            sums=await claims.open_sums(tx, scope),
            claims=(await claims.page(tx, scope, limit=MOST))[:MOST],
            studies=await contents.studies(tx, scope),
            signs={status.value: sign for status, sign in STATUS_SIGN.items()},
            given=given,
            errors=errors,
            elements=[Choice(element, element) for element in credit_rules().elements],
            sources=[Choice(source.value, say(language, f"source.{source.value}")) for source in SOURCES],
            evidence=list(credit_rules().needs_evidence),
            parts=[
                Choice("", "—"),
                *(
                    Choice(str(one.trace_id), one.name)
                    for one in (await traceability.parts_page(tx, scope, limit=MOST_PARTS))[0]
                ),
            ],
            received=await carried.received(tx, scope),
            may_edit=scope.may_edit,
        )

    return page(request, "content.html", await unit(read), status_code=422 if errors else 200)


@get("/recycling/content", guards=[signed_in], include_in_schema=False)
async def content_page(request: AnyRequest, unit: Unit) -> Response[str]:
    """Credits, claims and recycled content by model."""
    return await _page(request, unit, {"key": str(new_id())}, {})


@post("/recycling/content/claims", guards=[editor], include_in_schema=False, status_code=200)
async def claim(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Sets credits aside for a claim."""
    form, language = await sent(request), viewer_of(request).language
    qty = typed_number(form.get("qty_kg", ""))
    said = {
        "idempotency_key": form.get("key", "") or str(new_id()),
        "element": form.get("element", ""),
        "source_class": form.get("source_class", ""),
        "qty_kg": str(qty if qty is not None else Decimal(0)),
        "battery_model_id": form.get("battery_model_id", ""),
        "manufacturing_plant_id": form.get("plant_id", ""),
        "year": whole(form.get("year", "")) or 0,
        "trace_id": form.get("trace_id") or None,
    }
    try:
        made = await unit(claims.reserve, msgspec.convert(said, ClaimInput))
    except msgspec.ValidationError:
        return await _page(request, unit, form, {"form": say(language, "content.claim_wrong")})
    except Refusal as refusal:
        return await _page(request, unit, form, errors_of(request, refusal))
    flash = Flash(
        happened=say(language, "content.claim_done", kg=f"{made.qty_kg:f}", element=made.element),
        seen_by=say(language, "seen_by"),
    )
    return done(request, "/recycling/content", flash)


@post("/recycling/content/claims/{claim_id:uuid}", guards=[editor], include_in_schema=False, status_code=200)
async def settle(request: AnyRequest, unit: Unit, claim_id: FromPath[UUID]) -> Response[Any]:
    """Retires a claim on evidence, releases it, or reverses it."""
    form, language = await sent(request), viewer_of(request).language
    act = form.get("act", "")
    if act not in ("retire", "release", "reverse"):
        raise NotFound
    try:
        if act == "retire":
            evidence = {kind: form[kind] for kind in credit_rules().needs_evidence if form.get(kind)}
            await unit(claims.retire, claim_id, evidence)
        elif act == "reverse":
            await unit(claims.reverse, claim_id)
        else:
            await unit(claims.release, claim_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return done(request, "/recycling/content", Flash(happened=refusal.sentence(language), kind="attention"))
    flash = Flash(happened=say(language, f"content.{act}_done"), seen_by=say(language, "content.seen"))
    return done(request, "/recycling/content", flash)


@post("/recycling/content/consumption", guards=[editor], include_in_schema=False, status_code=200)
async def state(request: AnyRequest, unit: Unit) -> Response[Any]:
    """States what a battery model consumed in a year."""
    form, language = await sent(request), viewer_of(request).language
    kg = {e: n for e in credit_rules().elements if (n := typed_number(form.get(f"kg-{e}", ""))) is not None}
    said = {
        "battery_model_id": form.get("battery_model_id", ""),
        "manufacturing_plant_id": form.get("plant_id", ""),
        "year": whole(form.get("year", "")) or 0,
        "by_units_kg": kg,
    }
    try:
        await unit(contents.state_consumption, msgspec.convert(said, ConsumptionInput))
    except msgspec.ValidationError:
        return await _page(request, unit, form, {"form": say(language, "content.consumption_wrong")})
    except Refusal as refusal:
        return await _page(request, unit, form, errors_of(request, refusal))
    flash = Flash(happened=say(language, "content.consumption_done"), seen_by=say(language, "seen_by"))
    return done(request, "/recycling/content", flash)


handlers = [content_page, claim, settle, state]
