"""Which batteries on the market make up the set that a use wants: alike, enough, and the cheapest that are.

Source: groups for one system are of equal model and within 5 % of each other's energy (Meguri's own rule, as in matching).
What the market does not show — voltage, current, temperature — is for the offer to settle.
"""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import msgspec

from meguri.reuse.demand import Use
from meguri.reuse.gate import Verdict
from meguri.reuse.records import ListingKind, MarketListing

ALIKE = 0.05
_SOUND = (Verdict.PASS, Verdict.PASS_WITH_LIMITS)


class Interval(msgspec.Struct, frozen=True):
    """A figure with its 90 % interval."""

    value: float
    lower: float
    upper: float


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A listing of the set and the energy that it holds by the certificate [kWh]."""

    listing: MarketListing
    energy_kwh: Interval


class MarketSet(msgspec.Struct, frozen=True, kw_only=True):
    """The set for one use. price: sum of what the sellers ask, minor units; short: how many are still wanted.

    energy_kwh  of all together; bounds are added, for errors of one model go the same way
    """

    demand_id: UUID
    wanted: int
    short: int
    items: tuple[Offered, ...]
    price: int
    currency: str
    energy_kwh: Interval


def market_set(demand_id: UUID, use: Use, listings: Sequence[MarketListing]) -> MarketSet:
    """The set with the most batteries, up to the quantity wanted, and of those the cheapest; ties by listing."""
    alike: dict[tuple[str, str, str], list[Offered]] = defaultdict(list)
    for listing in listings:
        offered = _offered(listing, use)
        if offered is not None:
            alike[listing.shown.maker, listing.shown.model, listing.currency].append(offered)
    best: list[Offered] = []
    for group in alike.values():
        for chosen in _windows(group, use.quantity):
            if (-len(chosen), _price(chosen)) < (-len(best), _price(best)):
                best = chosen
    energy = [one.energy_kwh for one in best]
    return MarketSet(
        demand_id=demand_id,
        wanted=use.quantity,
        short=use.quantity - len(best),
        items=tuple(best),
        price=_price(best),
        currency=best[0].listing.currency if best else "JPY",
        energy_kwh=Interval(
            sum(one.value for one in energy), sum(one.lower for one in energy), sum(one.upper for one in energy)
        ),
    )


def _offered(listing: MarketListing, use: Use) -> Offered | None:
    shown = listing.shown
    if listing.kind is not ListingKind.REUSE or shown.verdict not in _SOUND or shown.soh is None:
        return None
    energy = Interval(
        *(shown.rated_energy_kwh * of / 100 for of in (shown.soh.value, shown.soh.lower, shown.soh.upper))
    )
    if shown.soh.lower < use.soh_min or energy.lower < use.e_min_kwh:
        return None
    return Offered(listing=listing, energy_kwh=energy)


def _windows(group: list[Offered], wanted: int) -> list[list[Offered]]:
    """From each battery on, the cheapest of those that hold at most 5 % more."""
    by_energy = sorted(group, key=lambda one: (one.energy_kwh.value, str(one.listing.listing_id)))
    found = []
    for place, least in enumerate(by_energy):
        near = [one for one in by_energy[place:] if one.energy_kwh.value * (1 - ALIKE) <= least.energy_kwh.value]
        found.append(sorted(near, key=lambda one: (one.listing.price, str(one.listing.listing_id)))[:wanted])
    return found


def _price(items: Sequence[Offered]) -> int:
    return sum(one.listing.price for one in items)
