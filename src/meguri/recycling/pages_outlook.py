"""Pages of outlook: a battery's whole-life account, and the supply of returning batteries."""

from decimal import Decimal
from typing import Any

import msgspec
from litestar import Response, get

from meguri.kernel.scope import OperatorScope
from meguri.recycling.pages_shared import AnyRequest, Chosen, chosen, tabs, typed_number
from meguri.recycling.service import outlook, whereabouts
from meguri.recycling.service.outlook import LifeAccount, ModelLives, Money, Outlook
from meguri.storage.transaction import Transaction
from meguri.ui import page, viewer_of
from meguri.ui.parts import Choice
from meguri.web import FromQuery, Unit, signed_in


class LivesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`lives.html`."""

    asked: dict[str, str]
    models: list[Choice]
    found: LifeAccount | None
    model: ModelLives | None
    known: list[str] = []


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
    transport: FromQuery[str] = "",
    model: FromQuery[str] = "",
    expected: FromQuery[str] = "",
    credit: FromQuery[str] = "",
) -> Response[str]:
    """What a battery gave in all its lives, and what it cost."""
    asked = {"passport": passport.strip()[:300], "price": price, "resale": resale, "conversion": conversion}
    asked |= {"expected": expected[:60], "credit": credit, "transport": transport, "model": model.strip()[:120]}
    said = Money(
        price=typed_number(price),
        resale=typed_number(resale),
        conversion_kg=typed_number(conversion),
        transport_kg=typed_number(transport),
        expected_kwh=typed_range(expected),
        credit_kg=typed_number(credit),
    )

    async def read(tx: Transaction, scope: OperatorScope) -> LivesPage:
        names = sorted({name for name, _ in await whereabouts.models(tx, scope)})
        one = asked["passport"]
        all_of = asked["model"] if not one and asked["model"] in names else None
        return LivesPage(
            asked=asked,
            models=[Choice(name, name) for name in names],
            found=await outlook.of_battery(tx, scope, one, said) if one else None,
            model=await outlook.of_model(tx, scope, all_of, None, said) if all_of else None,
            known=[] if one or all_of else await whereabouts.lately(tx, scope),
        )

    return page(request, "lives.html", await unit(read))


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


def typed_range(text: str) -> tuple[Decimal, Decimal, Decimal] | None:
    """`5000 / 7000 / 9000` as low, central and high; one figure alone is all three; None for anything else."""
    found = [typed_number(part) for part in text.replace("–", "/").split("/")]
    figures = sorted(figure for figure in found if figure is not None and figure >= 0)
    if not figures or len(figures) != len(found) or len(figures) not in (1, 3):
        return None
    return figures[0], figures[len(figures) // 2], figures[-1]


def _within(text: str, otherwise: float, low: float | Decimal, high: float) -> float:
    found = typed_number(text)
    return float(found) if found is not None and low <= found <= high else float(otherwise)


handlers = [lives_page, supply_page]
