from datetime import date

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reuse.samples import TODAY, battery

from meguri.health.model import Chemistry
from meguri.reuse.draws import generator, normals, split_normal
from meguri.reuse.errors import CurrencyMixed, IntervalInvalid, PriceMissing, PriceSetUnreadable
from meguri.reuse.floor import elements_of, recycling_floor
from meguri.reuse.lot import lot_of
from meguri.reuse.model import VALUED, Option, Soh
from meguri.reuse.prices import PriceItem, PriceSet, demo_prices, read_prices
from meguri.reuse.storage_value import StorageUse, levelised_cost, storage_ceiling
from meguri.reuse.terms import State, summed, terms_of
from meguri.reuse.valuerules import value_rules
from meguri.reuse.valuing import fleet_values, option_draws, price_draws, value

PRICES = demo_prices()


def test_monte_carlo_of_the_market_ceiling_gives_the_known_quantiles() -> None:
    z = generator(0, "cell").standard_normal(20_000)
    soh = split_normal(np.array(80.0), np.array(80 - 1.645 * 2), np.array(80 + 1.645 * 2), z) / 100
    worth = 25.3 * soh * 12_000 - 60_000
    assert np.quantile(worth, (0.1, 0.5, 0.9)) == pytest.approx((175_098, 182_880, 190_662), abs=300)


def test_the_same_seed_gives_the_same_json_and_another_seed_another() -> None:
    def said(seed: int) -> bytes:
        return msgspec.json.encode(value(battery(), PRICES, TODAY, seed=seed))

    assert said(7) == said(7)
    assert said(7) != said(8)


def test_a_battery_is_valued_the_same_alone_and_among_others_in_any_order() -> None:
    lot = [battery(f"pack-{n}", (60.0 + n / 4, 56.0 + n / 4, 63.0 + n / 4)) for n in range(100)]
    among = fleet_values(lot, PRICES, seed=3)
    backwards = fleet_values(lot[::-1], PRICES, seed=3)
    alone = fleet_values([lot[42]], PRICES, seed=3)
    assert np.array_equal(among.p50[42], alone.p50[0])
    assert np.array_equal(among.p10, backwards.p10[::-1])


def test_the_fleet_and_the_single_battery_say_the_same() -> None:
    one = value(battery(module_soh=(70.0, 82.0, 84.0)), PRICES, TODAY, seed=5)
    fleet = fleet_values([battery(module_soh=(70.0, 82.0, 84.0))], PRICES, seed=5)
    assert [found.range.p50 for found in one.options] == [round(p50) for p50 in fleet.p50[0]]


def test_a_sum_factor_by_factor_in_single_precision_is_the_sum_of_the_terms() -> None:
    """Right to a millionth of what is added up: far below what the number of draws leaves open."""
    lot = [battery(f"pack-{n}", (60.0 + n, 56.0 + n, 63.0 + n), module_soh=(70.0, 82.0, 84.0)) for n in range(30)]
    found, rules, price = fleet_values(lot, PRICES, seed=3), value_rules(), price_draws(PRICES, 3, 2000)
    columns = lot_of(lot, rules)
    z = normals(3, columns.names, 2000, 3).astype(np.float64)
    soh = split_normal(columns.soh, columns.lower, columns.upper, z[0])
    state = State(soh, np.exp(columns.fade_sigma * z[1]), np.maximum(1 + columns.mass_u * z[2], 0.0))
    for place, option in enumerate(VALUED):
        terms = terms_of(rules.of(option), columns, state, price)
        worth = sum((np.broadcast_to(term.amount, soh.shape) for term in terms), np.zeros(soh.shape))
        gross = sum(np.abs(term.amount).max() for term in terms)
        assert summed(terms, soh.shape) == pytest.approx(worth, abs=1e-12 * gross)
        for figures, share in ((found.p10, 0.1), (found.p50, 0.5), (found.p90, 0.9)):
            assert figures[:, place] == pytest.approx(np.quantile(worth, share, axis=1), abs=1e-6 * gross)
        assert found.mean[:, place] == pytest.approx(worth.mean(axis=1), abs=1e-6 * gross)
        assert found.p_negative[:, place] == pytest.approx((worth < 0).mean(axis=1), abs=1 / 2000)


