"""A partner on another node has a shadow here: a company without people, as which its messages act. So one model serves both.

What a partner says takes the very way that a company of this node would take: the same use cases, rights and tier hiding.
"""

import hashlib
from uuid import UUID

from meguri.dataspaces.federation import store
from meguri.kernel.errors import Conflict
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.operators.model import NewOperator, PlantInput
from meguri.storage import Database, Transaction

PLANT = "F000001"


async def of_party(tx: Transaction, _: OperatorScope, did: str) -> UUID:
    """As whom a party acts here. Its DID alone gives the id: were it one that the party writes into its DID, it could write
    that of a company of this node and act in its name."""
    known = await store.shadow_of(tx, did)
    return known or UUID(bytes=hashlib.sha256(f"meguri-fed {did}".encode()).digest()[:16])


def scope_of(partner_operator_id: UUID) -> OperatorScope:
    """The scope in which a partner's messages act."""
    return OperatorScope(partner_operator_id, "system:federation", Role.ADMIN)


async def ensure(db: Database, partner_operator_id: UUID, name: str, open_operator_id: str) -> None:
    """The shadow exists; again changes nothing."""
    for number in (open_operator_id[:20], partner_operator_id.hex[-20:]):
        try:
            await db.run(scope_of(partner_operator_id), _make, name[:256] or "—", number)
        except Conflict:
            continue
        return


async def _make(tx: Transaction, scope: OperatorScope, name: str, number: str) -> None:
    if await operators.operator_exists(tx, scope, scope.operator_id):
        return
    new = NewOperator(name=name, address="—", open_operator_id=number)
    await operators.register(tx, scope, new, check_digits=False, auto_disclose=True)
    await plants.register(tx, scope, PlantInput(name="—", address="—", open_plant_id=PLANT))


async def plant_of(tx: Transaction, scope: OperatorScope) -> UUID:
    """The shadow's one plant."""
    found = await operators.all_plants(tx, scope)
    return found[0].plant_id
