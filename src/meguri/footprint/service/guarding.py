"""The inference guard: before a total is shown, which supplier's figure its reader could work out from it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from meguri.footprint import received, store
from meguri.footprint.inference import joined, newly_derivable, one_changed
from meguri.footprint.store import AnswerTimes, Kept
from meguri.footprint.totals import answer_vector, own_vector
from meguri.footprint.watching import store as watching
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language, Text
from meguri.operators import disclosure
from meguri.operators import service as operators
from meguri.operators.cautions import Caution
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Part, PartKind, RequestType, Side, State, Trade

TOTAL = "TOTALCFP"
CODE = "derivable_child"
MOST_SHOWN = 500  # totals of one customer, and answers of one company, that are looked through
MOST_TOGETHER = (
    100  # totals of one customer that are solved together: those that share figures with the one in question
)
MOST_ANSWERS = 20  # answers of one part that are seen with their customers' other totals; further ones by themselves
MOST_PARTS = 5000  # parts within them; where there are more, the total in question is looked at by itself
SIDES: Mapping[Literal["pre", "main"], int] = {"pre": 0, "main": 4}
Links = Mapping[UUID, list[tuple[UUID, Fraction]]]

_COLUMNS = {
    "pre": Text(ja="前処理（原材料）", en="pre-processing"),
    "main": Text(ja="製造", en="main production"),
}
_SAY = {
    "total": Text(
        ja="{reader}は、この合計値から{supplier}の「{part}」の値（{columns}）を計算できます。ほかの内訳が0か、{reader}が知っている値だからです。",
        en="From this total {reader} can work out {supplier}’s figure for “{part}” ({columns}): all else in it is nothing, "
        "or {reader} knows it.",
    ),
    "change": Text(
        ja="{reader}は、前の合計値と比べると、{supplier}の「{part}」の値（{columns}）がいくら変わったかを計算できます。ほかの内訳が変わっていないからです。",
        en="By comparing this total with the one before, {reader} can work out by how much {supplier}’s figure for “{part}” "
        "({columns}) counts differently: nothing else changed.",
    ),
}
_SOMEBODY = Text(ja="取引先", en="a supplier")


class Figure(NamedTuple):
    """One hidden figure: what is declared of a part (`own`), or what a supplier answered for it (`answer`)."""

    kind: Literal["own", "answer"]
    trace_id: UUID


@dataclass(frozen=True, slots=True)
class Ground:
    """All that the totals of some parts are made of.

    suppliers  who is asked for each bought part
    received   parts that count with what a supplier outside the exchange stated, and its name
    """

    links: Links
    kinds: Mapping[UUID, PartKind]
    kept: Mapping[UUID, Kept]
    suppliers: Mapping[UUID, UUID]
    received: Mapping[UUID, str]

    def answers(self, trace_id: UUID) -> bool:
        """Whether a customer gets a total of this part: it is declared, or a supplier's answer is passed on."""
        kind, kept = self.kinds.get(trace_id), self.kept.get(trace_id)
        if kind is None or kept is None:
            return False
        return kept.own is not None or (kind.purchased and kind.state is State.COMPLETED)

    def terms(self, trace_id: UUID, side: int, reader: UUID, links: Links | None = None) -> Mapping[Figure, Fraction]:
        """What one side of a part's total is made of, as far as the reader does not know it and it is not nothing."""
        below = self.links if links is None else links
        known: dict[UUID, Mapping[Figure, Fraction]] = {}
        begun, waiting = set[UUID](), [trace_id]  # no recursion: a chain may be thousands of parts deep
        while waiting:
            one = waiting[-1]
            begun.add(one)
            first = [child for child, _ in below.get(one, []) if child not in known and child not in begun]
            if first and one not in known:
                waiting += first
                continue
            known.setdefault(one, self._terms_of(waiting.pop(), side, reader, below.get(one, []), known))
        return known[trace_id]

    def _terms_of(
        self,
        trace_id: UUID,
        side: int,
        reader: UUID,
        below: Sequence[tuple[UUID, Fraction]],
        known: Mapping[UUID, Mapping[Figure, Fraction]],
    ) -> Mapping[Figure, Fraction]:
        """The terms of one part, whose components' terms are `known`."""
        found: dict[Figure, Fraction] = defaultdict(Fraction)
        kept = self.kept.get(trace_id)
        kind = self.kinds.get(trace_id)
        if kept is not None and kind is not None and kind.purchased and kind.trade_id is not None and not below:
            answered = answer_vector(kept.answer if kind.state is State.COMPLETED else None)
            if answered[side] and self.suppliers.get(trace_id) != reader:
                found[Figure("answer", trace_id)] += 1
        elif kept is not None and own_vector(kept.own)[side]:
            found[Figure("answer" if trace_id in self.received else "own", trace_id)] += 1
        for child, amount in below:
            for figure, factor in known.get(child, {}).items():
                found[figure] += amount * factor
        return dict(found)


