"""Genealogy by element: the worked example of two modules, a shredder and a blend, to the sixth digit."""

from decimal import Decimal

import pytest

from meguri.recycling.conservation import Measured, Verdict, balances, require_conserved
from meguri.recycling.errors import ConservationViolation
from meguri.recycling.provenance import held, mixed, own, split
from meguri.recycling.rates import half_up
from meguri.recycling.sankey import Flow, node_residuals, sankey

D = Decimal
M1 = {"mass": D(210), "Ni": D("18.9"), "Co": D("6.3"), "Li": D("3.5")}
M2 = {"mass": D(140), "Ni": D("8.4"), "Co": D("8.4"), "Li": D("2.1")}
BLACK = {"mass": D(175), "Ni": D("26.4"), "Co": D("14.4"), "Li": D("5.4")}
FOIL = {"mass": D(70), "Ni": D("0.6"), "Co": D("0.2"), "Li": D("0.1")}
SCRAP = {"mass": D(80)}
LOST = {"mass": D(25), "Ni": D("0.3"), "Co": D("0.1"), "Li": D("0.1")}
X = {"mass": D(60), "Ni": D("12.0"), "Co": D("1.5"), "Li": D("2.4")}
METALS = ("Ni", "Co", "Li")


def per_element(*lots: dict[str, Decimal]) -> dict[str, list[Measured]]:
    return {e: [Measured(lot[e]) for lot in lots if e in lot] for e in ("mass", *METALS)}


def test_the_shredder_balances_for_every_element() -> None:
    found = balances(per_element(M1, M2), per_element(BLACK, FOIL, SCRAP), per_element(LOST))
    assert {b.residual_kg for b in found.values()} == {D(0)}
    assert require_conserved(found) is Verdict.BALANCED


def test_a_gap_warns_then_violates() -> None:
    def verdict(lost: str) -> Verdict:
        found = balances({"Ni": [Measured(D(100))]}, {"Ni": [Measured(D(97))]}, {"Ni": [Measured(D(lost))]})
        return found["Ni"].verdict

    assert [verdict("2.6"), verdict("2.0"), verdict("1.0"), verdict("0.9")] == [
        Verdict.BALANCED,
        Verdict.WARNING,
        Verdict.WARNING,
        Verdict.VIOLATED,
    ]
    with pytest.raises(ConservationViolation):
        require_conserved(balances({"Ni": [Measured(D(1))]}, {"Ni": [Measured(D(2))]}, {}))


def test_shares_follow_each_element() -> None:
    black = mixed([(M1, own("M1", METALS)), (M2, own("M2", METALS))])
    assert {e: half_up(black[e]["M1"]) for e in ("mass", *METALS)} == {
        "mass": D("0.600000"),
        "Ni": D("0.692308"),
        "Co": D("0.428571"),
        "Li": D("0.625000"),
    }


def test_a_part_blended_with_another_lot_keeps_its_origins() -> None:
    black = mixed([(M1, own("M1", METALS)), (M2, own("M2", METALS))])
    part = split(BLACK, D(100), D(175))
    blend = mixed([(part, black), (X, own("X", METALS))])
    masses = {e: part[e] + X[e] for e in X}
    assert half_up(masses["Ni"]) == D("27.085714")
    assert {e: [half_up(blend[e][o]) for o in ("M1", "M2", "X")] for e in METALS} == {
        "Ni": [D("0.385589"), D("0.171373"), D("0.443038")],
        "Co": [D("0.362492"), D("0.483323"), D("0.154185")],
        "Li": [D("0.351563"), D("0.210938"), D("0.437500")],
    }
    assert half_up(held(masses, blend, "M1", "Ni"), D("0.001")) == D("10.444")
    assert all(abs(sum(blend[e].values()) - 1) <= D("1e-9") for e in blend)


def test_the_sankey_of_nickel_balances_at_every_node() -> None:
    shred = ("run", "shredding", "prepared")
    flows = [
        Flow(source=("M1", "M1", "collected"), target=shred, kg=D("18.9")),
        Flow(source=("M2", "M2", "collected"), target=shred, kg=D("8.4")),
        Flow(source=shred, target=("BM", "black mass", "intermediate"), kg=D("26.4")),
        Flow(source=shred, target=("F", "foil", "recovered"), kg=D("0.6")),
        Flow(source=shred, target=("L", "loss", "loss"), kg=D("0.3")),
    ]
    drawn = sankey("Ni", "2026", flows)
    assert {(link.source, link.target): link.value for link in drawn.links} == {
        ("M1", "run"): D("18.9"),
        ("M2", "run"): D("8.4"),
        ("run", "BM"): D("26.4"),
        ("run", "F"): D("0.6"),
        ("run", "L"): D("0.3"),
    }
    assert node_residuals(drawn.nodes, drawn.links) == {"run": D(0)}
    assert (drawn.balance.into, drawn.balance.loss, drawn.balance.residual) == (D("27.3"), D("0.3"), D(0))
