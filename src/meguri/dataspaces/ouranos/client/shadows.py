"""A company of a foreign system has a shadow here: without people, and known only to the company that takes part there.

Its part of a request is done by the very use cases that a company of this node would call.
"""

from uuid import UUID

from meguri.dataspaces.ouranos.client import foreign, store
from meguri.dataspaces.ouranos.client.model import System
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.operators.model import NewOperator, PlantInput
from meguri.storage import Transaction

ACTOR = "system:outside"


def scope_of(operator_id: UUID) -> OperatorScope:
    """The scope in which a shadow acts, or the company itself for what it did in the system."""
    return OperatorScope(operator_id, ACTOR, Role.ADMIN)


async def known(tx: Transaction, system: System, foreign_id: UUID) -> UUID | None:
    """The shadow of a company, if it has one."""
    found = await store.by_theirs(tx, system, "operator", [foreign_id])
    return found[foreign_id].ours if foreign_id in found else None


async def register(tx: Transaction, scope: OperatorScope, system: System, company: foreign.Operator) -> UUID:
    """The shadow of a company, made if there is none; `scope` is the shadow's own, minted by `fresh`."""
    before = await known(tx, system, company.operator_id)
    if before is not None:
        return before
    address = " ".join(filter(None, (company.open_operator_id, company.operator_address)))
    new = NewOperator(
        name=(company.operator_name or "—")[:256],
        address=address[:256] or "—",
        open_operator_id=f"X{scope.operator_id.hex[-19:]}",
    )
    await operators.register(tx, scope, new, check_digits=False, auto_disclose=True, guest_of=system.operator_id)
    await store.add_id(tx, system, "operator", company.operator_id, scope.operator_id)
    return scope.operator_id


def fresh() -> OperatorScope:
    """The scope of a shadow that is about to be made."""
    return scope_of(new_id())


async def plant_of(tx: Transaction, scope: OperatorScope, foreign_plant: UUID | None) -> UUID:
    """The shadow's plant that stands for a foreign one; of an unknown one, for all that is not known."""
    number = f"F{(foreign_plant.int if foreign_plant else 0) % 10**25:025d}"
    for plant in await operators.all_plants(tx, scope):
        if plant.open_plant_id == number:
            return plant.plant_id
    made = await plants.register(tx, scope, PlantInput(name="—", address="—", open_plant_id=number), check_digits=False)
    return made.plant_id
