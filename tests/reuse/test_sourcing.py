"""The set that a use wants from the market: alike, as many as there are, and the cheapest of those."""

from uuid import UUID

from meguri.health.model import Chemistry
from meguri.kernel.ids import new_id
from meguri.reuse.demand import Use
from meguri.reuse.gate import Verdict
from meguri.reuse.grade import Grade
from meguri.reuse.model import Soh
from meguri.reuse.records import ListingKind, ListingState, MarketListing, Shown
from meguri.reuse.sourcing import market_set

DEMAND = UUID(int=1)


def use(quantity: int, e_min_kwh: float = 15.0) -> Use:
    return Use(
        use_id="", p_max_kw=5, e_min_kwh=e_min_kwh, v_min=200, v_max=450, temperature_range=(0, 40), cycles_per_day=1,
        dod=0.8, years=8, soh_min=60, soh_eol=50, value_per_kwh=30, quantity=quantity,
    )  # fmt: skip


def listing(
    price: int,
    soh: float = 80.0,
    model: str = "P",
    kind: ListingKind = ListingKind.REUSE,
    verdict: Verdict = Verdict.PASS,
) -> MarketListing:
    shown = Shown(
        model=model, maker="M", chemistry=Chemistry.NMC, rated_energy_kwh=25.0, grade=Grade.B, verdict=verdict,
        soh=Soh(value=soh, lower=soh - 3, upper=soh + 3),
    )  # fmt: skip
    return MarketListing(
        listing_id=new_id(), seller_id=new_id(), kind=kind, state=ListingState.PUBLISHED, price=price, currency="JPY",
        shown=shown, note="", published_at=None, expires_at=None,
    )  # fmt: skip


def test_the_cheapest_of_one_model_within_five_percent_are_taken() -> None:
    found = market_set(DEMAND, use(2), [listing(300), listing(100), listing(200), listing(50, soh=70.0)])
    assert [one.listing.price for one in found.items] == [100, 200]
    assert (found.price, found.short) == (300, 0)
    assert found.energy_kwh.value == 40.0
    assert found.energy_kwh.lower == 2 * 25 * 0.77


def test_a_larger_set_goes_before_a_cheaper_one_and_models_are_not_mixed() -> None:
    found = market_set(DEMAND, use(3), [listing(10, model="Q"), listing(100), listing(200), listing(300, soh=90.0)])
    assert [one.listing.shown.model for one in found.items] == ["P", "P"]
    assert found.short == 1


def test_what_is_not_sound_or_too_weak_is_left_out() -> None:
    weak = [
        listing(1, kind=ListingKind.FEEDSTOCK, verdict=Verdict.VETO),
        listing(1, kind=ListingKind.AS_IS, verdict=Verdict.NOT_ASSESSABLE),
        listing(1, soh=62.0),
    ]
    found = market_set(DEMAND, use(1), weak)
    assert (found.items, found.price, found.short) == ((), 0, 1)
    assert market_set(DEMAND, use(1, e_min_kwh=20.0), [listing(1)]).items == ()
