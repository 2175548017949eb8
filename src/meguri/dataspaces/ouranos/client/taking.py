"""Taking what was done in a foreign system: partners' acts as their shadows, the company's own acts there as its own.

Everything is compared with what stands here: reading the same twice changes nothing, and one thing is one thing on whichever
side it began. Each thing is one transaction of its own.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from meguri import logs
from meguri.dataspaces.ouranos.client import effects, foreign, shadows, store
from meguri.dataspaces.ouranos.client.model import System
from meguri.dataspaces.ouranos.client.taken import Answer, answer_of
from meguri.dataspaces.ouranos.client.wire import Foreign
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction
from meguri.traceability.model import Side, Trade

Result = TypeVar("Result")
_log = logs.get(__name__)


_taken: dict[UUID, dict[UUID, object]] = {}  # by system: rows that had their effect and have not changed since


class Taker:
    """Reads one system for one company. `answered`: their ids of requests of ours whose answer moved in this turn."""

    def __init__(self, db: Database, system: System, wire: Foreign) -> None:
        """Nothing is read yet."""
        self.db, self.system, self.wire = db, system, wire
        self.scope = shadows.scope_of(system.operator_id)
        self.answered: set[UUID] = set()

    async def run(self, work: Callable[..., Awaitable[Result]], *args: Any) -> Result:
        """One transaction of the company."""
        return await self.db.run(self.scope, work, *args)

    async def each(self, scope: OperatorScope, work: Callable[..., Awaitable[Any]], *args: Any) -> bool:
        """One thing; what cannot be here is left out, and does not keep the others. Whether it could."""
        try:
            await self.db.run(scope, work, *args)
        except Refusal as refusal:
            if refusal.status >= 500:
                raise
            _log.warning("outside.not_taken", system=str(self.system.system_id), code=refusal.code)
            return False
        return True

    def known(self, trade_id: UUID, *row: object) -> bool:
        """Whether these very rows about a request had their effect before: then there is nothing to do."""
        return _taken.get(self.system.system_id, {}).get(trade_id) == row

    def remember(self, trade_id: UUID, *row: object) -> None:
        """They have had their effect."""
        _taken.setdefault(self.system.system_id, {})[trade_id] = row

    async def shadow(self, foreign_id: UUID, companies: dict[UUID, foreign.Operator]) -> OperatorScope | None:
        """The scope of a partner's shadow, made if there is none."""
        found = await self.run(_known_shadow, self.system, foreign_id)
        if found is None and foreign_id in companies:
            found = await self.db.run(shadows.fresh(), shadows.register, self.system, companies[foreign_id])
        return shadows.scope_of(found) if found else None

    async def companies_of(self, ids: set[UUID]) -> dict[UUID, foreign.Operator]:
        """Companies that have no shadow yet, as the system describes them."""
        known = await self.run(_known_shadows, self.system, ids)
        new = ids - known - {self.system.foreign_operator_id}
        return {one.operator_id: one for one in await self.wire.companies(new)} if new else {}

    # ── requests to us ───────────────────────────────────────────────────────────────────────────────────────────────

    async def received(self) -> None:
        """Requests of partners: new ones, other words, withdrawn ones."""
        rows = [one for one in await self.wire.received() if one.status_model.request_type == "CFP"]
        companies = await self.companies_of({one.trade_model.downstream_operator_id for one in rows})
        for row in rows:
            trade_id = row.trade_model.trade_id
            if self.known(trade_id, row):
                continue
            scope = await self.shadow(row.trade_model.downstream_operator_id, companies)
            if scope is None or not await self.each(scope, effects.take_request, self.system, row):
                continue
            if await self.each(self.scope, effects.link_own, self.system, row):
                self.remember(trade_id, row)
        there = {one.trade_model.trade_id for one in rows}
        for pair, trade in await self.run(_live, self.system, "up"):
            if pair not in there and await self._vanished(trade):
                await self.each(shadows.scope_of(trade.partner_id), effects.cancel, trade.trade_id)

    async def _vanished(self, trade: Trade) -> bool:
        """A list may be cut short by a fault; a single look makes sure."""
        request = (await self.run(_by_ours, self.system, "request", [trade.request_id])).get(trade.request_id)
        return request is None or await self.wire.status(request) is None

    # ── our requests ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def sent(self) -> None:
        """Our requests: begun there, returned, linked, answered, written about, withdrawn there."""
        statuses = [one for one in await self.wire.statuses() if one.request_type == "CFP"]
        trades = {one.trade_id: one for one in await self.wire.all_requests()}
        trades |= await self._missing(statuses, trades)
        companies = await self.companies_of({one.upstream_operator_id for one in trades.values()})
        answers = await self._answers(statuses, trades)
        if not {one.downstream_trace_id for one in trades.values()} <= await self.run(_known_parts, self.system):
            await self.plants()  # a request that began there, about a part that did
            await self.parts()
        for status in statuses:
            trade = trades.get(status.trade_id)
            answer = answers.get(trade.downstream_trace_id) if trade else None
            if trade is None or self.known(trade.trade_id, trade, status, answer):
                continue
            scope = await self.shadow(trade.upstream_operator_id, companies)
            if scope is None:
                continue
            begun = await self.each(self.scope, effects.begin_request, self.system, trade, status, scope.operator_id)
            if await self.each(scope, effects.take_answer, self.system, trade, status, answer) and begun:
                self.remember(trade.trade_id, trade, status, answer)
                if answer is not None:
                    self.answered.add(trade.trade_id)
        there = {one.trade_id for one in statuses}
        for pair, local in await self.run(_live, self.system, "down"):
            if pair not in there:
                part = await self.run(_by_ours, self.system, "part", [local.downstream_trace_id])
                theirs = part.get(local.downstream_trace_id)
                again = await self.wire.statuses_of(theirs) if theirs else []
                if all(one.trade_id != pair for one in again):
                    await self.each(self.scope, effects.cancel, local.trade_id)

    async def _missing(
        self, statuses: Sequence[foreign.Status], trades: dict[UUID, foreign.Trade]
    ) -> dict[UUID, foreign.Trade]:
        """A request made between two calls stands in one list only; known ones are asked for by their part."""
        lost = {one.trade_id for one in statuses} - set(trades)
        if not lost:
            return {}
        parts = [row.theirs for row in await self.run(_pairs, self.system, "part")]
        return {one.trade_id: one for one in await self.wire.requests(parts) if one.trade_id in lost}

    async def _answers(
        self, statuses: Sequence[foreign.Status], trades: dict[UUID, foreign.Trade]
    ) -> dict[UUID, Answer]:
        """By part: what suppliers answer."""
        done = [
            trades[one.trade_id].downstream_trace_id
            for one in statuses
            if one.state == "COMPLETED" and one.trade_id in trades
        ]
        rows = await self.wire.cfp(set(done)) if done else []
        found = {part: answer_of([row for row in rows if row.trace_id == part]) for part in done}
        return {part: answer for part, answer in found.items() if answer is not None}

    # ── everything of ours ───────────────────────────────────────────────────────────────────────────────────────────

    async def plants(self) -> None:
        """Our plants there: one of the same number is the same."""
        for one in await self.wire.plants():
            await self.each(self.scope, effects.take_plant, self.system, one)

    async def parts(self) -> None:
        """Our parts and structures there; requests are looked at anew, for some may have waited for their part."""
        _taken.pop(self.system.system_id, None)
        parts = await self.wire.parts()
        for one in parts:
            await self.each(self.scope, effects.take_part, self.system, one)
        for one in parts:
            if not one.terminated_flag:
                structure = await self.wire.structure(one.trace_id)
                if structure.children_parts_model:
                    await self.each(self.scope, effects.take_structure, self.system, structure)

    async def footprints(self) -> None:
        """Our own figures there."""
        parts = [one.theirs for one in await self.run(_pairs, self.system, "part")]
        rows = await self.wire.cfp(parts) if parts else []
        for part in {row.trace_id for row in rows if row.cfp_id is not None}:
            await self.each(
                self.scope, effects.take_footprint, self.system, part, [row for row in rows if row.trace_id == part]
            )


