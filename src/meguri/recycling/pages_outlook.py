"""Pages of outlook: a battery's whole-life account, and the supply of returning batteries."""

from decimal import Decimal
from typing import Any

import msgspec
from litestar import Response, get

from meguri.kernel.scope import OperatorScope
from meguri.recycling.pages_shared import AnyRequest, Chosen, chosen, tabs, typed_number
from meguri.recycling.service import outlook
from meguri.recycling.service.outlook import LifeAccount, Money, Outlook
from meguri.storage.transaction import Transaction
from meguri.ui import page, viewer_of
from meguri.web import FromQuery, Unit, signed_in


class LivesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`lives.html`."""

    asked: dict[str, str]
    found: LifeAccount | None


class SupplyPage(msgspec.Struct, frozen=True, kw_only=True):
    """`supply.html`."""

    tabs: list[Any]
    chosen: Chosen
    found: Outlook
    mass: str
    shape: str
    scale: str
    rows: list[tuple[str, float, float, float]]


@get("/recycling/lives", guards=[signed_in], include_in_schema=False)
async def lives_page(
    request: AnyRequest,
    unit: Unit,
    passport: FromQuery[str] = "",
    price: FromQuery[str] = "",
    resale: FromQuery[str] = "",
    conversion: FromQuery[str] = "",
) -> Response[str]:
    """What a battery gave in all its lives, and what it cost."""
    asked = {"passport": passport.strip()[:300], "price": price, "resale": resale, "conversion": conversion}
    found = None
    if asked["passport"]:
        said = Money(price=typed_number(price), resale=typed_number(resale), conversion_kg=typed_number(conversion))
        found = await unit(outlook.of_battery, asked["passport"], said)
    return page(request, "lives.html", LivesPage(asked=asked, found=found))


@get("/recycling/supply", guards=[signed_in], include_in_schema=False)
async def supply_page(
    request: AnyRequest,
    unit: Unit,
    site: FromQuery[str | None] = None,
    mass: FromQuery[str] = "430",
    shape: FromQuery[str] = "3",
    scale: FromQuery[str] = "12",
) -> Response[str]:
    """How much will come back in the next two years, against permitted capacity."""
    language = viewer_of(request).language
    figures = [_within(mass, 430, 1, 100_000), _within(shape, 3, Decimal("0.2"), 20), _within(scale, 12, 1, 60)]

    async def read(tx: Transaction, scope: OperatorScope) -> SupplyPage:
        place = await chosen(tx, scope, site)
        found = await outlook.supply(
            tx,
            scope,
            site_id=place.site.plant_id if place.site else None,
            mass_kg=figures[0],
            shape=figures[1],
            scale_years=figures[2],
        )
        f = found.forecast
        return SupplyPage(
            tabs=tabs(language, "batteries"),
            chosen=place,
            found=found,
            mass=mass[:12],
            shape=shape[:12],
            scale=scale[:12],
            rows=list(zip(f.months, f.tonnes, f.low, f.high, strict=True)),
        )

    return page(request, "supply.html", await unit(read))


def _within(text: str, otherwise: float, low: float | Decimal, high: float) -> float:
    found = typed_number(text)
    return float(found) if found is not None and low <= found <= high else float(otherwise)


handlers = [lives_page, supply_page]
