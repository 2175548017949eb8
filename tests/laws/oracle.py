"""What the trade tree and its totals must be, worked out anew by plain recursion: slow, short, and without our code.

Straight from the definitions of the contract (request status model, CFP and DQR arithmetic), in exact fractions:
nothing is kept, nothing is added up by differences, nothing is shared with the product but its vocabulary.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import ceil
from uuid import UUID

Vector = tuple[Fraction, ...]
ZERO: Vector = (Fraction(0),) * 8


@dataclass(frozen=True)
class Own:
    """What a maker declares: per side the emission and three ratings (none counts as 0)."""

    unit: str
    pre: Fraction
    main: Fraction
    pre_ratings: tuple[Fraction, Fraction, Fraction]
    main_ratings: tuple[Fraction, Fraction, Fraction]

    @property
    def vector(self) -> Vector:
        return (
            self.pre,
            *(self.pre * rating for rating in self.pre_ratings),
            self.main,
            *(self.main * rating for rating in self.main_ratings),
        )


@dataclass(frozen=True)
class Answer:
    """What the customer reads, rounded; None: not disclosed."""

    pre: Decimal | None
    main: Decimal | None
    pre_ratings: tuple[Decimal | None, ...]
    main_ratings: tuple[Decimal | None, ...]
    unit: str

    @property
    def vector(self) -> Vector:
        pre, main = (Fraction(emission or 0) for emission in (self.pre, self.main))
        return (
            pre,
            *(pre * Fraction(rating or 0) for rating in self.pre_ratings),
            main,
            *(main * Fraction(rating or 0) for rating in self.main_ratings),
        )


@dataclass
class Part:
    owner: UUID
    terminated: bool
    children: list[tuple[UUID, Fraction]] = field(default_factory=list)
    own: Own | None = None

    @property
    def purchased(self) -> bool:
        return not self.terminated and not self.children


@dataclass(frozen=True)
class Request:
    kind: str
    customer: UUID
    asked: UUID
    supplier: UUID
    linked: UUID | None


@dataclass(frozen=True)
class Status:
    completed: bool
    tree_terminated: bool
    completed_count: int
    trades_count: int


def rounded(exact: Fraction) -> Decimal:
    """Up, at the fifth decimal (no figure here is negative)."""
    return Decimal(ceil(exact * 100_000)).scaleb(-5)


class World:
    """Parts, live requests, releases (open groups by part and customer) and answered parts (part, kind)."""

    def __init__(
        self,
        parts: dict[UUID, Part],
        requests: dict[UUID, Request],
        released: dict[tuple[UUID, UUID], set[str]],
        answered: set[tuple[UUID, str]],
    ) -> None:
        self.parts = parts
        self.requests = requests
        self.released = released
        self.answered = answered
        self.on = {(request.asked, request.kind): key for key, request in requests.items()}
        for name in ("leaves", "ends", "status", "brings", "sums", "total", "answer"):
            setattr(self, name, cache(getattr(self, name)))

    # ── the tree ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def leaves(self, part: UUID) -> frozenset[UUID]:
        """The distinct purchased leaves of a part: itself, if it is one."""
        at = self.parts[part]
        if at.purchased:
            return frozenset((part,))
        return frozenset().union(*(self.leaves(child) for child, _ in at.children))

    def ends(self, part: UUID, kind: str) -> bool:
        at = self.parts[part]
        if at.terminated:
            return True
        if at.children:
            return all(self.ends(child, kind) for child, _ in at.children)
        request = self.on.get((part, kind))
        return request is not None and self.status(request).tree_terminated

    def status(self, key: UUID) -> Status:
        request = self.requests[key]
        if request.linked is None:
            return Status(False, False, 0, 1)
        kind = request.kind
        behind = [self.status(self.on[leaf, kind]) for leaf in self.leaves(request.linked) if (leaf, kind) in self.on]
        passed_on = self.on.get((request.linked, kind)) if self.parts[request.linked].purchased else None
        completed = (request.linked, kind) in self.answered or (
            passed_on is not None and self.status(passed_on).completed
        )
        return Status(
            completed,
            self.ends(request.linked, kind),
            completed + sum(one.completed_count for one in behind),
            1 + sum(one.trades_count for one in behind),
        )

    # ── the totals ───────────────────────────────────────────────────────────────────────────────────────────────────

    def brings(self, part: UUID) -> Vector:
        """E_X(c) with its ratings: what one unit of the part brings to the part that it goes into."""
        at = self.parts[part]
        if at.purchased:
            request = self.on.get((part, "CFP"))
            answer = self.answer(request) if request else None
            return answer.vector if answer else ZERO
        return self.total(part)

    def sums(self, part: UUID) -> Vector:
        """Σ amount · E_X(c) over the components."""
        total = ZERO
        for child, amount in self.parts[part].children:
            total = tuple(x + amount * y for x, y in zip(total, self.brings(child), strict=True))
        return total

    def total(self, part: UUID) -> Vector:
        """total_X of what is made or ended here; of a purchased part with an answered request, that answer."""
        at = self.parts[part]
        request = self.on.get((part, "CFP")) if at.purchased else None
        if request and (answer := self.answer(request)):
            return answer.vector
        own = at.own.vector if at.own else ZERO
        return tuple(x + y for x, y in zip(own, self.sums(part), strict=True))

    def answer(self, key: UUID) -> Answer | None:
        """The Response rows of a request, or None while it is not completed."""
        request = self.requests[key]
        if request.linked is None or not self.status(key).completed:
            return None
        total = self.total(request.linked)
        groups = self.released.get((request.linked, request.customer), set())
        emissions, ratings = "TOTALCFP" in groups, "TOTALDQR" in groups
        return Answer(
            rounded(total[0]) if emissions else None,
            rounded(total[4]) if emissions else None,
            _ratings(total[:4]) if ratings else (None, None, None),
            _ratings(total[4:]) if ratings else (None, None, None),
            self.unit(request.linked),
        )

    def unit(self, part: UUID) -> str:
        at = self.parts[part]
        request = self.on.get((part, "CFP")) if at.purchased else None
        answer = self.answer(request) if request else None
        return answer.unit if answer else at.own.unit if at.own else ""


def _ratings(side: Vector) -> tuple[Decimal, ...]:
    return tuple(rounded(product / side[0]) if side[0] else Decimal(0) for product in side[1:])
