"""How well a company knows its linked partners: by its own record of each, for the directory knows nothing of a shadow."""

from collections.abc import Collection
from uuid import UUID

from meguri.dataspaces.dsp import store as contracts
from meguri.dataspaces.federation import store
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction


async def of_partners(tx: Transaction, scope: OperatorScope, operator_ids: Collection[UUID]) -> dict[UUID, str]:
    """The proof that stands in the company's record of those of these companies that are linked partners of its."""
    found: dict[UUID, str] = {}
    for link in await store.links(tx, scope.operator_id):
        if link.partner_operator_id in operator_ids and link.state in ("ACTIVE", "SUSPENDED"):
            known = await contracts.partner(tx, scope, link.peer_did)
            if known is not None and not known.blocked:
                found[link.partner_operator_id] = known.identity_proof
    return found
