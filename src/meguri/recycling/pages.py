"""Pages of recycling: overview, deliveries, lots with their genealogy."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.numbers import ZERO, whole
from meguri.kernel.scope import OperatorScope
from meguri.recycling import store
from meguri.recycling.conservation import MASS
from meguri.recycling.drawing import Picture, graph_picture
from meguri.recycling.model import MOISTURE_NEEDED, LotKind, ReClass
from meguri.recycling.pages_shared import (
    AnyRequest,
    Chosen,
    chosen,
    errors_of,
    months_of,
    say,
    sent,
    tabs,
    typed_number,
)
from meguri.recycling.records import Lot, LotInput, Receipt, Run, Share
from meguri.recycling.recovery import Recovery
from meguri.recycling.service import genealogy, lots, passports, periods, rates, runs
from meguri.recycling.service.genealogy import Graph, Trace
from meguri.storage.transaction import Transaction
from meguri.ui import Flash, Place, done, page, viewer_of
from meguri.ui.parts import Choice
from meguri.web import FromPath, FromQuery, Unit, UnitOfWork, editor, page_of, signed_in

PER_PAGE = 50
FIRST_ROWS = 4
places = (Place("recycling", "/recycling"),)


class HomePage(msgspec.Struct, frozen=True, kw_only=True):
    """`recycling.html`."""

    tabs: list[Any]
    chosen: Chosen
    year: int
    rates: Recovery | None
    runs: list[Run]
    lots: list[Lot]
    open_months: list[str]
    may_edit: bool


class LotsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`lots.html`."""

    tabs: list[Any]
    lots: list[Lot]
    next_cursor: str | None
    q: str
    kind: str
    kinds: list[Choice]
    open_only: bool
    may_edit: bool


class LotPage(msgspec.Struct, frozen=True, kw_only=True):
    """`lot.html`."""

    lot: Lot
    element: str
    elements: list[str]
    up: Trace
    down: Trace
    graph: Graph
    picture: Picture
    may_edit: bool
    dangers: list[str]


class BookPage(msgspec.Struct, frozen=True, kw_only=True):
    """`book.html`."""

    chosen: Chosen
    given: dict[str, str]
    rows: list[dict[str, str]]
    kinds: list[Choice]
    units: list[Choice]
    errors: dict[str, str]


@get("/recycling", guards=[signed_in], include_in_schema=False)
async def home(request: AnyRequest, unit: Unit, site: FromQuery[str | None] = None) -> Response[str]:
    """The state of a site in one page: what is open, what is in stock, how the year stands."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> HomePage:
        found = await chosen(tx, scope, site)
        year = clock.today().year
        site_id = found.site.plant_id if found.site else None
        first, last = months_of(year)
        months = await periods.months(tx, scope, site_id) if site_id else []
        return HomePage(
            tabs=tabs(language, ""),
            chosen=found,
            year=year,
            rates=await rates.of_period(tx, scope, site_id=site_id, first=first, last=last) if site_id else None,
            runs=await store.runs_page(tx, scope, before=None, rows=8, site_id=site_id) if site_id else [],
            lots=(await lots.page(tx, scope, limit=8, site_id=site_id, open_only=True))[:8] if site_id else [],
            open_months=[month for month, closed in months if closed is None or closed.state != "closed"],
            may_edit=scope.may_edit,
        )

    return page(request, "recycling.html", await unit(read))


@get("/recycling/lots", guards=[signed_in], include_in_schema=False)
async def lots_list(
    request: AnyRequest,
    unit: Unit,
    cursor: FromQuery[str | None] = None,
    q: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    open_only: FromQuery[str] = "",
) -> Response[str]:
    """All lots, newest first."""
    language = viewer_of(request).language
    wanted = LotKind(kind) if kind in {each.value for each in LotKind} else None

    async def read(tx: Transaction, scope: OperatorScope) -> LotsPage:
        found = await lots.page(
            tx, scope, limit=PER_PAGE, cursor=cursor, kind=wanted, open_only=bool(open_only), text=q or None
        )
        shown = page_of(found, PER_PAGE, lambda lot: (lot.created_at.isoformat(), str(lot.lot_id)))
        return LotsPage(
            tabs=tabs(language, "lots"),
            lots=shown.items,
            next_cursor=shown.next_cursor,
            q=q,
            kind=kind,
            kinds=_kinds(language),
            open_only=bool(open_only),
            may_edit=scope.may_edit,
        )

    return page(request, "lots.html", await unit(read))


def _kinds(language: Any) -> list[Choice]:
    return [Choice(kind.value, say(language, f"kind.{kind.value}")) for kind in LotKind]


@get("/recycling/lots/{lot_id:uuid}", guards=[signed_in], include_in_schema=False)
async def lot_page(
    request: AnyRequest, unit: Unit, lot_id: FromPath[UUID], element: FromQuery[str] = MASS
) -> Response[str]:
    """One lot: what it is made of, where it comes from and where it went."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> LotPage:
        lot = await lots.get(tx, scope, lot_id)
        graph = await genealogy.graph(tx, scope, lot_id, element)
        return LotPage(
            lot=lot,
            element=element,
            elements=[MASS, *sorted({part.element for part in lot.composition})],
            up=await genealogy.upstream(tx, scope, lot_id, element),
            down=await genealogy.downstream(tx, scope, lot_id, element),
            graph=graph,
            picture=_picture(graph, lot_id),
            may_edit=scope.may_edit,
            dangers=[one.of(language) for one in await passports.dangers(tx, lot.passports)],
        )

    return page(request, "lot.html", await unit(read))


