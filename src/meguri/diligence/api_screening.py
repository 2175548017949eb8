"""Native REST of screening: lists, runs, the queue, decisions; and resolving smelters."""

from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.diligence import errors
from meguri.diligence.model import DecisionInput, Kept, ListInput, RunBody
from meguri.diligence.service import records, screening
from meguri.diligence.smelters import LookUp, Resolved, resolve
from meguri.kernel.errors import Needed, Stale
from meguri.kernel.paging import BadCursor, Page
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.web import FromPath, FromQuery, Json, Paging, Unit, Version, editor, page_of, refusals, signed_in, versioned


class GivenSmelter(msgspec.Struct, frozen=True, kw_only=True):
    """A smelter as somebody wrote it."""

    metal: str
    name: str = ""
    country: str = ""
    cid: str = ""


class ResolveInput(msgspec.Struct, frozen=True, kw_only=True):
    """Smelters to resolve, and the look-up list of the user's own template."""

    smelters: list[GivenSmelter]
    look_up: list[LookUp]


@post("/api/v1/dd/screening/lists", guards=[editor], responses=refusals(errors.BadFile, errors.HeldList))
async def load_list(unit: Unit, data: Json[ListInput], confirmed: FromQuery[bool] = False) -> screening.Loaded:
    """Loads a version of a list; only parties that share a distinctive word with what is new are screened again."""
    return await unit(screening.load_list, data, confirmed=confirmed)


@get("/api/v1/dd/screening/runs", guards=[signed_in], responses=refusals(BadCursor))
async def runs(unit: Unit, paging: Paging, party_id: FromQuery[UUID | None] = None) -> Page[Kept[RunBody]]:
    """Candidates that screening has found with what was decided, newest first; of one party, if given."""

    async def read(tx: Transaction, scope: OperatorScope) -> list[Kept[RunBody]]:
        before = records.id_of_cursor(paging.cursor)
        return await records.listed(
            tx, scope, "run", RunBody, subject_id=party_id, before=before, limit=paging.limit + 1
        )

    return page_of(await unit(read), paging.limit, lambda kept: (str(kept.record_id),))


@post("/api/v1/dd/screening/runs/{party_id:uuid}", guards=[editor], responses=refusals(errors.NothingFound))
async def screen_party(unit: Unit, party_id: FromPath[UUID]) -> Page[Kept[RunBody]]:
    """Screens one party against every list that is loaded."""
    return Page(await unit(screening.screen_party, party_id), None)


@get("/api/v1/dd/screening/queue", guards=[signed_in], responses=refusals())
async def queue(unit: Unit) -> Page[Kept[RunBody]]:
    """Candidates that wait for a person, the most probable first."""
    return Page(await unit(screening.queue), None)


@post(
    "/api/v1/dd/screening/queue/{record_id:uuid}/decision",
    guards=[editor],
    status_code=200,
    responses=refusals(Needed, Stale, errors.NothingFound, errors.IllegalStep, errors.FourEyes),
)
async def decide(
    unit: Unit, record_id: FromPath[UUID], data: Json[DecisionInput], version: Version
) -> Response[Kept[RunBody]]:
    """A person's decision; a true match needs a second person."""
    return await unit.answering(lambda kept: versioned(kept, kept.version))(screening.decide, record_id, data, version)


@post("/api/v1/dd/smelters:resolve", guards=[signed_in], status_code=200, responses=refusals())
async def resolve_smelters(unit: Unit, data: Json[ResolveInput]) -> Page[Resolved]:
    """Which smelters of a look-up list are meant; in the order given."""
    found = [resolve(one.metal, one.name, one.country, one.cid, data.look_up) for one in data.smelters]
    return Page(found, None)


handlers = [load_list, runs, screen_party, queue, decide, resolve_smelters]
