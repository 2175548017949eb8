"""Carrying results to the customers that they are answered to, tier by tier, in the transaction that changed them.

What a customer gets is a copy made for it: the total of the supplier's part, without anything by which a party further
upstream could be known, and with a hash that differs from customer to customer.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.diligence import store
from meguri.diligence.events import DdAnswersChanged
from meguri.diligence.model import DdResult, FindingKey, VerificationResult
from meguri.diligence.results import Child, keys_of, roll_up, sealed
from meguri.diligence.store import Where
from meguri.kernel.numbers import ONE
from meguri.kernel.scope import OperatorScope
from meguri.operators import disclosure, inbox
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.events import TradeSides
from meguri.traceability.graph import Edge
from meguri.traceability.model import PartKind, RequestType, State
from meguri.traceability.notices import answer_notice
from meguri.traceability.store import TradeRow

DD = RequestType.DD
KEYS = "DDCHAIN"  # who knows the suppliers behind may know by what their findings are the same


async def spread(tx: Transaction, seeds: Iterable[Where] = (), *, over: Iterable[Edge] = ()) -> None:
    """Works out anew what customers downstream of `seeds` (operator, part) are answered. The caller holds the locks.

    `over`: steps over single requests, of which this and what lies beyond is worked out; the other customers of the
    same part are left alone.
    """
    starts, entries = list(dict.fromkeys(seeds)), list(over)
    if not starts and not entries:
        return
    async with tx.across():
        graph = await traceability.downstream(tx, starts, DD, over=entries)
        links = graph.links
        if not links:
            return
        trades = await traceability.trades_across(tx, [edge.trade_id for edge in links if edge.trade_id])
        changed: list[TradeRow] = []
        updated: list[TradeRow] = []
        for edge in links:
            row = trades.get(edge.trade_id) if edge.trade_id else None
            if row is None:
                continue
            moved, known = await _answer(tx, row)
            if moved:
                changed.append(row)
            if moved and known:
                updated.append(row)
    if updated:
        await inbox.notify_many(tx, [answer_notice("DD_UPDATED", row) for row in updated])
    if changed:
        await tx.record(DdAnswersChanged(answers=tuple(map(_sides, changed))))


async def _answer(tx: Transaction, row: TradeRow) -> tuple[bool, bool]:
    """Keeps what the customer of a request is answered now; (whether it changed, whether there was an answer before)."""
    where = (row.downstream_operator_id, row.downstream_trace_id)
    before = (await store.answers(tx, [where])).get(row.downstream_trace_id)
    if row.upstream_trace_id is None or row.state != State.COMPLETED:
        if before is not None:
            await store.drop_answer_across(tx, where, row.trade_id)
        return before is not None, False
    triple = (row.upstream_operator_id, row.upstream_trace_id, row.downstream_operator_id)
    released = (await disclosure.released_between(tx, [triple]))[triple]
    total = await _total(tx, (row.upstream_operator_id, row.upstream_trace_id)) if "DDRESULT" in released else None
    said = for_customer(total[0], row.downstream_trace_id) if total else None
    keys = total[1] if total and KEYS in released else ()
    same = before is not None and before == (row.trade_id, said)
    if same and (await store.answer_keys(tx, [where])).get(row.downstream_trace_id, ()) == keys:
        return False, True
    await store.save_answer_across(tx, where, row.trade_id, said, keys)
    return not same, before is not None


def for_customer(total: DdResult, trace_id: UUID) -> DdResult:
    """A supplier's total as its customer gets it, under the customer's own part."""
    return sealed(
        msgspec.structs.replace(
            total, trace_id=trace_id, dd_type="response", dd_id=None, comment=None, from_records=False
        )
    )


def without_names(answer: DdResult) -> DdResult:
    """An answer that is passed on as it is: nothing that says who gave it."""
    verification = VerificationResult(type=answer.verification.type, valid_until=answer.verification.valid_until)
    return msgspec.structs.replace(
        answer,
        verification=verification,
        policy_url=None,
        report_url=None,
        comment=None,
        items=(),
        source="own",
        template_id="",
        template_version="",
    )


async def total_of(tx: Transaction, where: Where) -> DdResult | None:
    """The total of a part: its own result with what it is made of, or its supplier's answer. To be called across."""
    found = await _total(tx, where)
    return found[0] if found else None


async def _total(tx: Transaction, where: Where) -> tuple[DdResult, tuple[FindingKey, ...]] | None:
    """The total of a part, and by what its open findings are known again."""
    operator, part = where
    kind = (await traceability.kinds_across(tx, [where], DD)).get(part)
    if kind is None:
        return None
    if kind.purchased and kind.trade_id is not None:
        answer = (await store.answers(tx, [where])).get(part)
        keys = (await store.answer_keys(tx, [where])).get(part, ())
        return (without_names(answer[1]), keys) if answer and answer[1] else None
    own = (await store.results(tx, [where])).get(part)
    if own is None:
        return None
    own_keys = (await store.result_keys(tx, [where])).get(part, ())
    children = await _children(tx, operator, part)
    return roll_up(own, children, own_keys), keys_of(children, own_keys)


async def _children(tx: Transaction, operator: UUID, part: UUID) -> list[Child]:
    """Everything that one unit of a part is made of, down to purchased parts and own results on the way."""
    amounts = await _amounts(tx, operator, part)
    ids = [(operator, one) for one in amounts]
    if not ids:
        return []
    kinds: dict[UUID, PartKind] = await traceability.kinds_across(tx, ids, DD)
    answers, results, masses = await store.answers(tx, ids), await store.results(tx, ids), await store.masses(tx, ids)
    answered, stated = await store.answer_keys(tx, ids), await store.result_keys(tx, ids)
    children = []
    for one, amount in amounts.items():
        kind = kinds[one]
        if kind.purchased:
            answer = answers.get(one) if kind.trade_id is not None else None
            said = answer[1] if answer else None
            keys = answered.get(one, ()) if said else ()
            children.append(Child(amount=amount, masses=masses.get(one, {}), result=said, keys=keys))
        elif one in results:
            children.append(
                Child(
                    amount=amount,
                    masses=masses.get(one, {}) if kind.terminated else {},
                    result=results[one],
                    keys=stated.get(one, ()),
                )
            )
    return children


async def _amounts(tx: Transaction, operator: UUID, part: UUID) -> dict[UUID, Decimal]:
    """How much of each part goes into one unit of `part`, over all levels made here; in a stable order."""
    acting = OperatorScope(operator, "system:diligence")
    found: dict[UUID, Decimal] = {}
    level: Sequence[tuple[UUID, Decimal]] = [(part, ONE)]
    while level:
        links = await traceability.structure_links(tx, acting, [one for one, _ in level])
        below: dict[UUID, Decimal] = {}
        for parent, factor in level:
            for child, amount in links.get(parent, []):
                below[child] = below.get(child, Decimal(0)) + factor * amount
        for child, amount in below.items():
            found[child] = found.get(child, Decimal(0)) + amount
        level = list(below.items())
    return found


def _sides(row: TradeRow) -> TradeSides:
    return TradeSides(
        trade_id=row.trade_id,
        downstream_operator_id=row.downstream_operator_id,
        upstream_operator_id=row.upstream_operator_id,
    )
