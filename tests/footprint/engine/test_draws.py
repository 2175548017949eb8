from math import sqrt

import numpy as np
import pytest

from meguri.footprint.engine import OutOfRange, Parts, Uncertain, Uses, chance_below, draw_all, draw_products
from meguri.footprint.engine.draws import draws_of, sigma_of_gsd95

from .conftest import LOCATION


def spread_out(pack: Parts, sigmas: dict[str, float], center: str = "median") -> tuple[Uses, list[Uncertain]]:
    own = pack.own @ LOCATION
    rows = pack.rows(sigmas)
    factors = [
        Uncertain(part, float(own[row]), sigma, center)  # type: ignore[arg-type]
        for row, (part, sigma) in zip(rows, sigmas.items(), strict=True)
    ]
    certain = own.copy()
    certain[rows] = 0
    return Uses(certain, np.array(rows), np.arange(len(rows)), np.ones(len(rows))), factors


SIGMAS = {"CAM": 0.2, "CU": 0.1, "CELL": 0.05}


def test_the_spread_by_formula_is_that_of_independent_factors(pack: Parts) -> None:
    uses, factors = spread_out(pack, SIGMAS)
    _, (spread,) = draw_products(pack.structure, uses, factors, [0], seed=1, count=100_000)
    assert (spread.expected, spread.deviation) == pytest.approx((823.298450, 101.255916), rel=1e-8)
    shares = {name: round(share * 100, 3) for name, share in spread.shares.items()}
    assert shares == {"CAM": 99.309, "CELL": 0.577, "CU": 0.114}
    assert spread.mean == pytest.approx(spread.expected, abs=4 * spread.deviation / sqrt(spread.draws))
    assert spread.sd == pytest.approx(spread.deviation, rel=0.03)
    assert spread.p2_5 < spread.p50 < spread.p97_5


def test_a_value_that_is_the_mean_keeps_the_total_where_it_was(pack: Parts) -> None:
    uses, factors = spread_out(pack, SIGMAS, "mean")
    _, (spread,) = draw_products(pack.structure, uses, factors, [0], seed=1, count=1000)
    assert (spread.expected, spread.deviation) == pytest.approx((813.046, 99.263580), rel=1e-8)


def test_one_factor_in_two_places_is_drawn_once(pack: Parts) -> None:
    """Independent draws for the two uses of 22.08 and 73.6 kg would give 15.84, which is too small."""
    uses, factors = spread_out(pack, {"AL": 0.2})
    drawn, (spread,) = draw_products(pack.structure, uses, factors, [0], seed=7, count=100_000)
    assert spread.deviation == pytest.approx(19.719435, rel=1e-7)
    assert drawn.std() == pytest.approx(19.719435, rel=0.03)


def test_all_parts_and_one_product_see_the_same_draws(pack: Parts) -> None:
    uses, factors = spread_out(pack, SIGMAS)
    everything = draw_all(pack.structure, uses, factors, seed=3, count=50)
    products = pack.rows(["PACK", "MOD"])
    some, _ = draw_products(pack.structure, uses, factors, products, seed=3, count=50)
    assert everything[products] == pytest.approx(some)


def test_the_same_seed_gives_the_same_draws_whatever_else_is_drawn(pack: Parts) -> None:
    uses, factors = spread_out(pack, SIGMAS)
    first, _ = draw_products(pack.structure, uses, factors, [0], seed=3, count=50)
    turned = Uses(uses.certain, uses.parts, np.array([2, 1, 0]), uses.coefficients)
    again, _ = draw_products(pack.structure, turned, factors[::-1], [0], seed=3, count=50)
    other, _ = draw_products(pack.structure, uses, factors, [0], seed=4, count=50)
    assert first == pytest.approx(again, rel=1e-12)
    assert not np.allclose(first, other)
    assert (draws_of(factors[0], 3, 10) == draws_of(factors[0], 3, 20)[:10]).all()


def test_two_products_are_compared_draw_by_draw(pack: Parts) -> None:
    """The module is less than a quarter of the pack in every draw, though their ranges overlap when scaled."""
    uses, factors = spread_out(pack, SIGMAS)
    drawn, _ = draw_products(pack.structure, uses, factors, pack.rows(["MOD", "PACK"]), seed=3, count=1000)
    assert chance_below(drawn[0] * 4, drawn[1]) == 1
    assert chance_below(drawn[1], drawn[0] * 4) == 0


def test_a_pedigree_spread_becomes_a_sigma() -> None:
    assert sigma_of_gsd95(1.216459) == pytest.approx(0.097972, rel=1e-4)


def test_one_draw_says_nothing_about_spread(pack: Parts) -> None:
    uses, factors = spread_out(pack, SIGMAS)
    with pytest.raises(OutOfRange, match="≥ 2"):
        draw_products(pack.structure, uses, factors, [0], seed=1, count=1)
