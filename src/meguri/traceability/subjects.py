"""What the disclosure room must know of parts and requests, told by this room."""

from collections.abc import Collection
from uuid import UUID

from meguri.kernel.scope import OperatorScope
from meguri.operators.model import Notification
from meguri.storage.transaction import Transaction
from meguri.traceability import store


class PartsAndTrades:
    """Names of parts, and whether a live request joins a part to a customer."""

    async def names(self, tx: Transaction, scope: OperatorScope, trace_ids: Collection[UUID]) -> dict[UUID, str]:
        """The names of the operator's own parts; unknown ones are left out."""
        return {trace_id: part.name for trace_id, part in (await store.parts(tx, scope, trace_ids)).items()}

    async def related(self, tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID) -> bool:
        """Whether a live request of that company is linked to this own part."""
        return bool(await store.live_links(tx, scope, trace_id, to_operator_id))

    def request_href(self, told: Notification, operator_id: UUID) -> str | None:
        """The page of the request that a notification is about; a cancelled one has none any more."""
        return None if told.type.endswith("REQUEST_CANCELED") else f"/requests/{told.request_id}"
