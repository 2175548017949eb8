"""A battery's journey as a timeline and a map of companies; where every battery is; where a claim's metal comes from."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.kernel.numbers import whole
from meguri.kernel.scope import OperatorScope
from meguri.recycling.claiming import Claim
from meguri.recycling.drawing import Picture, graph_picture
from meguri.recycling.pages_figures import has_word
from meguri.recycling.pages_shared import AnyRequest, say, sent, tabs
from meguri.recycling.service import claims, journey, whereabouts
from meguri.recycling.service.journey import Journey, Origin
from meguri.recycling.store_units import Battery
from meguri.recycling.whereabouts import Account, Place
from meguri.storage.transaction import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.parts import Choice
from meguri.web import FromPath, FromQuery, Unit, editor, signed_in

PER_PAGE = 50


class JourneyPage(msgspec.Struct, frozen=True, kw_only=True):
    """`journey.html`."""

    journey: Journey | None
    picture: Picture | None
    asked: str
    known: list[str] = []


class ClaimPage(msgspec.Struct, frozen=True, kw_only=True):
    """`claim.html`."""

    claim: Claim
    origins: list[Origin]


class WhereaboutsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`whereabouts.html`."""

    tabs: list[Any]
    account: Account
    models: list[tuple[str, int]]
    model: str
    year: str
    place: str
    batteries: list[Battery]
    places: list[Choice]
    may_edit: bool
    next_cursor: str | None


@get("/recycling/journey", guards=[signed_in], include_in_schema=False)
async def journey_page(request: AnyRequest, unit: Unit, passport: FromQuery[str] = "") -> Response[str]:
    """The journey of any battery, by its passport."""
    language = viewer_of(request).language
    asked = passport.strip()[:300]

    async def read(tx: Transaction, scope: OperatorScope) -> JourneyPage:
        if not asked:
            return JourneyPage(journey=None, picture=None, asked="", known=await whereabouts.lately(tx, scope))
        found = await journey.of(tx, scope, asked)
        stages = [s if has_word(f"stage.{s.kind}") else msgspec.structs.replace(s, kind="event") for s in found.stages]
        found = msgspec.structs.replace(found, stages=stages)
        nodes = [(hand.id, hand.name, say(language, f"hand.{hand.role}"), "#companies") for hand in found.hands]
        drawn = graph_picture(nodes, found.ways, str(scope.operator_id))
        return JourneyPage(journey=found, picture=drawn, asked=asked)

    return page(request, "journey.html", await unit(read))


@get("/recycling/claims/{claim_id:uuid}", guards=[signed_in], include_in_schema=False)
async def claim_page(request: AnyRequest, unit: Unit, claim_id: FromPath[UUID]) -> Response[str]:
    """Where the metal of a claim comes from."""

    async def read(tx: Transaction, scope: OperatorScope) -> ClaimPage:
        claim = await claims.get(tx, scope, claim_id)
        return ClaimPage(claim=claim, origins=await journey.origins_of_claim(tx, scope, claim_id))

    return page(request, "claim.html", await unit(read))


@get("/recycling/batteries", guards=[signed_in], include_in_schema=False)
async def whereabouts_page(
    request: AnyRequest,
    unit: Unit,
    model: FromQuery[str] = "",
    year: FromQuery[str] = "",
    place: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Response[str]:
    """Where every battery is; each figure opens its list."""
    language = viewer_of(request).language
    wanted_year = whole(year) if len(year) == 4 else None
    wanted = Place(place) if place in {each.value for each in Place} else None

    async def read(tx: Transaction, scope: OperatorScope) -> WhereaboutsPage:
        found: list[Battery] = []
        if wanted is not None:
            found = await whereabouts.batteries_at(
                tx, scope, wanted, model or None, wanted_year, limit=PER_PAGE, after=cursor[:200]
            )
        return WhereaboutsPage(
            tabs=tabs(language, "batteries"),
            account=await whereabouts.of(tx, scope, model or None, wanted_year),
            models=await whereabouts.models(tx, scope),
            model=model,
            year=year,
            place=place,
            batteries=found[:PER_PAGE],
            places=[
                Choice(one.value, say(language, f"place.{one.value}")) for one in Place if one is not Place.UNKNOWN
            ],
            may_edit=scope.may_edit,
            next_cursor=found[PER_PAGE - 1].passport if len(found) > PER_PAGE else None,
        )

    return page(request, "whereabouts.html", await unit(read))


@post("/recycling/batteries", guards=[editor], include_in_schema=False, status_code=200)
async def report_battery(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Says where a battery is: exported with its report, lost, returned, or met again."""
    form, language = await sent(request), viewer_of(request).language
    said = {
        "passport": form.get("passport", ""),
        "model": form.get("model", ""),
        "year": whole(form.get("year", "")) or 0,
        "place": form.get("place", ""),
        "facts": {"report": form["report"]} if form.get("report") else {},
    }
    try:
        sighting = msgspec.convert(said, whereabouts.Sighting)
        if sighting.place is Place.UNKNOWN:
            raise msgspec.ValidationError
    except msgspec.ValidationError:
        return done(request, "/recycling/batteries", Flash(happened=say(language, "where.wrong"), kind="attention"))
    if sighting.place is Place.EXPORTED and not form.get("report"):
        return done(request, "/recycling/batteries", Flash(happened=say(language, "where.no_report"), kind="attention"))
    await unit(whereabouts.report, sighting)
    flash = Flash(happened=say(language, "where.reported"), seen_by=say(language, "seen_by"))
    return done(request, "/recycling/batteries", flash)


handlers = [report_battery, journey_page, claim_page, whereabouts_page]
