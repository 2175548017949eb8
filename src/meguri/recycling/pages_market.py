"""The page of the market: what is offered and how it fits, what one looks for, and deals under way."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.numbers import plain, whole
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.recycling.grading import Graded
from meguri.recycling.market import FEEDSTOCK, FORMS, Deal, Match, Offer, OfferInput, Want, WantInput
from meguri.recycling.pages_shared import AnyRequest, say, sent, tabs, typed_number
from meguri.recycling.rulebook import GradeRules, rules
from meguri.recycling.service import lots, trading
from meguri.recycling.service.trading import Carriage
from meguri.storage.transaction import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.parts import Choice
from meguri.web import FromPath, Unit, editor, signed_in

MOST = 50
FIRST_ROWS = 2
UNITS = ("ppm", "wt%", "um")
MODES = ("road", "rail", "sea", "air")
SOLD = ("salt", "metal", "graphite", "precursor", "cathode_active_material", *sorted(FEEDSTOCK))


class MarketPage(msgspec.Struct, frozen=True, kw_only=True):
    """`market.html`."""

    tabs: list[Any]
    me: UUID
    offers: list[Offer]
    names: dict[UUID, str]
    wants: list[tuple[Want, list[Match]]]
    deals: list[Deal]
    lots: list[Choice]
    materials: list[Choice]
    forms: list[Choice]
    units: list[Choice]
    packings: dict[UUID, list[Choice]]
    sites: list[Choice]
    modes: list[Choice]
    given: dict[str, str]
    limits: list[dict[str, str]]
    errors: dict[str, str]
    may_edit: bool


@get("/recycling/market", guards=[signed_in], include_in_schema=False)
async def market(request: AnyRequest, unit: Unit) -> Response[str]:
    """The market in one page."""
    return await _market(request, unit, {}, {})


async def _market(request: AnyRequest, unit: Unit, given: dict[str, str], errors: dict[str, str]) -> Response[str]:
    """The market with what was typed into the form of a want, and what is wrong with it."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> MarketPage:
        offered = (await trading.offers(tx, scope, limit=MOST))[:MOST]
        deals = await trading.deals(tx, scope)
        held = (await lots.page(tx, scope, limit=100, open_only=True))[:100]
        ids = {one.operator_id for one in offered} | {d.seller_id for d in deals} | {d.buyer_id for d in deals}
        return MarketPage(
            tabs=tabs(language, "market"),
            me=scope.operator_id,
            offers=offered,
            names=await operators.names_of(tx, scope, ids),
            wants=against_words(language, await trading.matches(tx, scope)),
            deals=deals,
            lots=[
                Choice(str(lot.lot_id), " ".join(filter(None, (lot.lot_no, lot.material, f"{plain(lot.left_kg)} kg"))))
                for lot in held
                if lot.kind.value in SOLD
            ],
            materials=[
                *(Choice(name, name) for name in rules("grading", GradeRules).materials),
                *(Choice(kind, say(language, f"kind.{kind}")) for kind in sorted(FEEDSTOCK)),
            ],
            forms=[Choice(form, say(language, f"form.{form}")) for form in FORMS],
            units=[Choice(each, say(language, f"market.unit.{each.replace('%', '')}")) for each in UNITS],
            packings={
                deal_id: [Choice(each, each) for each in allowed]
                for deal_id, allowed in (await trading.packings(tx, scope, deals)).items()
            },
            sites=[Choice(str(plant.plant_id), plant.name) for plant in await plants.all_plants(tx, scope)],
            modes=[Choice(each, say(language, f"market.mode.{each}")) for each in MODES],
            given=given,
            limits=_limit_rows(given) or [{} for _ in range(FIRST_ROWS)],
            errors=errors,
            may_edit=scope.may_edit,
        )

    return page(request, "market.html", await unit(read), status_code=422 if errors else 200)


def against_words(language: Language, matches: list[tuple[Want, list[Match]]]) -> list[tuple[Want, list[Match]]]:
    """Matches with what stands against them in the reader's words."""

    def worded(told: str) -> str:
        what, _, rest = told.partition(": ")
        if rest in {*FORMS, *(grade.value for grade in Graded)}:
            rest = say(language, f"{what}.{rest}")
        return say(language, f"market.against_{what.replace(' ', '_')}", rest=rest).rstrip(": ")

    return [
        (want, [msgspec.structs.replace(one, against=[worded(told) for told in one.against]) for one in found])
        for want, found in matches
    ]


_OF_LIMIT = ("analyte", "unit", "least", "most")


def _limit_rows(form: dict[str, str]) -> list[dict[str, str]]:
    """The limits as typed, row by row; one more when it is asked for."""
    numbers = sorted({n for name in form if name.startswith("limit-") and (n := whole(name.split("-")[1])) is not None})
    rows = [{name: form.get(f"limit-{n}-{name}", "").strip() for name in _OF_LIMIT} for n in numbers]
    return [*rows, {}] if "add_row" in form else rows


