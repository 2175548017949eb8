"""What the desk counts when something happens."""

from typing import Any

from meguri.desk import store
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability.events import TradesCompleted


async def trades_completed(tx: Transaction, _: OperatorScope, event: TradesCompleted) -> None:
    """Requests answered now: each counts once, for its supplier."""
    if event.completed:
        await store.note_answers_across(tx, [(one.upstream_operator_id, one.trade_id) for one in event.completed])


reactions: dict[type[Any], list[Any]] = {TradesCompleted: [trades_completed]}
