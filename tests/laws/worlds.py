"""Random supply chains of a few companies, without a database: made for hypothesis, upstream first."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import strategies as st
from tests.laws.oracle import Own, Part, Request, World

from meguri.footprint.model import FootprintInput, Quality
from meguri.kernel.units import AmountUnit
from meguri.traceability.graph import Edge

COMPANIES = [UUID(int=0xC0 + n) for n in range(3)]
CUSTOMER_GROUPS = (
    frozenset[str](),
    frozenset({"TOTALCFP"}),
    frozenset({"TOTALCFP", "TOTALDQR"}),
    frozenset({"TOTALDQR"}),
)


@dataclass
class Chain:
    """A world that can be changed, with the declarations as the product takes them."""

    parts: dict[UUID, Part] = field(default_factory=dict)
    requests: dict[UUID, Request] = field(default_factory=dict)
    released: dict[tuple[UUID, UUID], set[str]] = field(default_factory=dict)
    amounts: dict[tuple[UUID, UUID], Decimal] = field(default_factory=dict)
    declared: dict[UUID, FootprintInput] = field(default_factory=dict)

    def world(self) -> World:
        return World(self.parts, self.requests, self.released, {(part, "CFP") for part in self.declared})

    def declare(self, part: UUID, said: FootprintInput) -> None:
        self.declared[part] = said
        self.parts[part].own = Own(
            said.declared_unit.value,
            Fraction(said.pre_production or 0) + Fraction(said.pre_component or 0),
            Fraction(said.main_production or 0) + Fraction(said.main_component or 0),
            _ratings(said.pre_quality),
            _ratings(said.main_quality),
        )

    def edges(self) -> list[Edge]:
        """Every step downstream: into structures, over linked requests."""
        steps = [
            Edge(self.parts[child].owner, child, self.parts[parent].owner, parent, amount, None)
            for (parent, child), amount in self.amounts.items()
        ]
        return steps + [
            Edge(request.supplier, request.linked, request.customer, request.asked, None, key)
            for key, request in self.requests.items()
            if request.linked
        ]

    def edges_from(self, seeds: set[UUID]) -> list[Edge]:
        """The steps that leave what can be reached from `seeds`."""
        reached, steps = set(seeds), self.edges()
        while more := {step.to_trace_id for step in steps if step.trace_id in reached} - reached:
            reached |= more
        return [step for step in steps if step.trace_id in reached]


def _ratings(said: Quality) -> tuple[Fraction, Fraction, Fraction]:
    return (Fraction(said.ter or 0), Fraction(said.ger or 0), Fraction(said.tir or 0))


fifths = st.integers(0, 300_000).map(lambda n: Decimal(n).scaleb(-5))
figures = st.none() | fifths | st.sampled_from([Decimal("99999.99999"), Decimal(0), Decimal("0.00001")])
ratings = st.builds(Quality, ter=st.none() | fifths, ger=st.none() | fifths, tir=st.none() | fifths)
declarations = st.builds(
    FootprintInput,
    declared_unit=st.just(AmountUnit.KILOGRAM),
    pre_production=figures,
    main_production=figures,
    pre_component=figures,
    main_component=figures,
    pre_quality=ratings,
    main_quality=ratings,
)


@st.composite
def chains(draw: st.DrawFn, most: int = 11) -> Chain:
    chain = Chain()
    for n in range(draw(st.integers(2, most))):
        part, owner = UUID(int=n + 1), draw(st.sampled_from(COMPANIES))
        own = [one for one, at in chain.parts.items() if at.owner == owner]
        others = [one for one, at in chain.parts.items() if at.owner != owner]
        role = draw(st.sampled_from(("ends", "made", "made", "bought", "bought")))
        chain.parts[part] = Part(owner, terminated=role == "ends")
        if role == "made" and own:
            for child in draw(st.lists(st.sampled_from(own), min_size=1, max_size=3, unique=True)):
                amount = chain.amounts[part, child] = draw(fifths)
                chain.parts[part].children.append((child, Fraction(amount)))
        elif role != "ends" and others and draw(st.integers(0, 4)):
            supplying = draw(st.sampled_from(others))
            linked = supplying if draw(st.integers(0, 4)) else None
            request = Request("CFP", owner, part, chain.parts[supplying].owner, linked)
            chain.requests[UUID(int=0x7000 + n)] = request
            chain.released[supplying, owner] = set(draw(st.sampled_from(CUSTOMER_GROUPS)))
        if draw(st.booleans()):
            chain.declare(part, draw(declarations))
    return chain
