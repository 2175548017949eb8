"""Native REST of grievances: anybody tells, by code one follows, handlers take on."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import HeaderParameter

from meguri.diligence import errors
from meguri.diligence.limiting import LIMIT
from meguri.diligence.model import CaseStatus, CaseStep, Grievance, GrievanceInput, Opened
from meguri.diligence.service import grievances
from meguri.jobs.model import system_scope
from meguri.kernel.errors import Needed, Stale, TooMany
from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.web import PUBLIC, Db, FromPath, Json, Paging, Unit, Version, admin, principal_of, refusals, versioned

Code = Annotated[str, HeaderParameter(name="x-case-code", description="The code that was given once.")]
Company = Annotated[UUID, HeaderParameter(name="x-case-operator", description="The company that was told.")]


class PublicGrievance(GrievanceInput, frozen=True, kw_only=True):
    """A grievance, and the company that it is about."""

    operator_id: UUID


class More(msgspec.Struct, frozen=True, kw_only=True):
    """What a reporter says further."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


async def reported(
    db: Database, address: str, operator_id: UUID, said: GrievanceInput, files: Sequence[tuple[str, bytes]] = ()
) -> Opened:
    """Takes a grievance about a company that there is. Raises NothingFound, TooMany, and what files raise."""
    LIMIT.take(address)

    async def keep(tx: Transaction, scope: OperatorScope) -> Opened:
        async with tx.across():
            known = await operators.names_of(tx, scope, [operator_id])
        if not known:
            raise errors.NothingFound
        return await grievances.open_case(tx, scope, said, files)

    return await db.run(system_scope("grievances", operator_id), keep)


@post("/api/v1/dd/grievances", opt=PUBLIC, responses=refusals(errors.NothingFound, TooMany))
async def tell(db: Db, request: Request[Any, Any, Any], data: Json[PublicGrievance]) -> Opened:
    """Anybody may tell of a harm or a fear of it, without a name. The code comes once: with it one can follow and write."""
    fields = {name: getattr(data, name) for name in GrievanceInput.__struct_fields__}
    return await reported(db, principal_of(request).client_address, data.operator_id, GrievanceInput(**fields))


@get("/api/v1/dd/grievances/mine", opt=PUBLIC, responses=refusals(errors.NothingFound))
async def mine(db: Db, code: Code, operator_id: Company) -> CaseStatus:
    """What has become of one's own case; a wrong code and an unknown one get the same answer."""
    return await db.run(system_scope("grievances", operator_id), grievances.by_code, code)


@post("/api/v1/dd/grievances/mine/messages", opt=PUBLIC, responses=refusals(errors.NothingFound, TooMany))
async def say_more(
    db: Db, request: Request[Any, Any, Any], code: Code, operator_id: Company, data: Json[More]
) -> CaseStatus:
    """The reporter writes again."""
    LIMIT.take(principal_of(request).client_address)
    return await db.run(system_scope("grievances", operator_id), grievances.say_more, code, data.text)


@get("/api/v1/dd/grievances", guards=[admin], responses=refusals())
async def cases(unit: Unit, paging: Paging) -> Page[Grievance]:
    """Cases for their handlers, newest first; each reading is in the audit."""
    return Page(await unit(grievances.listed, limit=paging.limit), None)


@get("/api/v1/dd/grievances/{case_id:uuid}", guards=[admin], responses=refusals(errors.NothingFound))
async def case(unit: Unit, case_id: FromPath[UUID]) -> Response[Grievance]:
    """One case for its handlers."""
    found = await unit(grievances.one, case_id)
    return versioned(found, found.version)


@post(
    "/api/v1/dd/grievances/{case_id:uuid}/step",
    guards=[admin],
    status_code=200,
    responses=refusals(Needed, Stale, errors.NothingFound, errors.IllegalStep, errors.UnknownWord),
)
async def step(unit: Unit, case_id: FromPath[UUID], data: Json[CaseStep], version: Version) -> Response[Grievance]:
    """Takes a case on, and tells the reporter."""
    return await unit.answering(lambda found: versioned(found, found.version))(
        grievances.take_on, case_id, data, version
    )


@delete("/api/v1/dd/grievances/{case_id:uuid}/personal", guards=[admin], responses=refusals(errors.NothingFound))
async def erase(unit: Unit, case_id: FromPath[UUID]) -> None:
    """Erases what identifies people; the case's state and the audit stay."""
    await unit(grievances.erase, case_id)


handlers = [tell, mine, say_more, cases, case, step, erase]
