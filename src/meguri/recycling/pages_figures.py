"""Pages of figures: months and their closing, rates beside targets, the Sankey of a year."""

import csv
import io
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.kernel.errors import Invalid, NotFound, Refusal
from meguri.kernel.numbers import plain
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.recycling import store
from meguri.recycling.drawing import Picture, in_order, sankey_picture
from meguri.recycling.grading import GradedRecovery
from meguri.recycling.ledger import require_month
from meguri.recycling.pages_shared import (
    ELEMENTS,
    STATUS_SIGN,
    AnyRequest,
    Chosen,
    chosen,
    months_of,
    say,
    sent,
    tabs,
    year_of,
)
from meguri.recycling.recovery import Rate, Recovery
from meguri.recycling.sankey import Sankey
from meguri.recycling.service import periods, rates, sites
from meguri.recycling.store import BalanceRow, Period
from meguri.storage.transaction import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.parts import Choice
from meguri.web import FromPath, FromQuery, Unit, editor, signed_in


class MonthRow(msgspec.Struct, frozen=True, kw_only=True):
    """One month of a site."""

    month: str
    closed: Period | None


class MonthsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`months.html`."""

    tabs: list[Any]
    chosen: Chosen
    rows: list[MonthRow]


class BalanceLine(msgspec.Struct, frozen=True, kw_only=True):
    """Stock and movements of an element at the end of a month [kg]."""

    element: str
    stock: Decimal
    received: Decimal
    lost: Decimal
    shipped: Decimal
    correction: Decimal


class MonthPage(msgspec.Struct, frozen=True, kw_only=True):
    """`month.html`."""

    site_id: UUID
    site_name: str
    month: str
    versions: list[Period]
    closed: Period | None
    objections: list[tuple[str, list[str]]]
    balance: list[BalanceLine]
    rates: Recovery
    may_edit: bool
    error: str | None


class RatesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`rates.html`."""

    tabs: list[Any]
    chosen: Chosen
    year: int
    found: Recovery | None
    lines: list[tuple[str, Rate]]
    signs: dict[str, str]
    graded: list[GradedRecovery]


class FlowsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`flows.html`."""

    tabs: list[Any]
    chosen: Chosen
    year: int
    element: str
    elements: list[Choice]
    drawn: Sankey | None
    picture: Picture | None
    rows: list[tuple[str, str, Decimal]]


@get("/recycling/months", guards=[signed_in], include_in_schema=False)
async def months(request: AnyRequest, unit: Unit, site: FromQuery[str | None] = None) -> Response[str]:
    """The months of a site: which are closed, which wait."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> MonthsPage:
        found = await chosen(tx, scope, site)
        rows = await periods.months(tx, scope, found.site.plant_id) if found.site else []
        return MonthsPage(
            tabs=tabs(language, "months"),
            chosen=found,
            rows=[MonthRow(month=month, closed=closed) for month, closed in rows],
        )

    return page(request, "months.html", await unit(read))


async def _month(
    tx: Transaction, scope: OperatorScope, site_id: UUID, month: str, error: str | None = None
) -> MonthPage:
    found = await chosen(tx, scope, str(site_id))
    await sites.settings(tx, scope, site_id)
    versions = await periods.versions(tx, scope, site_id, month)
    held = await store.balances(tx, scope, site_id, None, month)
    against = await periods.objections(tx, scope, site_id, month)
    return MonthPage(
        site_id=site_id,
        site_name=found.site.name if found.site else "",
        month=month,
        versions=versions,
        closed=versions[-1] if versions and versions[-1].state == "closed" else None,
        objections=[(kind, names) for kind, names in against.items() if names],
        balance=balance_of(held),
        rates=await rates.of_period(tx, scope, site_id=site_id, first=month, last=month),
        may_edit=scope.may_edit,
        error=error,
    )


def balance_of(rows: list[BalanceRow]) -> list[BalanceLine]:
    """Accounts as one line per element."""
    elements = sorted({row.element for row in rows if row.book == "physical"}, key=lambda e: (e != "mass", e))

    def kg(element: str, *states: str) -> Decimal:
        return sum(
            (row.qty_kg for row in rows if row.element == element and row.book == "physical" and row.state in states),
            Decimal(0),
        )

    return [
        BalanceLine(
            element=e,
            stock=kg(e, "STOCK", "WIP"),
            received=-kg(e, "EXT_SUPPLIER"),
            lost=kg(e, "LOSS", "EMISSION", "DISPOSAL"),
            shipped=kg(e, "EXT_CUSTOMER", "IN_TRANSIT"),
            correction=kg(e, "CORRECTION"),
        )
        for e in elements
    ]


@get("/recycling/months/{site_id:uuid}/{month:str}", guards=[signed_in], include_in_schema=False)
async def month_page(request: AnyRequest, unit: Unit, site_id: FromPath[UUID], month: FromPath[str]) -> Response[str]:
    """One month: its balance, what stands against closing it, its statement."""
    try:
        return page(request, "month.html", await unit(_month, site_id, month))
    except Invalid:
        raise NotFound from None


