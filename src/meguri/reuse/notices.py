"""Which notice tells whom what about used batteries."""

from collections.abc import Collection
from uuid import UUID

from meguri.kernel.scope import OperatorScope
from meguri.operators.inbox import notify_many
from meguri.operators.model import NewNotification, Relation
from meguri.storage import Transaction


async def tell(
    tx: Transaction, scope: OperatorScope, kind: str, receivers: Collection[UUID], about: UUID, battery_id: UUID
) -> None:
    """Tell companies, other than the one that acts unless it alone is meant, about a listing, deal or battery."""
    told = [
        NewNotification(
            receiver=receiver,
            type=kind,
            from_operator_id=scope.operator_id,
            relation=Relation(
                trade_id=about,
                request_id=about,
                downstream_operator_id=receiver,
                upstream_operator_id=scope.operator_id,
                downstream_trace_id=battery_id,
            ),
        )
        for receiver in dict.fromkeys(receivers)
    ]
    await notify_many(tx, told)
