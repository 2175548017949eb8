"""Native REST of outside systems: words in, words out."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put

from meguri.dataspaces.ouranos.client import errors, joining
from meguri.dataspaces.ouranos.client.joining import Detail
from meguri.dataspaces.ouranos.client.model import PartnerView, System, SystemChange, SystemInput
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.web import Db, FromPath, Json, Unit, admin, editor, refusals, signed_in

HERE = "/api/v1/outside-systems"


class Systems(msgspec.Struct, frozen=True, kw_only=True):
    """The systems that the company takes part in, oldest first."""

    items: list[System]


class PartnerInput(msgspec.Struct, frozen=True, kw_only=True):
    """A company of the system, by its public identifier there."""

    open_operator_id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


@get(HERE, guards=[signed_in], responses=refusals())
async def list_systems(unit: Unit) -> Systems:
    """In which data exchanges the company takes part, and whether they answer."""
    return Systems(items=await unit(joining.systems))


_TRIED = (errors.BadSystemAddress, errors.SystemAway, errors.SystemRefuses)


@post(HERE, guards=[admin], responses=refusals(*_TRIED))
async def join_system(unit: Unit, db: Db, data: Json[SystemInput]) -> System:
    """Sign in there once, and take part from now on. Keys and password are kept sealed and never answered."""
    return await joining.join(db, unit.scope, data)


@get(HERE + "/{system_id:uuid}", guards=[signed_in], responses=refusals(errors.SystemNotFound))
async def show_system(unit: Unit, system_id: FromPath[UUID]) -> Detail:
    """One system, its companies that are known here, and what has not reached it yet."""
    return await unit(joining.detail, system_id)


@put(
    HERE + "/{system_id:uuid}", guards=[admin], responses=refusals(errors.SystemNotFound, errors.OtherCompany, *_TRIED)
)
async def change_system(unit: Unit, db: Db, system_id: FromPath[UUID], data: Json[SystemChange]) -> System:
    """Another description, tried before it is kept; secrets that are left out stay."""
    return await joining.change(db, unit.scope, system_id, data)


@delete(HERE + "/{system_id:uuid}", guards=[admin], responses=refusals(errors.SystemNotFound))
async def leave_system(unit: Unit, system_id: FromPath[UUID]) -> None:
    """Nothing travels any more and what opens the system is erased; what came stays."""
    await unit(joining.move, system_id, "leave")


@post(HERE + "/{system_id:uuid}/read", guards=[admin], status_code=202, responses=refusals(errors.SystemNotFound))
async def read_system(unit: Unit, system_id: FromPath[UUID]) -> None:
    """Read everything there again, and send what waits, as soon as a worker can."""

    async def read(tx: Transaction, scope: OperatorScope) -> None:
        await joining.move(tx, scope, system_id, "read")

    await unit(read)


@post(HERE + "/{system_id:uuid}/again", guards=[admin], status_code=202, responses=refusals(errors.SystemNotFound))
async def send_again(unit: Unit, system_id: FromPath[UUID]) -> None:
    """Send again what was refused."""

    async def again(tx: Transaction, scope: OperatorScope) -> None:
        await joining.move(tx, scope, system_id, "again")

    await unit(again)


@post(
    HERE + "/{system_id:uuid}/partners",
    guards=[editor],
    responses=refusals(errors.SystemNotFound, errors.PartnerUnknown, errors.SystemAway, errors.SystemRefuses),
)
async def find_partner(unit: Unit, db: Db, system_id: FromPath[UUID], data: Json[PartnerInput]) -> PartnerView:
    """Look a company up there; from then on it is asked like any other, under `operator_id`."""
    return await joining.find_partner(db, unit.scope, system_id, data.open_operator_id)


handlers = [
    list_systems,
    join_system,
    show_system,
    change_system,
    leave_system,
    read_system,
    send_again,
    find_partner,
]