@post("/recycling/months/{site_id:uuid}/{month:str}", guards=[editor], include_in_schema=False, status_code=200)
async def close_month(request: AnyRequest, unit: Unit, site_id: FromPath[UUID], month: FromPath[str]) -> Response[Any]:
    """Closes the month, signed by the person who typed its name."""
    form, viewer = await sent(request), viewer_of(request)
    try:
        require_month(month)
        if form.get("confirm") != month:
            wrong = say(viewer.language, "month.confirm_wrong", month=month)
            return page(request, "month.html", await unit(_month, site_id, month, wrong), status_code=422)
        await unit(periods.close, site_id, month, viewer.name or "—")
    except Invalid:
        raise NotFound from None
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        sentence = refusal.sentence(viewer.language)
        return page(request, "month.html", await unit(_month, site_id, month, sentence), status_code=refusal.status)
    flash = Flash(happened=say(viewer.language, "month.done", month=month), seen_by=say(viewer.language, "seen_by"))
    return done(request, f"/recycling/months/{site_id}/{month}", flash)


@get("/recycling/rates", guards=[signed_in], include_in_schema=False)
async def rates_page(
    request: AnyRequest, unit: Unit, site: FromQuery[str | None] = None, year: FromQuery[str | None] = None
) -> Response[str]:
    """Recycling efficiency and recovery of a site's year beside all targets, with the formula."""
    language, wanted = viewer_of(request).language, year_of(year)

    async def read(tx: Transaction, scope: OperatorScope) -> RatesPage:
        place = await chosen(tx, scope, site)
        first, last = months_of(wanted)
        found, sheet = None, []
        if place.site and wanted >= 2025:
            found = await rates.of_period(tx, scope, site_id=place.site.plant_id, first=first, last=last)
            sheet = await rates.graded(tx, scope, place.site.plant_id, first, last, found)
        return RatesPage(
            tabs=tabs(language, "rates"),
            chosen=place,
            year=wanted,
            found=found,
            lines=lines_of(found),
            signs={status.value: sign for status, sign in STATUS_SIGN.items()},
            graded=sheet,
        )

    return page(request, "rates.html", await unit(read))


def lines_of(found: Recovery | None) -> list[tuple[str, Rate]]:
    """The rates in one list, efficiency first."""
    return [("rRE", found.r_re), *found.r_rm.items()] if found else []


async def _flows(
    tx: Transaction, scope: OperatorScope, site: str | None, year: int, element: str, language: Language
) -> FlowsPage:
    place = await chosen(tx, scope, site)
    first, last = months_of(year)
    drawn = None
    if place.site:
        drawn = await rates.flow_chart(tx, scope, place.site.plant_id, element, first, last)
    names = {node.id: node_words(node.label, language) for node in drawn.nodes} if drawn else {}
    return FlowsPage(
        tabs=tabs(language, "flows"),
        chosen=place,
        year=year,
        element=element,
        elements=[Choice(e, say(language, "element.mass") if e == "mass" else e) for e in ELEMENTS],
        drawn=drawn,
        picture=sankey_picture(drawn, names) if drawn and drawn.links else None,
        rows=[(names[link.source], names[link.target], link.value) for link in in_order(drawn)] if drawn else [],
    )


def node_words(label: str, language: Language) -> str:
    """A node's words: a kind of material, a step, or where mass ends."""
    for group in ("kind", "step", "node"):
        key = f"{group}.{label}"
        if has_word(key):
            return say(language, key)
    return label


def has_word(key: str) -> bool:
    """Whether this room has the word."""
    from meguri.ui.words import catalogue

    return f"recycling.{key}" in catalogue()


@get("/recycling/flows", guards=[signed_in], include_in_schema=False)
async def flows_page(
    request: AnyRequest,
    unit: Unit,
    site: FromQuery[str | None] = None,
    year: FromQuery[str | None] = None,
    element: FromQuery[str] = "Ni",
) -> Response[str]:
    """Where an element went in a year, drawn over its table."""
    wanted = element if element in ELEMENTS else "Ni"
    language = viewer_of(request).language
    return page(request, "flows.html", await unit(_flows, site, year_of(year), wanted, language))


@get("/recycling/flows.csv", guards=[signed_in], include_in_schema=False)
async def flows_csv(
    request: AnyRequest,
    unit: Unit,
    site: FromQuery[str | None] = None,
    year: FromQuery[str | None] = None,
    element: FromQuery[str] = "Ni",
) -> Response[bytes]:
    """The same as a file."""
    wanted = element if element in ELEMENTS else "Ni"
    found = await unit(_flows, site, year_of(year), wanted, viewer_of(request).language)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["from", "to", f"{wanted}_kg"])
    table.writerows([(a, b, plain(kg)) for a, b, kg in found.rows])
    return Response(
        b"\xef\xbb\xbf" + out.getvalue().encode(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="flows-{wanted}-{found.year}.csv"'},
    )


handlers = [months, month_page, close_month, rates_page, flows_page, flows_csv]