async def _known_shadow(tx: Transaction, scope: OperatorScope, system: System, foreign_id: UUID) -> UUID | None:
    return await shadows.known(tx, system, foreign_id)


async def _known_shadows(tx: Transaction, scope: OperatorScope, system: System, ids: set[UUID]) -> set[UUID]:
    return set(await store.by_theirs(tx, system, "operator", ids))


async def _pairs(tx: Transaction, scope: OperatorScope, system: System, kind: str) -> list[Any]:
    return await store.pairs(tx, system, kind)


async def _by_ours(
    tx: Transaction, scope: OperatorScope, system: System, kind: str, ours: list[UUID]
) -> dict[UUID, UUID]:
    return {one: pair.theirs for one, pair in (await store.by_ours(tx, system, kind, ours)).items()}


async def _live(tx: Transaction, scope: OperatorScope, system: System, side: str) -> list[tuple[UUID, Trade]]:
    """(their id, request) of live requests that both sides know."""
    known = {pair.ours: pair.theirs for pair in await store.pairs(tx, system, "trade")}
    trades = await effects.live_trades(tx, scope, Side(side)) if known else []
    return [(known[trade.trade_id], trade) for trade in trades if trade.trade_id in known]


async def _known_parts(tx: Transaction, scope: OperatorScope, system: System) -> set[UUID]:
    return {pair.theirs for pair in await store.pairs(tx, system, "part")}
