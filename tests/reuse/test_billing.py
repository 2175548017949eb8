from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from meguri.reuse.billing import Plan, Swapped, Tariff, bill, delivered_share, equivalent_cycles, wear_price
from meguri.reuse.errors import NegativeEnergy
from meguri.reuse.gate import Verdict
from meguri.reuse.pool import Pack, PackState, PoolRules, pack_to_issue, pool_health, wear_index

D = Decimal
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


def swap(usable: str = "1.2", out: str = "100.00", back: str = "101.05", meter: str = "bms", n: int = 1) -> Swapped:
    return Swapped(
        swap_id=f"s{n}", pack_id=f"p{n}", rated_kwh=D("1.314"), usable_kwh=D(usable), meter=meter,  # type: ignore[arg-type]
        reading_out=D(out), reading_in=D(back),
    )  # fmt: skip


def test_wear_gives_the_worked_figures() -> None:
    assert float(equivalent_cycles(D("1.05"), D("1.314"))) == pytest.approx(0.799087, abs=5e-7)
    tariff = Tariff(plan=Plan.WEAR, value_now=D(250_000), value_floor=D(40_000), efc_remaining=D(1_200))
    assert wear_price(tariff) == 175
    found = bill(tariff, [swap()])
    assert round(found.exact, 2) == D("139.84")
    assert found.total == 140


def test_fair_capacity_gives_the_worked_figures() -> None:
    swaps = [swap(str(D("1.314") * D(share)), n=n) for n, share in enumerate(["0.92"] * 4 + ["0.80"] * 6)]
    assert delivered_share(swaps) == D("0.848")
    found = bill(Tariff(plan=Plan.CAPACITY_FAIR, period_fee=D(3000), guaranteed_share=D("0.90")), swaps)
    assert round(found.exact, 2) == D("2826.67")


def test_a_full_pool_pays_the_fee_and_never_more() -> None:
    found = bill(Tariff(plan=Plan.CAPACITY_FAIR, period_fee=D(3000)), [swap("1.314")])
    assert found.total == 3000
    assert bill(Tariff(plan=Plan.SUBSCRIPTION, period_fee=D(2500)), []).total == 2500


def test_energy_is_billed_by_the_counter_and_by_charge_only_with_a_flag() -> None:
    tariff = Tariff(plan=Plan.ENERGY, per_kwh=D(40))
    counted = bill(tariff, [swap()]).lines[0]
    assert (counted.energy_kwh, counted.amount, counted.flags) == (D("1.05"), D(42), ())
    assert (counted.meter, counted.reading_out, counted.reading_in) == ("bms", D("100.00"), D("101.05"))
    guessed = bill(tariff, [swap("1.2", "95", "20", "soc")]).lines[0]
    assert (guessed.energy_kwh, guessed.flags) == (D("0.9"), ("SOC_FALLBACK",))


def test_a_pack_below_the_promise_is_credited_by_itself() -> None:
    tariff = Tariff(plan=Plan.ENERGY, per_kwh=D(40), min_usable_kwh=D("1.0"), short_credit=D(30))
    found = bill(tariff, [swap("1.2", n=1), swap("0.9", n=2)])
    assert [line.kind for line in found.lines] == ["energy", "energy", "credit"]
    assert found.total == 42 + 42 - 30


def test_a_meter_that_runs_backwards_is_refused() -> None:
    with pytest.raises(NegativeEnergy):
        bill(Tariff(plan=Plan.ENERGY, per_kwh=D(40)), [swap(out="101", back="100")])


RULES = PoolRules(efc_life=1500, age_life=8)


def pack(pack_id: str, efc: float, age: float, **more: object) -> Pack:
    given = {
        "state": PackState.CHARGED, "station": "渋谷", "verdict": Verdict.PASS, "soc": 98.0, "usable_kwh": 1.2, "soh": 90.0,
        "idle_since": NOW,
    } | more  # fmt: skip
    return Pack(pack_id=pack_id, efc=efc, age_years=age, **given)  # type: ignore[arg-type]


POOL = [pack("first", 600, 2), pack("second", 450, 3), pack("third", 300, 1)]


def test_the_least_worn_pack_is_issued() -> None:
    assert [wear_index(one, RULES) for one in POOL] == pytest.approx([0.65, 0.675, 0.325])
    chosen = pack_to_issue(POOL, RULES, 1.0)
    assert chosen is not None
    assert chosen.pack_id == "third"


@pytest.mark.parametrize(
    "change",
    [{"soc": 89.9}, {"usable_kwh": 0.99}, {"verdict": Verdict.PASS_WITH_LIMITS}, {"state": PackState.CHARGING}],
)
def test_a_pack_that_is_not_eligible_is_passed_over(change: dict[str, object]) -> None:
    chosen = pack_to_issue([*POOL[:2], replace(POOL[2], **change)], RULES, 1.0)
    assert chosen is not None
    assert chosen.pack_id == "first"


def test_equally_worn_packs_go_out_longest_idle_first_and_an_empty_pool_gives_none() -> None:
    idle = pack("idle", 300, 1, idle_since=NOW - timedelta(days=1))
    chosen = pack_to_issue([*POOL, idle], RULES, 1.0)
    assert chosen is not None
    assert chosen.pack_id == "idle"
    assert pack_to_issue([], RULES, 1.0) is None


def test_the_health_of_a_pool_shows_shortage_retirement_and_reset() -> None:
    packs = [
        *POOL,
        pack("old", 1490, 5, efc_per_day=0.5),
        pack("weak", 100, 1, soh=65.0),
        pack("reset", 100, 1, soh=97.0, soh_before=88.0),
        pack("gone", 1500, 8, state=PackState.RETIRED),
    ]
    issued = [("渋谷", NOW - timedelta(days=day, hours=4)) for day in range(1, 8) for _ in range(3)]
    found = pool_health(packs, RULES, issued, NOW)
    assert (found.packs, found.retiring, found.reset) == (6, ("old", "weak"), ("reset",))
    assert found.share_below_floor == pytest.approx(1 / 6)
    hour = found.stations[0]
    assert (hour.hour, hour.expected, hour.ready) == (8, 3.0, 6)
    assert 0 < hour.p_shortage < 0.04
