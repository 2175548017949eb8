"""Totals that follow every change: a change is applied as a difference and costs what it affects."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import NamedTuple

import numpy as np

from meguri.footprint.engine.arrays import Floats, Ints
from meguri.footprint.engine.carry import carry
from meguri.footprint.engine.errors import CycleInStructure, OutOfRange, PartUnknown, ValueInvalid
from meguri.footprint.engine.layers import Cyclic
from meguri.footprint.engine.links import Amount, MutableLinks
from meguri.footprint.engine.structure import Structure, structure_of
from meguri.footprint.engine.sweep import roll_up

# Links added one by one are looked up one by one; when they are this many, sorting them in pays.
MOST_ADDED = 10_000


class Own(NamedTuple):
    """The part itself now brings `figures`, one for each column."""

    part: int
    figures: Sequence[float]


class Substitution(NamedTuple):
    """`ratio` units of `replacement` take the place of each unit of `child`, in `parent` only or everywhere (None)."""

    child: int
    replacement: int
    ratio: float = 1.0
    parent: int | None = None


Change = Own | Amount | Substitution


@dataclass(frozen=True, slots=True)
class Effect:
    """What a batch of changes did, or would do: parts that it touches, ascending, and by how much (part, figure).

    version  the state that it led to; for a what-if, the state that it was asked of
    """

    version: int
    rows: Ints
    deltas: Floats


class LiveTotals:
    """Own figures, links and totals of many parts, kept in step.

    Readers see one version, never half of a change; a change that is refused leaves everything as it was.
    """

    def __init__(self, structure: Structure, own: Floats, name: Callable[[int], str] = str) -> None:
        """`own` is (part, figure); `name` says how a row is called in refusals."""
        self._name = name
        self._lock = RLock()
        self._own = np.array(own, dtype=np.float64, order="C")
        self._links = MutableLinks(structure)
        self._total = np.ascontiguousarray(roll_up(structure, self._own))
        self.version = 1

    def read(self, rows: Ints | None = None) -> tuple[int, Floats]:
        """The version and the totals of `rows` (all if None) in it, as a copy."""
        with self._lock:
            return self.version, self._total.copy() if rows is None else self._total[rows]

    def apply(self, changes: Iterable[Change]) -> Effect:
        """Makes all changes together. Raises CycleInStructure, PartUnknown, OutOfRange, ValueInvalid, then makes none.

        Within a batch, substitutions and amounts follow each other as given; each part is visited once.
        """
        with self._lock:
            with self._made(changes, keep=True) as (owns, effect):
                for part, figures in owns.items():
                    self._own[part] = figures
                self._total[effect.rows] += effect.deltas
                self.version += 1
            if self._links.added > MOST_ADDED:
                self._links = MutableLinks(self.structure())
            return Effect(self.version, effect.rows, effect.deltas)

    def effect_of(self, changes: Iterable[Change]) -> Effect:
        """What `apply` would do, without doing it. Several scenarios can be asked side by side."""
        with self._lock, self._made(changes, keep=False) as (_, effect):
            return effect

    def structure(self) -> Structure:
        """The present links as a structure of their own, for paths, demand and draws."""
        with self._lock:
            return structure_of(*self._links.listed(), self._own.shape[0], self._name)

    @contextmanager
    def _made(self, changes: Iterable[Change], keep: bool) -> Iterator[tuple[dict[int, Floats], Effect]]:
        owns, amounts = self._read_changes(changes)
        undo: deque[Amount] = deque()
        try:
            seeds = self._seeds(owns, amounts)
            for change in sorted(amounts, key=lambda change: change.amount > 0):
                undo.appendleft(self._links.put(change))
            rows, deltas = carry(self._links.parents, self._links.heights, *seeds)
            order = np.argsort(rows)
            yield owns, Effect(self.version, rows[order], deltas[order])
        except Cyclic as cycle:
            keep = False
            raise CycleInStructure([self._name(row) for row in cycle.rows]) from None
        except BaseException:
            keep = False
            raise
        finally:
            if not keep:
                for back in undo:
                    self._links.put(back)

    def _read_changes(self, changes: Iterable[Change]) -> tuple[dict[int, Floats], list[Amount]]:
        owns: dict[int, Floats] = {}
        amounts: dict[tuple[int, int], float] = {}
        for change in changes:
            match change:
                case Own(part, figures):
                    self._check_part(part)
                    owns[part] = self._checked_figures(part, figures)
                case Amount(parent, child, amount):
                    self._put(amounts, parent, child, amount)
                case Substitution():
                    self._substitute(amounts, change)
        return owns, [Amount(*pair, amount) for pair, amount in amounts.items()]

    def _substitute(self, amounts: dict[tuple[int, int], float], change: Substitution) -> None:
        child, replacement, ratio, parent = change
        self._check_part(child)
        users: Iterable[int] = [parent] if parent is not None else self._users_of(child, amounts)
        for user in users:
            present = self._present(amounts, user, child)
            gained = self._present(amounts, user, replacement)
            self._put(amounts, user, child, 0.0)
            self._put(amounts, user, replacement, gained + present * ratio)

    def _users_of(self, child: int, amounts: dict[tuple[int, int], float]) -> list[int]:
        stored = self._links.parents(np.array([child], dtype=np.int64))[0].tolist()
        pending = [parent for (parent, part), amount in amounts.items() if part == child and amount]
        return sorted({*stored, *pending})

    def _present(self, amounts: dict[tuple[int, int], float], parent: int, child: int) -> float:
        self._check_part(parent)
        self._check_part(child)
        return amounts.get((parent, child), self._links.amount(parent, child))

    def _put(self, amounts: dict[tuple[int, int], float], parent: int, child: int, amount: float) -> None:
        self._check_part(parent)
        self._check_part(child)
        if not np.isfinite(amount):
            raise ValueInvalid(field=f"{self._name(parent)} → {self._name(child)}", value=amount)
        if amount < 0:
            raise OutOfRange(field=f"{self._name(parent)} → {self._name(child)}", value=amount, limits="≥ 0")
        amounts[parent, child] = float(amount)

    def _check_part(self, part: int) -> None:
        if not 0 <= part < self._own.shape[0]:
            raise PartUnknown(part=part)

    def _checked_figures(self, part: int, figures: Sequence[float]) -> Floats:
        row = np.asarray(figures, dtype=np.float64)
        if row.shape != self._own.shape[1:] or not np.isfinite(row).all():
            raise ValueInvalid(field=self._name(part), value=list(figures))
        return row

    def _seeds(self, owns: dict[int, Floats], amounts: Sequence[Amount]) -> tuple[Ints, Floats]:
        """Where totals move first: own figures, and links, whose change counts at the child's total from before."""
        rows = [*owns, *(change.parent for change in amounts)]
        deltas = [figures - self._own[part] for part, figures in owns.items()]
        deltas += [
            (change.amount - self._links.amount(change.parent, change.child)) * self._total[change.child]
            for change in amounts
        ]
        places, inverse = np.unique(np.array(rows, dtype=np.int64), return_inverse=True)
        sums = np.zeros((places.size, self._own.shape[1]))
        for place, delta in zip(inverse.tolist(), deltas, strict=True):
            sums[place] += delta
        moving = sums.any(axis=1)
        return places[moving], sums[moving]
