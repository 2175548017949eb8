"""The page that sets routes and dismantling methods side by side."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.recycling.pages_shared import AnyRequest, Chosen, chosen, id_of, say, sent, tabs, year_of
from meguri.recycling.routes import Compared, MethodRow
from meguri.recycling.service import comparing
from meguri.storage.transaction import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.web import FromQuery, Unit, editor, signed_in


class RoutesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`routes.html`."""

    tabs: list[Any]
    chosen: Chosen
    year: int
    routes: list[Compared]
    methods: list[MethodRow]
    metals: list[str]
    may_edit: bool


@get("/recycling/routes", guards=[signed_in], include_in_schema=False)
async def routes_page(
    request: AnyRequest, unit: Unit, site: FromQuery[str | None] = None, year: FromQuery[str | None] = None
) -> Response[str]:
    """Routes of a site's year, and ways of taking batteries apart."""
    language, wanted = viewer_of(request).language, max(year_of(year), 2025)

    async def read(tx: Transaction, scope: OperatorScope) -> RoutesPage:
        here = await chosen(tx, scope, site)
        place: UUID | None = here.site.plant_id if here.site else None
        return RoutesPage(
            tabs=tabs(language, "rates"),
            chosen=here,
            year=wanted,
            routes=await comparing.routes(tx, scope, place, wanted) if place else [],
            methods=await comparing.methods(tx, scope),
            metals=["Li", "Ni", "Co"],
            may_edit=scope.may_edit,
        )

    return page(request, "routes.html", await unit(read))


@post("/recycling/routes/floor", guards=[editor], include_in_schema=False, status_code=200)
async def feed(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Puts the plant's recovery and cost into the prices of used batteries."""
    form, language = await sent(request), viewer_of(request).language
    site, year = id_of(form.get("site")), max(year_of(form.get("year")), 2025)
    back = f"/recycling/routes?year={year}"
    try:
        found = await unit(comparing.feed_floor, site or UUID(int=0), year)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return done(request, back, Flash(happened=refusal.sentence(language), kind="attention"))
    shares = ", ".join(f"{metal} {share * 100:.1f} %" for metal, share in sorted(found.recovered.items()))
    flash = Flash(happened=say(language, "routes.fed", shares=shares), seen_by=say(language, "seen_by"))
    return done(request, back, flash)


handlers = [routes_page, feed]
