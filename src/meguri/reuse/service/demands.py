"""Use cases of second-life demand: uses that want batteries, and which batteries of the company or the market fit them."""

from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.reuse import store, store_deals
from meguri.reuse.demand import Candidate, Use
from meguri.reuse.errors import DemandNotFound
from meguri.reuse.events import DemandChanged
from meguri.reuse.findings import battery_of, figure, soh_of
from meguri.reuse.gate import judge
from meguri.reuse.matching import Match, match
from meguri.reuse.model import Option
from meguri.reuse.records import OPEN_OFFER, Demand, HeldBattery, NewOffer, Offer
from meguri.reuse.service import listings, offers
from meguri.reuse.service.batteries import fade_of, page, prices_of
from meguri.reuse.sourcing import MarketSet, market_set
from meguri.reuse.valuerules import value_rules
from meguri.reuse.valuing import option_draws
from meguri.storage import Transaction

_MOST = 200


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """A match over the company's own batteries; `skipped`: those whose figures are missing, with what is missing."""

    match: Match
    skipped: dict[str, tuple[str, ...]]


async def register(tx: Transaction, scope: OperatorScope, name: str, use: Use) -> Demand:
    """A use that wants batteries."""
    demand_id = new_id()
    await store_deals.add_demand(tx, scope, demand_id, name, msgspec.structs.replace(use, use_id=str(demand_id)))
    await tx.record(DemandChanged(demand_id=demand_id, open=True))
    return next(one for one in await store_deals.demands(tx, scope) if one.demand_id == demand_id)


async def all_demands(tx: Transaction, scope: OperatorScope) -> list[Demand]:
    """The company's uses, newest first."""
    return await store_deals.demands(tx, scope)


async def close(tx: Transaction, scope: OperatorScope, demand_id: UUID) -> None:
    """The use wants no more. Raises DemandNotFound."""
    if not await store_deals.close_demand(tx, scope, demand_id):
        raise DemandNotFound
    await tx.record(DemandChanged(demand_id=demand_id, open=False))


async def match_own(tx: Transaction, scope: OperatorScope) -> Matched:
    """The company's held batteries to its open uses, so that the total value is greatest. Reads only."""
    uses = [msgspec.convert(one.body, Use) for one in await store_deals.demands(tx, scope) if one.open]
    held = [one for one in (await page(tx, scope, limit=_MOST)).items if one.held]
    candidates, skipped = [], {}
    for one in held:
        found, missing = await _candidate(tx, scope, one)
        if found is None:
            skipped[str(one.battery_id)] = missing
        else:
            candidates.append(found)
    return Matched(match=match(candidates, uses), skipped=skipped)


async def on_market(tx: Transaction, scope: OperatorScope, demand_id: UUID) -> MarketSet:
    """The batteries of others that make up what an open use wants. Reads only. Raises DemandNotFound."""
    for one in await store_deals.demands(tx, scope):
        if one.demand_id == demand_id and one.open:
            listed = (await listings.market(tx, scope, limit=_MOST)).items
            others = [each for each in listed if each.seller_id != scope.operator_id]
            return market_set(demand_id, msgspec.convert(one.body, Use), others)
    raise DemandNotFound


async def offer_for_set(tx: Transaction, scope: OperatorScope, demand_id: UUID) -> list[Offer]:
    """Offer each seller of the set the price asked; who has our offer already keeps that one. All or none.

    Raises DemandNotFound, and what `offers.submit` raises.
    """
    found = await on_market(tx, scope, demand_id)
    made = (await offers.page(tx, scope, limit=_MOST)).items
    running = {one.listing_id for one in made if one.buyer_id == scope.operator_id and one.state in OPEN_OFFER}
    asked = [NewOffer(listing_id=one.listing.listing_id, price=one.listing.price) for one in found.items]
    return [await offers.submit(tx, scope, one) for one in asked if one.listing_id not in running]


async def _candidate(
    tx: Transaction, scope: OperatorScope, held: HeldBattery
) -> tuple[Candidate | None, tuple[str, ...]]:
    findings = [one.finding for one in await store.evidence(tx, scope, held.battery_id)]
    soh, facts = soh_of(findings), held.facts
    v_min, v_max = figure(findings, "pack_v_min"), figure(findings, "pack_v_max") or facts.max_voltage_v
    missing = [name for name, given in (("soh", soh), ("pack_v_min", v_min), ("pack_v_max", v_max)) if given is None]
    battery = battery_of(str(held.battery_id), facts, findings, clock.today())
    if soh is None or v_min is None or v_max is None or battery is None:
        return None, tuple(missing)
    fade = await fade_of(tx, scope, held)
    drawn = option_draws(battery, await prices_of(tx, scope), draws=500)
    capacity = figure(findings, "capacity") or (facts.rated_capacity_ah or 0.0) * soh.value / 100
    return (
        Candidate(
            item_id=str(held.battery_id),
            model=facts.model,
            verdict=judge(facts.case(), findings, clock.today()).verdict,
            soh=soh.value,
            soh_lower=soh.lower,
            soh_upper=soh.upper,
            rated_energy_kwh=facts.rated_energy_kwh,
            capacity_ah=capacity,
            v_min=v_min,
            v_max=v_max,
            resistance_ohm=figure(findings, "resistance"),
            type_tested=figure(findings, "type_test_for_use") == 1.0,
            fade_per_year=fade[0] if fade else value_rules().fade_of(facts.chemistry.value).per_year,
            floor=float(drawn[Option.RECYCLE].mean()),
        ),
        (),
    )