class DerivableChild:
    """Tells the disclosure room what a customer could work out (`operators.cautions.Cautioner`)."""

    async def of_opening(
        self, tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID, groups: Collection[str]
    ) -> list[Caution]:
        """Suppliers' figures that this total determines, by itself or with those that the customer reads already."""
        if TOTAL not in groups:
            return []
        told = await _of_total(tx, scope, trace_id, to_operator_id)
        return [*told, *await _of_change(tx, scope, trace_id, to_operator_id, None)]

    async def of_part(self, tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[Caution]:
        """Suppliers' figures that customers can work out from what is answered now with this part in it."""
        answered = await _answered_with(tx, scope, trace_id)
        found = [await _of_total(tx, scope, part, reader) for part, reader, _ in answered[:MOST_ANSWERS]]
        rest = answered[MOST_ANSWERS:]
        ground = await _ground(tx, scope, {part for part, _, _ in rest}) if rest else None
        if ground is not None:
            found += [await _derived(tx, scope, ground, part, reader) for part, reader, _ in rest]
        return [caution for some in found for caution in some]

    async def of_change(self, tx: Transaction, scope: OperatorScope, trace_id: UUID, since: datetime) -> list[Caution]:
        """Suppliers' figures that customers can work out by comparing their totals with the ones before."""
        answered = await _answered_with(tx, scope, trace_id)
        told = await store.answer_times_across(tx, [(reader, trade) for _, reader, trade in answered])
        moved = [one for one in answered if one[2] in told and told[one[2]].at >= since]
        found = [await _of_change(tx, scope, part, reader, since) for part, reader, _ in moved[:MOST_ANSWERS]]
        return [caution for some in found for caution in some]

    async def heard(self, tx: Transaction, scope: OperatorScope, found: list[Caution]) -> None:
        """The company knows of these: no notice is sent of them."""
        await watching.keep(tx, scope, [one for one in found if one.code == CODE])


async def told_by(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, reader: UUID, since: datetime
) -> list[Caution]:
    """What this customer can work out from the total of an own part, by itself or, if it moved from `since` on, by the move."""
    groups = await disclosure.released(tx, scope.operator_id, [(trace_id, reader)])
    if TOTAL not in groups[trace_id, reader]:
        return []
    told = await _of_total(tx, scope, trace_id, reader)
    return [*told, *await _of_change(tx, scope, trace_id, reader, since)]


async def _answered_with(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[tuple[UUID, UUID, UUID]]:
    """(own part, customer, request) of every answer whose total the customer reads and which this part goes into."""
    above = await _above(tx, scope, trace_id)
    trades, _ = await traceability.list_requests(
        tx, scope, limit=MOST_SHOWN, side=Side.UP, request_types=(RequestType.CFP,), states=(State.COMPLETED,)
    )
    answered = {
        (t.upstream_trace_id, t.partner_id): t.trade_id
        for t in trades
        if t.upstream_trace_id is not None and t.upstream_trace_id in above
    }
    groups = await disclosure.released(tx, scope.operator_id, answered)
    return [(*pair, answered[pair]) for pair in sorted(answered) if TOTAL in groups[pair]]


async def _of_total(tx: Transaction, scope: OperatorScope, trace_id: UUID, reader: UUID) -> list[Caution]:
    """What one total determines, by itself or with those that the customer reads already."""
    shown = await _shown_to(tx, scope, reader) - {trace_id}
    ground = await _ground(tx, scope, {trace_id, *shown})
    if ground is None:
        shown, ground = set(), await _ground(tx, scope, {trace_id})
    return await _derived(tx, scope, ground, trace_id, reader, shown) if ground is not None else []


async def _derived(
    tx: Transaction,
    scope: OperatorScope,
    ground: Ground,
    trace_id: UUID,
    reader: UUID,
    shown: Collection[UUID] = (),
) -> list[Caution]:
    """What a total determines together with the `shown` ones. All of them lie in `ground`."""
    if not ground.answers(trace_id):
        return []
    found: dict[UUID, list[str]] = defaultdict(list)
    for name, side in SIDES.items():
        this = ground.terms(trace_id, side, reader)
        others = [ground.terms(one, side, reader) for one in sorted(shown) if ground.answers(one)]
        for figure in newly_derivable(joined(this, others, MOST_TOGETHER), [this]):
            if figure.kind == "answer":
                found[figure.trace_id].append(name)
    return await _told(tx, scope, ground, (trace_id, reader), "total", found)


async def _of_change(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, reader: UUID, since: datetime | None
) -> list[Caution]:
    """By comparing the last two versions of what the reader was told; none before `since`."""
    trades = await _trades_to(tx, scope, trace_id, reader)
    told = (await store.answer_times_across(tx, [(reader, trade.trade_id) for trade in trades])).values()
    changes = [one for one in told if one.before_at is not None and (since is None or one.at >= since)]
    if not changes:
        return []
    last = max(changes, key=lambda one: one.at)
    ground = await _ground(tx, scope, {trace_id})
    if ground is None:
        return []
    links = await _links_before(tx, scope, ground, last)
    ground = await _with(tx, scope, ground, links)
    restated = await _restated(tx, scope, ground, last)
    found: dict[UUID, list[str]] = defaultdict(list)
    for name, side in SIDES.items():
        before, now = ground.terms(trace_id, side, reader, links), ground.terms(trace_id, side, reader)
        figure = one_changed(before, now, restated)
        if figure is not None and figure.kind == "answer":
            found[figure.trace_id].append(name)
    return await _told(tx, scope, ground, (trace_id, reader), "change", found)


async def _shown_to(tx: Transaction, scope: OperatorScope, reader: UUID) -> set[UUID]:
    """The own parts whose totals this customer reads."""
    lines = await disclosure.who_sees_what(tx, scope, to_operator_id=reader, limit=MOST_SHOWN)
    return {line.disclosure.trace_id for line in lines.items if TOTAL in line.disclosure.released}


async def _ground(tx: Transaction, scope: OperatorScope, roots: Collection[UUID]) -> Ground | None:
    """What these parts' totals are made of; None where that is more than MOST_PARTS parts."""
    links: dict[UUID, list[tuple[UUID, Fraction]]] = {}
    level, seen = set(roots), set(roots)
    while level:
        if len(seen) > MOST_PARTS:
            return None
        below = await traceability.structure_links(tx, scope, level)
        links |= _exact(below)
        level = {child for children in below.values() for child, _ in children} - seen
        seen |= level
    return await _ground_of(tx, scope, links, seen)


async def _ground_of(tx: Transaction, scope: OperatorScope, links: Links, parts: Collection[UUID]) -> Ground:
    ids = sorted(parts)
    return Ground(
        links,
        await traceability.kinds_of(tx, scope, ids, RequestType.CFP),
        await store.kept(tx, [(scope.operator_id, one) for one in ids]),
        {part: supplier for part, (_, supplier) in (await traceability.trades_on_parts(tx, scope, ids)).items()},
        {one: said.partner for one, said in (await received.received(tx, scope, ids)).items() if said.in_exchange},
    )


def _exact(below: Mapping[UUID, Iterable[tuple[UUID, object]]]) -> dict[UUID, list[tuple[UUID, Fraction]]]:
    return {
        parent: [(child, Fraction(str(amount))) for child, amount in children] for parent, children in below.items()
    }


async def _above(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> set[UUID]:
    """The part and the own parts that it goes into, at any depth."""
    seen, level = {trace_id}, [trace_id]
    while level and len(seen) <= MOST_PARTS:
        above = await traceability.structure_parents(tx, scope, level)
        level = sorted({parent for parents in above.values() for parent in parents} - seen)
        seen.update(level)
    return seen


async def _trades_to(tx: Transaction, scope: OperatorScope, trace_id: UUID, reader: UUID) -> list[Trade]:
    live = await traceability.live_links_to(tx, scope, trace_id, reader)
    found = [await traceability.request_by_id(tx, scope, trade_id=one.trade_id) for one in live]
    return [one for one in found if one.request_type is RequestType.CFP and one.state is State.COMPLETED]


class _Child(msgspec.Struct, frozen=True):
    part: Part
    amount: str


class _Lived(msgspec.Struct, frozen=True):
    """What the history keeps of a part's structure."""

    children: list[_Child] = []


async def _links_before(tx: Transaction, scope: OperatorScope, ground: Ground, last: AnswerTimes) -> Links:
    """The structures as they were when the reader was told before; unchanged ones as they are."""
    parts = await traceability.parts_by_id(tx, scope, ground.links)
    links = dict(ground.links)
    for trace_id, part in parts.items():
        if last.before_at is None or part.updated_at <= last.before_at:
            continue
        lived = await traceability.history(tx, scope, trace_id, limit=100)
        then = next((one for one in lived if one.at <= last.before_at), None)
        if then is None:
            links.pop(trace_id, None)
            continue
        body = msgspec.convert(then.body, _Lived, strict=False)
        links[trace_id] = [(child.part.trace_id, Fraction(child.amount)) for child in body.children]
    return links


async def _with(tx: Transaction, scope: OperatorScope, ground: Ground, links: Links) -> Ground:
    """The same with what was in the structures before and is not now."""
    gone = {child for children in links.values() for child, _ in children} - ground.kinds.keys()
    return await _ground_of(tx, scope, ground.links, {*ground.kinds, *gone}) if gone else ground


async def _restated(tx: Transaction, scope: OperatorScope, ground: Ground, last: AnswerTimes) -> set[Figure]:
    """Figures that were stated anew between the two last versions of what the reader was told."""
    here = [(scope.operator_id, one) for one in sorted(ground.kinds)]
    stated = await store.stated_at(tx, here)
    found: set[Figure] = set()
    for trace_id, (declared, answered) in stated.items():
        if declared is not None and last.covers(declared):
            found.add(Figure("answer" if trace_id in ground.received else "own", trace_id))
        if answered is not None and last.covers(answered):
            found.add(Figure("answer", trace_id))
    return found


async def _told(
    tx: Transaction,
    scope: OperatorScope,
    ground: Ground,
    disclosed: tuple[UUID, UUID],
    kind: Literal["total", "change"],
    found: Mapping[UUID, list[str]],
) -> list[Caution]:
    if not found:
        return []
    total_of, reader = disclosed
    parts = await traceability.parts_by_id(tx, scope, found)
    suppliers = {part: ground.suppliers.get(part) for part in found}
    names = await operators.names_of(tx, scope, {reader, *(one for one in suppliers.values() if one)})
    told = []
    for trace_id in sorted(found, key=lambda one: parts[one].name if one in parts else ""):
        supplier = suppliers[trace_id]
        columns = found[trace_id]
        told.append(
            Caution(
                code=CODE,
                kind=kind,
                item_group=TOTAL,
                to_operator_id=reader,
                total_of=total_of,
                trace_id=trace_id,
                partner_id=supplier,
                columns=columns,
                message=_message(
                    kind,
                    reader=names.get(reader, ""),
                    supplier=names.get(supplier, "") if supplier else ground.received.get(trace_id, ""),
                    part=parts[trace_id].name if trace_id in parts else "",
                    columns=columns,
                ),
            )
        )
    return told


def _message(kind: str, *, reader: str, supplier: str, part: str, columns: list[str]) -> Text:
    def in_(language: Language) -> str:
        joined = ("と" if language == "ja" else " and ").join(_COLUMNS[name].of(language) for name in columns)
        who = supplier or _SOMEBODY.of(language)
        return _SAY[kind].of(language, reader=reader, supplier=who, part=part, columns=joined)

    return Text(ja=in_("ja"), en=in_("en"))
