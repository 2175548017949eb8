"""The journey of one battery: from its making through its lives to metals and to the products that hold them.

Each company sees its own part and the next hand: what the ledger of others holds is not told here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.passport import service as passport
from meguri.recycling import store, store_claims
from meguri.recycling.service import genealogy, passports
from meguri.recycling.tracing import REAGENTS
from meguri.storage import Transaction

METALS = ("Li", "Ni", "Co")


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stop of the journey.

    kind    the happening (`issue`, `declare_waste` …), `received`, `made`, `credit`, `handed_over`, `claimed`
    what    a lot's number, a model, a company
    figures element → kg
    """

    kind: str
    at: datetime | None
    what: str
    figures: dict[str, float] = {}
    href: str | None = None
    lot_kind: str | None = None


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """A company on the way, as far as this company may know it, and what it does there."""

    id: str
    name: str
    role: str


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """A battery's journey: stops in order, companies, and the way between them with what went [kg]."""

    passport: str
    seen: passports.Shown | None
    stages: list[Stage]
    hands: list[Hand]
    ways: list[tuple[str, str, float]]


async def of(tx: Transaction, scope: OperatorScope, identifier: str) -> Journey:
    """The journey of the battery with this passport, as this company may see it."""
    seen = await passports.seen(tx, scope, identifier)
    stages = await _life(tx, scope, identifier)
    held = await _metals(tx, scope, identifier)
    words = await store.lot_words(tx, scope, set(held))
    stages += [_lot_stage(words[lot_id], kg) for lot_id, kg in held.items() if lot_id in words]
    credit_stages, given = await _credits(tx, scope, held, words)
    stages += credit_stages
    hands, ways = await _hands(tx, scope, seen, given)
    ordered = sorted(stages, key=lambda stage: (stage.at is None, stage.at.timestamp() if stage.at else 0.0))
    return Journey(passport=identifier, seen=seen, stages=ordered, hands=hands, ways=ways)


async def _life(tx: Transaction, scope: OperatorScope, identifier: str) -> list[Stage]:
    """What its passport tells, where this company may read it."""
    try:
        async with tx.savepoint():
            found = await passport.events(tx, scope, identifier)
    except Refusal:
        return []
    return [Stage(kind=event.kind, at=event.at, what="") for event in found]


async def _metals(tx: Transaction, scope: OperatorScope, identifier: str) -> dict[UUID, dict[str, float]]:
    """kg of each metal of this battery in each lot: those it entered as a unit, and their descendants."""
    held: dict[UUID, dict[str, float]] = {}
    for lot_id in await store.lots_of_passport(tx, scope, identifier):
        words = await store.lot_words(tx, scope, [lot_id])
        share = 1 / max(len(words[lot_id].passports), 1)
        held[lot_id] = {m: genealogy.element_kg(words[lot_id], m) * share for m in METALS}
        for metal in METALS:
            trace = await genealogy.downstream(tx, scope, lot_id, metal)
            for one in trace.relatives:
                held.setdefault(one.lot_id, {})[metal] = held.get(one.lot_id, {}).get(metal, 0.0) + one.kg * share
    return {lot_id: kg for lot_id, kg in held.items() if any(kg.values())}


def _lot_stage(word: store.LotWord, kg: Mapping[str, float]) -> Stage:
    return Stage(
        kind="received" if word.passports else "made",
        at=word.created_at,
        what=word.lot_no,
        figures={metal: value for metal, value in kg.items() if value},
        href=f"/recycling/lots/{word.lot_id}",
        lot_kind=word.kind,
    )