def test_every_yen_is_explained() -> None:
    found = value(battery(module_soh=(70.0, 82.0, 84.0)), PRICES, TODAY)
    assert {one.option for one in found.options} == set(Option) - {Option.HOLD_FOR_TEST}
    for one in found.options:
        assert sum(line.amount for line in one.lines) == one.central
        assert all(
            line.text_ja and line.text_en and line.formula and line.inputs and line.sources for line in one.lines
        )
        assert one.range.p10 <= one.range.p50 <= one.range.p90


def test_the_tornado_names_the_inputs_that_move_the_value_the_widest_first() -> None:
    found = value(battery(), PRICES, TODAY).of(Option.REUSE_IN_VEHICLE)
    assert found is not None
    assert found.tornado[0].input == "new.vehicle"
    assert "soh" in [swing.input for swing in found.tornado]
    assert [swing.swing for swing in found.tornado] == sorted((swing.swing for swing in found.tornado), reverse=True)


def test_the_recycling_floor_gives_the_worked_figure() -> None:
    elements = elements_of(
        {"Ni": 27, "Co": 9, "Li": 5.4, "Cu": 24, "Al": 45},
        {"Ni": 2400, "Co": 4500, "Li": 9000, "Cu": 1400, "Al": 380},
    )
    by_symbol = {element.symbol: element.value for element in elements}
    assert by_symbol == pytest.approx({"Ni": 43_092, "Co": 25_008.75, "Li": 20_412, "Cu": 25_704, "Al": 9_576})
    assert sum(by_symbol.values()) == pytest.approx(123_792.75)
    assert recycling_floor(elements, 300, 150, 60) == pytest.approx(60_792.75)


def test_the_floor_may_be_negative() -> None:
    assert recycling_floor((), 300, 150, 60) == -63_000
    assert fleet_values([battery(chemistry=Chemistry.OTHER)], PRICES).mean[0, -1] < 0


STORAGE = StorageUse(
    years=10, depth=0.8, cycles_per_year=300, efficiency=0.88, discount=0.05, opex_per_year=20_000, charge_price=12,
    fade_per_year=0.02,
)  # fmt: skip


def test_the_levelised_cost_of_storage_gives_the_worked_figures() -> None:
    energy, cost, levelised = levelised_cost(STORAGE, 25.3, 0.80, 900_000)
    assert (energy, cost, levelised) == pytest.approx((33_665.275, 613_506.63, 44.957501), rel=1e-6)
    one = np.ones(1)
    most = storage_ceiling(STORAGE, 25.3, 0.80 * one, one, 45 * one, 12 * one, 600_000 * one)
    assert most[0] == pytest.approx(301_430.74, rel=1e-6)


def test_storage_stops_at_the_end_of_life_of_its_use() -> None:
    short = msgspec.structs.replace(STORAGE, soh_eol=0.75)
    one = np.ones(1)
    found = storage_ceiling(short, 25.3, 0.80 * one, one, 45 * one, 12 * one, 0 * one)[0]
    by_hand = sum(
        (25.3 * (0.80 - 0.02 * t) * 0.8 * 300 * (45 - 12 / 0.88) - 20_000) / 1.05 ** (t + 1) for t in range(3)
    )
    assert found == pytest.approx(by_hand, rel=1e-9)


@given(st.floats(50, 100), st.floats(0.5, 15))
@settings(max_examples=30, deadline=None)
def test_a_healthier_battery_is_never_worth_less(soh: float, width: float) -> None:
    worse = battery("same", (soh, max(soh - width, 0), soh + width))
    better = battery("same", (soh + 2, max(soh + 2 - width, 0), min(soh + 2 + width, 110)))
    low, high = fleet_values([worse], PRICES, draws=400), fleet_values([better], PRICES, draws=400)
    assert (high.p50[0] >= low.p50[0] - 1e-6).all()