def _picture(graph: Graph, here: UUID) -> Picture:
    nodes = [(str(n.lot_id), n.lot_no, n.kind, f"/recycling/lots/{n.lot_id}") for n in graph.nodes]
    edges = [(str(e.parent_id), str(e.child_id), e.kg) for e in graph.edges]
    return graph_picture(nodes, edges, str(here))


@post("/recycling/lots/{lot_id:uuid}/split", guards=[editor], include_in_schema=False, status_code=200)
async def split(request: AnyRequest, unit: Unit, lot_id: FromPath[UUID]) -> Response[Any]:
    """A part of a lot as a lot of its own."""
    form, language = await sent(request), viewer_of(request).language
    try:
        made = await unit(
            runs.split, lot_id, typed_number(form.get("mass_kg", "")) or ZERO, form.get("lot_no", "")[:50]
        )
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        flash = Flash(happened=refusal.sentence(language), kind="attention")
        return done(request, f"/recycling/lots/{lot_id}", flash)
    flash = Flash(happened=say(language, "lot.split_done", lot=made.lot_no), seen_by=say(language, "seen_by"))
    return done(request, f"/recycling/lots/{made.lot_id}", flash)


# Deliveries


async def _book_page(
    request: AnyRequest, unit: UnitOfWork, given: dict[str, str], errors: dict[str, str]
) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> BookPage:
        rows = _rows(given)
        return BookPage(
            chosen=await chosen(tx, scope, given.get("site_id")),
            given=given,
            rows=rows or [{} for _ in range(FIRST_ROWS)],
            kinds=_kinds(language),
            units=[Choice(each, each) for each in ("kg", "t", "g")],
            errors=errors,
        )

    return page(request, "book.html", await unit(read), status_code=422 if errors else 200)


def _rows(form: dict[str, str]) -> list[dict[str, str]]:
    """The composition as typed, row by row."""
    numbers = sorted({n for name in form if (n := whole(name.partition("-")[2].partition("-")[0])) is not None})
    rows = [{"element": form.get(f"row-{n}-element", ""), "pct": form.get(f"row-{n}-pct", "")} for n in numbers]
    if "add_row" in form:
        rows.append({"element": "", "pct": ""})
    return rows


@get("/recycling/book", guards=[editor], include_in_schema=False)
async def book_form(request: AnyRequest, unit: Unit, passport: FromQuery[str] = "") -> Response[str]:
    """A delivery arrives: scan, weigh, book."""
    given = {"passports": passport, "kind": LotKind.WASTE_PACK.value, "unit": "kg"}
    return await _book_page(request, unit, given, {})


@post("/recycling/book", guards=[editor], include_in_schema=False, status_code=200)
async def book(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Books the delivery."""
    form, language = await sent(request), viewer_of(request).language
    if "add_row" in form:
        return await _book_page(request, unit, form, {})
    receipt, errors = _receipt(form, language)
    if receipt is None:
        return await _book_page(request, unit, form, errors)
    try:
        lot = await unit(lots.receive, receipt)
    except Refusal as refusal:
        return await _book_page(request, unit, form, _named(errors_of(request, refusal)))
    flash = Flash(
        happened=say(language, "book.done", lot=lot.lot_no, kg=f"{lot.mass_kg:f}"), seen_by=say(language, "seen_by")
    )
    return done(request, f"/recycling/lots/{lot.lot_id}", flash)


def _named(errors: dict[str, str]) -> dict[str, str]:
    return {name.removeprefix("lot-"): words for name, words in errors.items()}


def _receipt(form: dict[str, str], language: Any) -> tuple[Receipt | None, dict[str, str]]:
    """The delivery as typed, or what is wrong with it by field."""
    errors: dict[str, str] = {}
    mass = typed_number(form.get("mass_wet_kg", ""))
    if mass is None or mass <= 0:
        errors["mass_wet_kg"] = say(language, "book.mass_wrong")
    if not form.get("lot_no"):
        errors["lot_no"] = say(language, "book.lot_no_wrong")
    kind = form.get("kind", "")
    moisture = typed_number(form["moisture_pct"]) if form.get("moisture_pct") else None
    if kind in {each.value for each in MOISTURE_NEEDED} and moisture is None:
        errors["moisture_pct"] = say(language, "book.moisture_wrong")
    shares = []
    for place, row in enumerate(_rows(form)):
        percent = typed_number(row["pct"]) if row["pct"] else None
        if row["element"] and percent is not None:
            shares.append(Share(element=row["element"], mass_fraction=percent / 100, method="assay_sampling"))
        elif row["element"] or row["pct"]:
            errors[f"row-{place}-pct"] = say(language, "book.row_wrong")
    if errors:
        return None, errors
    said = {
        "site_id": form.get("site_id", ""),
        "at": clock.now(),
        "lot": LotInput(
            lot_no=form["lot_no"][:50],
            kind=LotKind(kind) if kind in {each.value for each in LotKind} else LotKind.WASTE_PACK,
            mass_wet_kg=mass or ZERO,
            unit=form.get("unit", "kg"),
            moisture_pct=moisture,
            composition=shares,
            re_class=ReClass.LITHIUM_BASED,
            waste_code=form.get("waste_code") or None,
            is_waste=True,
            passports=[one for one in form.get("passports", "").replace(",", " ").split() if one],
        ),
        "shipped_kg": typed_number(form["shipped_kg"]) if form.get("shipped_kg") else None,
        "weighing_slip": form.get("weighing_slip") or None,
    }
    try:
        return msgspec.convert(said, Receipt), {}
    except msgspec.ValidationError as error:
        return None, {"form": str(error)}


handlers = [home, lots_list, lot_page, split, book_form, book]