async def _credits(
    tx: Transaction,
    scope: OperatorScope,
    held: Mapping[UUID, Mapping[str, float]],
    words: Mapping[UUID, store.LotWord],
) -> tuple[list[Stage], dict[UUID, float]]:
    """This battery's part of the claims fed by these lots, and of what went to which company [kg]."""
    found = await store_claims.credits_of_lots(tx, scope, set(held))
    ids = [credit.credit_id for credit in found]
    element = {credit.credit_id: credit.element for credit in found}
    part = {credit.credit_id: _part_of(credit, held, words) for credit in found}
    own = await store_claims.claims_of(tx, scope.operator_id, ids)
    async with tx.across():
        received = await store_claims.receivers_of(tx, scope.operator_id, ids)
    names = await operators.names_of(tx, scope, {one.operator_id for one in received})
    given: dict[UUID, float] = {}
    stages = [
        Stage(
            kind="claimed",
            at=None,
            what=f"{claim.battery_model_id} · {claim.plant_id} · {claim.year}",
            figures={claim.element: float(claim.qty_kg) * part[claim.credit_id]},
        )
        for claim in own
    ]
    sums: dict[UUID, dict[str, float]] = {}
    for one in received:
        kg, metal = float(one.issued_kg) * part[one.from_credit_id], element[one.from_credit_id]
        given[one.operator_id] = given.get(one.operator_id, 0.0) + kg
        row = sums.setdefault(one.operator_id, {})
        row[metal] = row.get(metal, 0.0) + kg
    stages += [
        Stage(kind="handed_over", at=None, what=names.get(who, "—"), figures=figures) for who, figures in sums.items()
    ]
    return stages, given


def _part_of(
    credit: store_claims.CreditOfLot, held: Mapping[UUID, Mapping[str, float]], words: Mapping[UUID, store.LotWord]
) -> float:
    """Share (0–1) of a lot's metal, and so of its credit, that is this battery's."""
    if credit.lot_id not in words:
        return 0.0
    whole = genealogy.element_kg(words[credit.lot_id], credit.element)
    return held[credit.lot_id].get(credit.element, 0.0) / whole if whole else 0.0


async def _hands(
    tx: Transaction, scope: OperatorScope, seen: passports.Shown | None, given: Mapping[UUID, float]
) -> tuple[list[Hand], list[tuple[str, str, float]]]:
    """Companies that this one may know of: who answers for the passport, itself, and who got the metals."""
    me = str(scope.operator_id)
    ids: list[tuple[UUID, str]] = [(scope.operator_id, "self")]
    if seen is not None and not seen.own:
        record = await passport.known(tx, seen.dpp_id)
        if record is not None:
            ids.insert(0, (record.operator_id, "responsible"))
    ids += [(who, "receiver") for who in given]
    names = await operators.names_of(tx, scope, {who for who, _ in ids})
    hands = [Hand(id=str(who), name=names.get(who, "—"), role=role) for who, role in dict(ids).items()]
    ways = [(hand.id, me, 1.0) for hand in hands if hand.role == "responsible"]
    ways += [(me, str(who), kg) for who, kg in given.items()]
    return hands, ways


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """One origin of a claim's metal: this company's lot with its batteries, or the hand that gave the credit."""

    element: str
    kg: float
    company: str
    lot_no: str | None
    passports: list[str]


async def origins_of_claim(tx: Transaction, scope: OperatorScope, claim_id: UUID) -> list[Origin]:
    """Where the metal of a claim comes from: own lots' batteries, or the next hand back, which knows more."""
    uses = await store_claims.claim_uses(tx, scope, claim_id)
    sources = await store_claims.sources_of(tx, scope, [use.credit_id for use in uses])
    names = await operators.names_of(tx, scope, {s.from_operator_id for s in sources if s.from_operator_id})
    taken = {use.credit_id: float(use.qty_kg) for use in uses}
    found: list[Origin] = []
    for source in sources:
        kg = taken[source.credit_id]
        if source.lot_id is not None:
            found += await _own_origins(tx, scope, source.lot_id, source.element, kg)
        else:
            name = names.get(source.from_operator_id, "—") if source.from_operator_id else "—"
            found.append(Origin(element=source.element, kg=kg, company=name, lot_no=None, passports=[]))
    return found


async def _own_origins(
    tx: Transaction, scope: OperatorScope, lot_id: UUID, element: str, kg: float
) -> Sequence[Origin]:
    """The lots behind a credit; what came with reagents earned none, so the lots share all of it."""
    trace = await genealogy.upstream(tx, scope, lot_id, element)
    relatives = [one for one in trace.relatives if one.lot_id != REAGENTS]
    whole = sum(one.share for one in relatives) or 1.0
    return [
        Origin(element=element, kg=kg * one.share / whole, company="", lot_no=one.lot_no, passports=one.passports)
        for one in relatives
    ]
