"""Routes and dismantling methods side by side, from what was booked and recorded; and the floor they give used batteries."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.errors import FieldError
from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.recycling import store_reports, store_units
from meguri.recycling.errors import UnusableInput
from meguri.recycling.events import FloorFed
from meguri.recycling.rates import half_up
from meguri.recycling.routes import Compared, MethodRow, compared
from meguri.recycling.service import posting, rates
from meguri.reuse import service as reuse
from meguri.reuse.prices import PriceItem
from meguri.storage import Transaction

METALS = ("Li", "Ni", "Co", "Cu")
CENT = Decimal("0.01")
_NOTHING = Text(
    ja="この年の回収率を計算できません。受入と工程を記帳してください。",
    en="No recovery can be computed for this year. Please book deliveries and runs.",
)


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """What a plant's own year says about the material value of a battery, as it entered the prices of used batteries.

    recovered       share of each metal that comes back
    process_per_kg  yen per kg of batteries; None: no run states its cost, so the price that was there stays
    """

    price_set: str
    day: date
    year: int
    recovered: dict[str, Decimal]
    process_per_kg: Decimal | None


async def routes(tx: Transaction, scope: OperatorScope, site_id: UUID | None, year: int) -> list[Compared]:
    """Every route of a year, cheapest per kWh first. Raises SiteNotFound, RuleSetNotValid."""
    if site_id is not None:
        await posting.site_of(tx, scope, site_id)
    first, last = f"{year}-01", f"{year}-12"
    sums = await store_reports.route_sums(tx, scope, site_id, first, last)
    masses: dict[str, dict[str | None, Decimal]] = defaultdict(dict)
    for route, chemistry, kg in await store_reports.route_chemistries(tx, scope, site_id, first, last):
        masses[route][chemistry] = kg
    found = []
    for one in sums:
        rate = await rates.of_period(tx, scope, site_id=site_id, first=first, last=last, route=one.route)
        recovery = {"rRE": rate.r_re.value, **{metal: r.value for metal, r in rate.r_rm.items()}}
        found.append(compared(one, _capacity(masses.get(one.route, {})), recovery))
    return sorted(found, key=lambda one: (one.cost_per_kwh is None, one.cost_per_kwh or ZERO, one.route))


def _capacity(by_chemistry: Mapping[str | None, Decimal]) -> Decimal | None:
    """kWh of the batteries that entered, by the mass of a typical pack; None when a chemistry is not said or not known."""
    total = ZERO
    for chemistry, kg in by_chemistry.items():
        per_kwh = reuse.default_mass(chemistry or "", 1.0)
        if per_kwh is None:
            return None
        total += kg / Decimal(repr(per_kwh))
    return total or None


async def methods(tx: Transaction, scope: OperatorScope) -> list[MethodRow]:
    """Ways of taking batteries apart, by model and tools, quickest first."""
    groups: dict[tuple[str, str], list[list[dict[str, object]]]] = defaultdict(list)
    for unit in await store_units.units(tx, scope, after=None, rows=1000):
        steps = unit.facts.get("bench", [])
        if steps:
            tools = " + ".join(dict.fromkeys(str(step.get("tool")) for step in steps if step.get("tool"))) or "—"
            groups[str(unit.facts.get("model") or "—"), tools].append(steps)
    rows = [
        MethodRow(
            model=model,
            method=tools,
            batteries=len(held),
            minutes=sum(float(str(step.get("minutes") or 0)) for steps in held for step in steps) / len(held),
            hazards=sum(1 for steps in held for step in steps if step.get("hazard")),
        )
        for (model, tools), held in groups.items()
    ]
    return sorted(rows, key=lambda row: (row.model, row.minutes))


async def feed_floor(tx: Transaction, scope: OperatorScope, site_id: UUID, year: int) -> Floor:
    """Put a plant's own recovery and cost into the company's prices of used batteries: their floor as material.

    What the plant's books do not say stays as it was. Raises SiteNotFound, RuleSetNotValid, UnusableInput.
    """
    await posting.site_of(tx, scope, site_id)
    first, last = f"{year}-01", f"{year}-12"
    rate = await rates.of_period(tx, scope, site_id=site_id, first=first, last=last)
    shares = {metal: r.value / 100 for metal, r in rate.r_rm.items() if r.value is not None and metal in METALS}
    if not shares:
        raise UnusableInput(fields=(FieldError("year", _NOTHING, {}),))
    recovered = {metal: half_up(min(share, Decimal(1))) for metal, share in shares.items()}
    sums = await store_reports.route_sums(tx, scope, site_id, first, last)
    into = await store_reports.input_mass(tx, scope, site_id, first, last)
    costs = [one.cost_jpy for one in sums if one.cost_jpy is not None]
    process = half_up(sum(costs, ZERO) / into, CENT) if costs and into else None
    before = await reuse.prices_of(tx, scope)
    source = f"recycling {year} {rate.ruleSet}"
    own = [
        PriceItem(code=f"recovery.{metal}", unit="share", price=float(share), source=source)
        for metal, share in recovered.items()
    ]
    if process is not None and before.currency == "JPY":
        own.append(PriceItem(code="recycle.process", unit="JPY/kg", price=float(process), source=source))
    codes = {item.code for item in own}
    kept = tuple(item for item in before.items if item.code not in codes)
    named = msgspec.structs.replace(
        before, id=f"{before.id.partition(' + ')[0]} + recycling {year}"[:100], date=clock.today(), items=(*kept, *own)
    )
    await reuse.keep_prices(tx, scope, named)
    await tx.record(FloorFed(site_id=site_id, year=year, price_set=named.id))
    return Floor(price_set=named.id, day=named.date, year=year, recovered=recovered, process_per_kg=process)