def test_a_wider_interval_widens_the_range() -> None:
    narrow = value(battery("x", (82, 81, 83)), PRICES, TODAY).of(Option.BACKUP)
    wide = value(battery("x", (82, 62, 100)), PRICES, TODAY).of(Option.BACKUP)
    assert narrow is not None
    assert wide is not None
    assert wide.range.p90 - wide.range.p10 > narrow.range.p90 - narrow.range.p10


def test_replacing_the_worst_module_pays_when_one_module_drags_the_pack_down() -> None:
    dragged = battery("x", (60, 58, 62), module_soh=(60.0, *[88.0] * 11))
    drawn = option_draws(dragged, PRICES)
    assert drawn[Option.REFURBISH].mean() > drawn[Option.REUSE_IN_VEHICLE].mean()


def test_what_was_assumed_is_said() -> None:
    found = value(battery(mass_kg=None), PRICES, TODAY)
    assert {"DEFAULT_COMPOSITION", "DEFAULT_MASS", "DEFAULT_FADE", "DEMO"} <= set(found.warnings)


def test_a_stale_price_set_warns_on_every_figure_and_a_fresh_one_does_not() -> None:
    assert "PRICE_STALE" not in value(battery(), PRICES, date(2026, 2, 14)).warnings
    assert "PRICE_STALE" in value(battery(), PRICES, date(2026, 2, 15)).warnings


def _set(items: tuple[PriceItem, ...]) -> PriceSet:
    return PriceSet(id="mine", date=TODAY, currency="JPY", items=items)


def test_a_missing_price_is_named_and_never_assumed() -> None:
    poor = _set(tuple(item for item in PRICES.items if item.code not in ("metal.Ni", "storage.value")))
    with pytest.raises(PriceMissing) as refused:
        value(battery(), poor, TODAY)
    assert "metal.Ni" in refused.value.sentence("en")
    assert "storage.value" in refused.value.sentence("ja")


def test_mixed_currencies_are_refused() -> None:
    mixed = _set((*PRICES.items, PriceItem(code="metal.Pd", unit="EUR/kg", price=1.0, currency="EUR")))
    with pytest.raises(CurrencyMixed):
        value(battery(), mixed, TODAY)


def test_a_price_curve_is_read_from_csv_and_interpolated() -> None:
    rows = ["code,unit,price,x,date", "metal.Ni,JPY/kg,2400,0,2026-01-10", "metal.Ni,JPY/kg,2000,2,2026-01-10"]
    text = "\n".join([*rows, "transport,JPY/kg,50,,2026-01-12"])
    found = read_prices(text.encode(), "own.csv")
    assert (found.price("metal.Ni", 1.0), found.price("metal.Ni", 9.0), found.price("transport")) == (2200, 2000, 50)
    assert found.date == date(2026, 1, 10)


@pytest.mark.parametrize(
    "content,name", [(b"", "a.csv"), (b"\xff\xfe", "a.csv"), (b"code,price\nx,1\n", "a.csv"), (b"{", "a.json"),
                     (b"code,unit,price\nx,JPY,abc\n", "a.csv")]
)  # fmt: skip
def test_an_unreadable_price_set_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(PriceSetUnreadable):
        read_prices(content, name, TODAY)


@pytest.mark.parametrize("bounds", [(82, 83, 85), (82, 79, 81), (120, 100, 130), (-1, -2, 0)])
def test_bounds_that_do_not_contain_the_value_are_refused(bounds: tuple[float, float, float]) -> None:
    with pytest.raises(IntervalInvalid):
        Soh(value=bounds[0], lower=bounds[1], upper=bounds[2])


@pytest.mark.parametrize("confidence", [0.5, 0.999, 1.2])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(IntervalInvalid):
        Soh(value=82, lower=80, upper=84, confidence=confidence)