def typed_limits(form: dict[str, str], language: Language) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Limits by rows of fields: analyte, unit, at least, at most; and what is wrong, by field. A blank row is none."""
    found, errors = [], dict[str, str]()
    for n, row in enumerate(_limit_rows(form)):
        bounds = {name: typed_number(row.get(name, "")) for name in ("least", "most") if row.get(name)}
        if not row.get("analyte") and not bounds:
            continue
        for name, bound in bounds.items():
            if bound is None:
                errors[f"limit-{n}-{name}"] = say(language, "market.limit_number")
        if not row.get("analyte"):
            errors[f"limit-{n}-analyte"] = say(language, "market.limit_analyte")
        if not bounds:
            errors[f"limit-{n}-most"] = say(language, "market.limit_needed")
        low, high = bounds.get("least"), bounds.get("most")
        if low is not None and high is not None and low > high:
            errors[f"limit-{n}-most"] = say(language, "market.limit_order")
        unit = row.get("unit") if row.get("unit") in UNITS else UNITS[0]
        written = {name: str(bound) for name, bound in bounds.items()}
        found.append({"analyte": row.get("analyte", "")[:40], "unit": str(unit), **written})
    return found, errors


@post("/recycling/market", guards=[editor], include_in_schema=False, status_code=200)
async def act(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Offers a lot, or says what one looks for."""
    form, language = await sent(request), viewer_of(request).language
    wanted = form.get("act") == "want"
    limits, errors = typed_limits(form, language) if wanted else ([], {})
    if wanted and ("add_row" in form or errors):
        return await _market(request, unit, form, {} if "add_row" in form else errors)
    try:
        if wanted:
            kg = typed_number(form.get("kg", ""))
            price = typed_number(form.get("most", ""))
            said: dict[str, Any] = {"material": form.get("material", ""), "kg_per_month": str(kg or 0)}
            if price is not None:
                said["most_price"] = int(price)
            for name, field in (("least_recycled_pct", "recycled"), ("most_cfp_kg", "most-cfp")):
                if (figure := typed_number(form.get(field, ""))) is not None:
                    said[name] = str(figure)
            if form.get("want-form"):
                said["form"] = form["want-form"]
            if limits:
                said["limits"] = limits
            await unit(trading.want, msgspec.convert(said, WantInput))
            words = "market.want_done"
        else:
            price = typed_number(form.get("price", ""))
            said = {"lot_id": form.get("lot_id", ""), "price": int(price) if price is not None else -1}
            said |= {"form": form["form"]} if form.get("form") else {}
            if (cfp := typed_number(form.get("cfp", ""))) is not None:
                said["cfp_kg"] = str(cfp)
            await unit(trading.offer, msgspec.convert(said, OfferInput))
            words = "market.offer_done"
    except msgspec.ValidationError:
        return done(request, "/recycling/market", Flash(happened=say(language, "market.wrong"), kind="attention"))
    except Refusal as refusal:
        return done(request, "/recycling/market", Flash(happened=refusal.sentence(language), kind="attention"))
    return done(
        request, "/recycling/market", Flash(happened=say(language, words), seen_by=say(language, "market.seen"))
    )


@post("/recycling/market/{thing_id:uuid}", guards=[editor], include_in_schema=False, status_code=200)
async def deal(request: AnyRequest, unit: Unit, thing_id: FromPath[UUID]) -> Response[Any]:
    """Proposes, counters, accepts, names the site, refuses, ships or withdraws."""
    form, language = await sent(request), viewer_of(request).language
    name = form.get("act", "")
    price = typed_number(form.get("price", ""))
    try:
        site_id = parse_uuid(form.get("site_id", ""))
        if name == "propose":
            await unit(trading.propose, thing_id, int(price or 0), site_id)
        elif name == "counter":
            await unit(trading.counter, thing_id, int(price or 0))
        elif name == "site":
            await unit(trading.name_site, thing_id, site_id or thing_id)
        elif name == "ship":
            mode = form.get("mode", "")
            how = Carriage(
                packing=form.get("packing", "")[:20] or None,
                mode=mode if mode in MODES else MODES[0],
                approval_no=form.get("approval_no", "")[:100] or None,
            )
            await unit(trading.ship, thing_id, site_id, how)
        elif name == "accept":
            await unit(trading.accept, thing_id, site_id)
        elif name == "refuse":
            await unit(trading.refuse, thing_id)
        else:
            await unit(trading.withdraw, thing_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return done(request, "/recycling/market", Flash(happened=refusal.sentence(language), kind="attention"))
    flash = Flash(happened=say(language, "market.done"), seen_by=say(language, "market.seen_both"))
    return done(request, "/recycling/market", flash)


handlers = [market, act, deal]
