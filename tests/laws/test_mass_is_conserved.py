"""Laws of the recycling ledger: mass is conserved under any sequence of bookings, shares add up, rates stay within reason."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri.kernel.ids import new_id
from meguri.recycling import booking, credits, gathering
from meguri.recycling.conservation import MASS
from meguri.recycling.errors import InsufficientCredit
from meguri.recycling.ledger import State, TxType, broken_at, chained, require_balanced
from meguri.recycling.model import Counting, ReClass
from meguri.recycling.provenance import mixed, own
from meguri.recycling.rates import half_up, interval, ratio
from meguri.recycling.records import Lot, LotInput, RunInput
from meguri.recycling.recovery import Charge, Yielded, recover
from meguri.recycling.rulebook import recovery_rule_sets
from meguri.recycling.tracing import descendants, origins

D = Decimal
AT = datetime(2026, 3, 1, tzinfo=UTC)
ELEMENTS = ("Li", "Ni", "Co")
kilograms = st.decimals(min_value="0.000001", max_value="5000", places=6, allow_nan=False)
parts = st.fixed_dictionaries({e: st.decimals(min_value=0, max_value="0.3", places=4) for e in ELEMENTS})
SITE = new_id()


def lot(kg: Decimal, fractions: dict[str, Decimal], name: str = "L") -> Lot:
    said = {
        "lot_no": name,
        "kind": "waste_cell",
        "mass_wet_kg": kg,
        "composition": [{"element": e, "mass_fraction": f} for e, f in fractions.items()],
    }
    return booking.new_lot(msgspec.convert(said, LotInput), SITE, AT, field="lot", origin=True)


def held(lots: list[Lot]) -> dict[str, Decimal]:
    sums = {MASS: sum((one.left_kg for one in lots), D(0))}
    for one in lots:
        for element, kg in one.held.items():
            sums[element] = sums.get(element, D(0)) + kg
    return {element: kg for element, kg in sums.items() if kg}


@given(kilograms, parts, st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans()), max_size=12))
@settings(max_examples=60, deadline=None)
def test_any_sequence_of_splits_and_merges_keeps_every_microgram(
    kg: Decimal, fractions: dict[str, Decimal], acts: list[tuple[float, bool]]
) -> None:
    lots = [lot(kg, fractions)]
    whole = held(lots)
    for place, (share, join) in enumerate(acts):
        if join and len(lots) > 1:
            drawn = [booking.draw(one, None, AT) for one in lots[:2]]
            lots = [*lots[2:], gathering.gathered(drawn, f"M{place}", AT, new_id())]
        else:
            wanted = half_up(lots[0].left_kg * D(str(share)))
            if 0 < wanted < lots[0].left_kg:
                taken = booking.draw(lots[0], wanted, AT)
                lots = [*lots[1:], taken.after, gathering.gathered([taken], f"S{place}", AT, new_id())]
        assert held(lots) == whole
        assert all(part.left >= 0 for one in lots for part in one.composition)


@given(kilograms, parts, st.decimals(min_value="0.05", max_value="0.95", places=3))
@settings(max_examples=60, deadline=None)
def test_every_run_that_is_booked_adds_up_to_zero_in_the_ledger(
    kg: Decimal, fractions: dict[str, Decimal], share: Decimal
) -> None:
    source = lot(kg, fractions)
    out = half_up(kg * share)
    if out <= 0:
        return
    composition = [
        {"element": e, "mass_kg": half_up(left * share)} for e, left in source.held.items() if half_up(left * share)
    ]
    said = {
        "run_no": "R",
        "site_id": SITE,
        "step_type": "shredding",
        "start_at": AT,
        "end_at": AT + timedelta(hours=1),
        "inputs": [{"lot_id": source.lot_id}],
        "outputs": [{"lot": {"lot_no": "O", "kind": "metal_fraction", "mass_wet_kg": out, "composition": composition}}],
        "losses": [{"closes": True}],
    }
    booked = booking.book_run(msgspec.convert(said, RunInput), {source.lot_id: source}, new_id())
    require_balanced(booked.postings)
    assert {r.residual_kg for r in booked.residuals.values()} <= {D(0)}
    stock = [p for p in booked.postings if p.state is State.STOCK and p.element == MASS]
    assert sum(p.qty_kg for p in stock) == out - kg


@given(st.lists(kilograms, min_size=1, max_size=8), st.lists(kilograms, max_size=20))
def test_claims_never_take_more_than_is_open(open_kg: list[Decimal], wanted: list[Decimal]) -> None:
    held_credits = [credits.OpenCredit(credit_id=new_id(), site_id=SITE, open_kg=kg) for kg in open_kg]
    issued, claimed = sum(open_kg, D(0)), D(0)
    for kg in wanted:
        try:
            uses = {use.credit_id: use.qty_kg for use in credits.taken(held_credits, kg)}
        except InsufficientCredit:
            assert kg > issued - claimed
            continue
        claimed += sum(uses.values(), D(0))
        held_credits = [
            msgspec.structs.replace(c, open_kg=c.open_kg - uses.get(c.credit_id, D(0))) for c in held_credits
        ]
        assert all(c.open_kg >= 0 for c in held_credits)
    assert claimed <= issued
    assert claimed + sum((c.open_kg for c in held_credits), D(0)) == issued


@given(st.lists(st.tuples(kilograms, kilograms), min_size=1, max_size=6))
def test_shares_of_a_mixture_add_up_to_one(parents: list[tuple[Decimal, Decimal]]) -> None:
    mixture = mixed([({MASS: a, "Ni": b}, own(place, ["Ni"])) for place, (a, b) in enumerate(parents)])
    for row in mixture.values():
        assert abs(sum(row.values(), D(0)) - 1) <= D("1e-9")


@st.composite
def genealogies(draw: st.DrawFn) -> list[tuple[int, int, float]]:
    """(child, parent, kg), parents older than children."""
    edges = []
    for child in range(2, draw(st.integers(3, 14))):
        parents = draw(st.sets(st.integers(0, child - 1), min_size=1, max_size=3))
        edges += [(child, parent, draw(st.floats(0.1, 10))) for parent in parents]
    return edges


@given(genealogies())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_what_comes_from_an_origin_is_what_the_origin_gives(edges: list[tuple[int, int, float]]) -> None:
    """Upstream and downstream tell the same share, and all origins together bring all of it."""
    last = max(child for child, _, _ in edges)
    reached, ready = {last}, [last]
    while ready:
        one = ready.pop()
        for child, parent, _ in edges:
            if child == one and parent not in reached:
                reached.add(parent)
                ready.append(parent)
    above = [edge for edge in edges if edge[0] in reached]
    shares = origins(above, last)
    assert sum(shares.values()) == pytest.approx(1)
    for origin, share in shares.items():
        given_kg = descendants(edges, origin, {child: 1.0 for child, _, _ in edges}).get(last, 0.0)
        assert given_kg == pytest.approx(share, rel=1e-9)


@given(st.lists(kilograms, min_size=1, max_size=6), st.decimals(min_value=0, max_value=1, places=4))
def test_recovering_a_share_of_everything_gives_that_rate(masses: list[Decimal], share: Decimal) -> None:
    charges = [Charge(element="Ni", mass_kg=kg) for kg in masses]
    yields = [
        Yielded(
            place=f"outputs[{n}]",
            element="Ni",
            mass_kg=kg * share,
            counting=Counting.RECYCLING,
            calculation_point=True,
            substitutes_primary=True,
        )
        for n, kg in enumerate(masses)
    ]
    found = recover(recovery_rule_sets()["EU-RE-2025-606/1"], 2026, ReClass.LITHIUM_BASED, charges, yields)
    assert found.r_rm["Ni"].value is not None
    assert abs(found.r_rm["Ni"].value - share * 100) <= D("1e-20")
    assert found.r_re.value == found.r_rm["Ni"].value


@given(kilograms, kilograms, st.decimals(0, "0.2", places=3), st.decimals(0, "0.2", places=3))
def test_the_lower_bound_lies_below_the_rate(a: Decimal, b: Decimal, ua: Decimal, ub: Decimal) -> None:
    rate = ratio(a, b)
    assert rate is not None
    sure = interval(rate, ua, ub)
    assert sure.lower <= rate
    assert abs(sure.expanded - 2 * sure.u) <= D("1e-20") * max(sure.u, D(1))


@given(st.lists(kilograms, min_size=1, max_size=10), st.integers(0, 19))
def test_a_forged_entry_is_found_and_named(masses: list[Decimal], place: int) -> None:
    postings = [p for kg in masses for p in _pair(kg)]
    entries = chained(
        postings, tx_type=TxType.RECEIVE, site_id=SITE, period="2026-03", at=AT, actor="t", head=(0, "0" * 64)
    )
    assert broken_at(entries) is None
    forged = place % len(entries)
    changed = [*entries]
    changed[forged] = msgspec.structs.replace(entries[forged], qty_kg=entries[forged].qty_kg + 1)
    assert broken_at(changed) == forged + 1


def _pair(kg: Decimal) -> list[booking.Posting]:
    lot_id: UUID = SITE
    return [
        booking.Posting(element="Ni", state=State.EXT_SUPPLIER, qty_kg=-kg, lot_id=lot_id),
        booking.Posting(element="Ni", state=State.STOCK, qty_kg=kg, lot_id=lot_id),
    ]


@given(
    kilograms,
    parts,
    st.lists(st.tuples(st.floats(0.001, 0.999), st.sampled_from(["split", "run", "undo"])), max_size=14),
)
@settings(max_examples=60, deadline=None)
def test_corrections_give_back_what_they_took_to_the_microgram(
    kg: Decimal, fractions: dict[str, Decimal], acts: list[tuple[float, str]]
) -> None:
    """Any sequence of takings and their undoing leaves the lot and what was taken with what there was at first."""
    first = lot(kg, fractions)
    whole = held([first])
    taken: list[booking.Drawn] = []
    for share, act in acts:
        if act == "undo" and taken:
            back = taken.pop()
            line = gathering.movement_lines([back], [])[0]
            first = gathering.given_back(first, line)
        elif first.left_kg:
            wanted = half_up(first.left_kg * D(str(share))) if act == "split" else first.left_kg
            if 0 < wanted <= first.left_kg:
                drawn = booking.draw(first, wanted, AT)
                taken.append(drawn)
                first = drawn.after
        outside = [msgspec.structs.replace(one.lot, left_kg=one.mass_kg, composition=one.parts) for one in taken]
        assert held([first, *outside]) == whole
        assert all(0 <= part.left <= part.kg for part in first.composition)
