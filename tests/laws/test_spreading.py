"""The pure cascade against the oracle: random chains, random changes, any limit."""

from fractions import Fraction
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.carrier import Carrier
from tests.laws.oracle import ZERO, Answer
from tests.laws.worlds import CUSTOMER_GROUPS, Chain, chains, declarations

from meguri.footprint.model import Figures, FootprintInput
from meguri.footprint.totals import NOTHING, Vector, minus, own_vector

EVERYTHING = 10**9
Change = tuple[int, FootprintInput | frozenset[str]]
changes = st.lists(st.tuples(st.integers(0, 99), declarations | st.sampled_from(CUSTOMER_GROUPS)), max_size=6)


def make(carrier: Carrier, change: Change, limit: int) -> None:
    """One write, as the product makes it: a declaration, or a disclosure."""
    chain, (number, what) = carrier.chain, change
    if isinstance(what, FootprintInput):
        part = list(chain.parts)[number % len(chain.parts)]
        before, states = own_vector(chain.declared.get(part)), completed(chain)
        chain.declare(part, what)
        gained = NOTHING if chain.parts[part].purchased else minus(own_vector(what), before)
        flipped = completed(chain) ^ states
        carrier.carry({part: gained}, {part, *(linked(chain, key) for key in flipped)}, limit)
    elif pairs := list(chain.released):
        pair = pairs[number % len(pairs)]
        chain.released[pair] = set(what)
        carrier.carry({}, {pair[0]}, limit)


def completed(chain: Chain) -> set[UUID]:
    world = chain.world()
    return {key for key in chain.requests if world.status(key).completed}


def linked(chain: Chain, key: UUID) -> UUID:
    part = chain.requests[key].linked
    assert part
    return part


def started(chain: Chain) -> Carrier:
    """All that was declared from the beginning, part by part, through the cascade itself."""
    said, chain.declared = chain.declared, {}
    for part in chain.parts.values():
        part.own = None
    carrier = Carrier(chain)
    for part, declaration in said.items():
        make(carrier, (list(chain.parts).index(part), declaration), EVERYTHING)
    return carrier


def check(carrier: Carrier) -> None:
    world = carrier.chain.world()
    for part in carrier.chain.parts:
        assert exact(carrier.sums.get(part, NOTHING)) == world.sums(part)
    must = {key: world.answer(key) for key in carrier.chain.requests}
    assert {key: shown(figures) for key, figures in carrier.answers.items()} == {k: a for k, a in must.items() if a}


def exact(vector: Vector) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, vector))


def shown(figures: Figures) -> Answer:
    pre, main = figures.pre_quality, figures.main_quality
    ratings = ((pre.ter, pre.ger, pre.tir), (main.ter, main.ger, main.tir))
    return Answer(figures.pre, figures.main, *ratings, "kilogram")


@settings(max_examples=60, deadline=None)
@given(chain=chains(), made=changes)
def test_after_any_changes_every_sum_and_answer_is_what_a_recomputation_gives(chain: Chain, made: list[Change]) -> None:
    carrier = started(chain)
    check(carrier)
    for change in made:
        make(carrier, change, EVERYTHING)
        check(carrier)


@settings(max_examples=60, deadline=None)
@given(chain=chains(), made=changes, limit=st.integers(0, 4), later=st.lists(st.booleans(), min_size=6, max_size=6))
def test_a_cascade_that_is_broken_off_and_continued_between_other_writes_ends_at_the_same_totals(
    chain: Chain, made: list[Change], limit: int, later: list[bool]
) -> None:
    carrier = started(chain)
    for change, at_once in zip(made, later, strict=False):
        make(carrier, change, limit)
        if at_once:
            carrier.go_on(limit)
    for _ in range(len(chain.parts) + 1):
        carrier.go_on(limit)
    assert carrier.sent == {}
    check(carrier)


@settings(max_examples=60, deadline=None)
@given(chain=chains(), made=changes)
def test_what_a_cascade_has_reached_is_right_although_the_rest_waits(chain: Chain, made: list[Change]) -> None:
    """A part that waits, or lies beyond one that does, may be late; every other part is exact."""
    carrier = started(chain)
    for change in made:
        make(carrier, change, 1)
    world, late = chain.world(), set(carrier.sent)
    while more := {edge.to_trace_id for edge in chain.edges() if edge.trace_id in late} - late:
        late |= more
    for part in set(chain.parts) - late:
        assert exact(carrier.sums.get(part, NOTHING)) == world.sums(part)


def test_the_oracle_knows_nothing_brings_nothing() -> None:
    assert exact(NOTHING) == ZERO
