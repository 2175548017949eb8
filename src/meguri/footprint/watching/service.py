"""Telling a company that a total which it discloses gives a supplier's figure away, when no person of it was asked first.

A system discloses, a file is imported, a supplier changes a figure: the customer may work something out that it could
not before. Pages ask before they do it; here the company is told afterwards, once, by a notice that leads to the
disclosure.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from meguri.footprint.service.guarding import TOTAL, told_by
from meguri.footprint.watching import store
from meguri.footprint.watching.store import Known
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.operators import disclosure, inbox
from meguri.operators.cautions import Caution
from meguri.operators.model import Relation
from meguri.storage.transaction import Transaction

LOOK_THROUGH = "footprint.look_through_disclosed"
MOST_LOOKED_AT = 500  # disclosed totals of one company in one round; the newest
ANSWERED = ("CFP_RESPONSED", "CFP_UPDATED")
OVERLAP = timedelta(minutes=5)  # a transaction may be that long between its moment and its commit
FIRST_ROUND = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_NOTICE = "FIGURE_DERIVABLE"


async def look_at(tx: Transaction, scope: OperatorScope, trace_id: UUID, reader: UUID, since: datetime) -> int:
    """Looks at one disclosed total, and at how it moved from `since` on. Returns of how many figures it told."""
    await tx.alone("footprint.watching", trace_id, reader)
    known = await store.known(tx, scope, trace_id, reader)
    compared = [one.at + _TICK for one in known if one.kind == "change"]
    found = await told_by(tx, scope, trace_id, reader, max([since, *compared]))
    still = {one.trace_id for one in found if one.kind == "total"}
    over = {one.trace_id for one in known if one.kind == "total"} - still
    await store.forget(tx, scope, trace_id, reader, over)
    fresh = _news(found, known)
    await store.keep(tx, scope, fresh)
    if fresh:
        await _notify(tx, scope, trace_id, reader)
    return len(fresh)


async def moved_across(tx: Transaction, scope: OperatorScope) -> list[tuple[UUID, datetime]]:
    """Companies whose totals were disclosed, answered or changed since the last round, and since when; notes the round."""
    now = clock.now()
    last = await store.looked_until(tx, scope)
    since = (last or now - FIRST_ROUND) - OVERLAP
    disclosed = await disclosure.opened_since_across(tx, TOTAL, since)
    told = await inbox.senders_across(tx, ANSWERED, since)
    await store.look_until(tx, scope, now)
    return [(operator_id, since) for operator_id in sorted({*told, *(owner for owner, _, _ in disclosed)})]


async def put_off(tx: Transaction, scope: OperatorScope, since: datetime) -> None:
    """Leaves looking through one company's totals to a job of its own: its many do not keep others waiting."""
    await tx.defer(LOOK_THROUGH, operator_id=str(scope.operator_id), since=since.timestamp())


async def news_of(tx: Transaction, scope: OperatorScope, since: datetime) -> list[tuple[UUID, UUID]]:
    """(own part, customer) of the company's totals that were disclosed, answered or changed since then, newest first."""
    disclosed = await disclosure.opened_since_across(tx, TOTAL, since, scope.operator_id)
    answers = await inbox.told_by_across(tx, scope.operator_id, ANSWERED, since, MOST_LOOKED_AT)
    pairs = [(one.upstream_trace_id, one.downstream_operator_id) for one in answers]
    all_of_them = [*((part, reader) for _, part, reader in disclosed), *pairs]
    news = dict.fromkeys((trace_id, reader) for trace_id, reader in all_of_them if trace_id is not None)
    return list(news)[:MOST_LOOKED_AT]


def _news(found: Iterable[Caution], known: Iterable[Known]) -> list[Caution]:
    told = {(one.kind, one.trace_id): set(one.columns) for one in known if one.kind == "total"}
    return [one for one in found if not set(one.columns) <= told.get((one.kind, one.trace_id), set())]


async def _notify(tx: Transaction, scope: OperatorScope, trace_id: UUID, reader: UUID) -> None:
    about = Relation(
        trade_id=trace_id,
        request_id=reader,
        downstream_operator_id=scope.operator_id,
        upstream_operator_id=scope.operator_id,
        downstream_trace_id=trace_id,
    )
    await inbox.notify(tx, scope.operator_id, _NOTICE, reader, about)
