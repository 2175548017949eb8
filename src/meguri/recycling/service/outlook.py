"""A battery's whole-life account from its passports, and how much will come back, against what plants may take."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.numbers import typed
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passport
from meguri.recycling import store_units
from meguri.recycling.service import energy_ahead, journey, posting
from meguri.recycling.service.energy_ahead import Expected
from meguri.recycling.service.whereabouts import silent_since
from meguri.recycling.supply import Forecast, Returning, monthly
from meguri.recycling.whereabouts import Place
from meguri.recycling.wholelife import Life, ModelAccount, PerKwh, WholeLife, account, owner_cost, together
from meguri.storage import Transaction

FINISHED = frozenset({"salt", "metal"})
MOST_BATTERIES = 20_000
MOST_OF_MODEL = 100


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """What the first owner paid and got; conversion emissions of a second life [kg CO2e]. None: unknown.

    transport_kg  carrying the battery in all its lives [kg CO2e]; a line of its own, in the sum when it is stated
    expected_kwh  energy still to come from the battery (low, central, high); None: as its health history tells
    credit_kg     what recycling saves [kg CO2e]: stands beside, is never netted
    """

    price: Decimal | None = None
    resale: Decimal | None = None
    conversion_kg: Decimal | None = None
    transport_kg: Decimal | None = None
    expected_kwh: tuple[Decimal, Decimal, Decimal] | None = None
    credit_kg: Decimal | None = None


def figure(text: str | None) -> Decimal | None:
    """A number ≥ 0 as it is typed; None for nothing, and for what is none."""
    found = typed(text) if text else None
    return found if found is not None and 0 <= found <= 10**15 else None


class LifeAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The account with its lives and the first owner's cost per kWh.

    expected  energy still to come, and where that is from (`stated`, `health`) or why it is missing
    """

    lives: list[Life]
    account: WholeLife
    first_owner: PerKwh
    expected: Expected


async def of_battery(tx: Transaction, scope: OperatorScope, identifier: str, said: Money) -> LifeAccount:
    """Every life of a battery, oldest first, as far as this company may read its passports."""
    ids = [identifier, *await _ancestors(tx, scope, identifier)]
    lives = [
        await _life(tx, scope, one, said, first=place == 0)
        for place, one in enumerate(reversed(list(dict.fromkeys(ids))))
    ]
    expected = Expected(kwh=said.expected_kwh, source="stated")
    if said.expected_kwh is None:
        expected = await energy_ahead.of_battery(tx, scope, identifier)
    lives[-1] = msgspec.structs.replace(lives[-1], expected_kwh=expected.kwh, transport_kg_co2e=said.transport_kg)
    found = await journey.of(tx, scope, identifier)
    recovered: dict[str, Decimal] = {}
    for stage in found.stages:
        if stage.lot_kind in FINISHED:
            for metal, kg in stage.figures.items():
                recovered[metal] = recovered.get(metal, Decimal(0)) + Decimal(str(round(kg, 6)))
    cost = PerKwh(value=None, reason="PRICE_UNKNOWN")
    if said.price is not None:
        cost = owner_cost(said.price, said.resale, lives[0].delivered_kwh)
    whole = account(lives, recovered_kg=recovered, credit_kg_co2e=said.credit_kg)
    return LifeAccount(lives=lives, account=whole, first_owner=cost, expected=expected)


class ModelLives(msgspec.Struct, frozen=True, kw_only=True):
    """A model's account with that of each of its batteries; `more`: it has more than could be read at once."""

    model: str
    account: ModelAccount
    batteries: list[tuple[str, LifeAccount]]
    more: bool


async def of_model(tx: Transaction, scope: OperatorScope, model: str, year: int | None, said: Money) -> ModelLives:
    """The whole-life account of a model's batteries in this company's account of whereabouts; `said` is of one battery."""
    held: list[str] = []
    for place in Place:
        rows = MOST_OF_MODEL + 1 - len(held)
        found = await store_units.batteries_at(tx, scope, place.value, model, year, silent_since(), after="", rows=rows)
        held += [one.passport for one in found]
    ids = held[:MOST_OF_MODEL]
    each = [(one, await of_battery(tx, scope, one, said)) for one in ids]
    paid = None if said.price is None else said.price - (said.resale or 0)
    whole = together([one.lives for _, one in each], [one.account for _, one in each], paid)
    return ModelLives(model=model, account=whole, batteries=each, more=len(held) > MOST_OF_MODEL)


async def _ancestors(tx: Transaction, scope: OperatorScope, identifier: str) -> list[str]:
    try:
        async with tx.savepoint():
            found = await passport.ancestry(tx, scope, identifier)
    except Refusal:
        return []
    return [one.dpp_id for one in sorted(found, key=lambda one: one.depth)]


async def _life(tx: Transaction, scope: OperatorScope, identifier: str, said: Money, *, first: bool) -> Life:
    try:
        async with tx.savepoint():
            values: Mapping[str, Any] = (await passport.read(tx, scope, identifier)).values
    except Refusal:
        values = {}
    made = _figure(values.get("cf_absolute")) if first else said.conversion_kg
    return Life(name=identifier, delivered_kwh=_figure(values.get("energy_throughput")), kg_co2e=made)


def _figure(value: Any) -> Decimal | None:
    """A number, or the `value` of a measured one."""
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return Decimal(str(value))


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected back, and what it is based on."""

    forecast: Forecast
    batteries: int
    permitted_t_per_year: Decimal


async def supply(
    tx: Transaction,
    scope: OperatorScope,
    *,
    site_id: UUID | None,
    mass_kg: float,
    shape: float,
    scale_years: float,
    months: int = 24,
) -> Outlook:
    """Batteries in use that will come back in the next months, by their age and a Weibull lifetime.

    A battery that has lived `age` years comes back when its remaining life is over: its 10, 50 and 90 % quantiles given that
    it lives now. Raises SiteNotFound.
    """
    permitted = Decimal(0)
    if site_id is not None:
        permitted = (await posting.site_of(tx, scope, site_id)).permitted_t_per_year or Decimal(0)
    today = clock.today()
    batteries: list[Returning] = []
    for place in (Place.FIRST_USE, Place.SECOND_LIFE):
        held = await store_units.batteries_at(
            tx, scope, place.value, None, None, silent_since(), after="", rows=MOST_BATTERIES
        )
        for one in held:
            age = max(today.year + today.month / 12 - one.year - 0.5, 0.0)
            low, middle, high = (12 * remaining(age, shape, scale_years, p) for p in (0.1, 0.5, 0.9))
            batteries.append(Returning(mass_kg=mass_kg, months_low=low, months=middle, months_high=high))
    return Outlook(
        forecast=monthly(batteries, today, months, permitted), batteries=len(batteries), permitted_t_per_year=permitted
    )


def remaining(age: float, shape: float, scale: float, p: float) -> float:
    """Years that a battery of `age` still lives with probability 1 − p (Weibull, given that it lives)."""
    hazard = (age / scale) ** shape - math.log(1 - p)
    return float(scale * hazard ** (1 / shape)) - age
