"""Native REST of statistics among peers."""

from uuid import UUID

import msgspec
from litestar import get, post

from meguri.footprint import peers as service
from meguri.footprint.peers import Contributed, PeerFigure, Share, errors
from meguri.footprint.worksheets.errors import ResultNotFound
from meguri.kernel.errors import Forbidden
from meguri.web import FromPath, Json, Unit, editor, refusals, signed_in


class GroupView(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of product that is compared, per unit."""

    key: str
    unit: str
    name_ja: str
    name_en: str


class Peers(msgspec.Struct, frozen=True, kw_only=True):
    """The groups with the rules for telling, what the company contributes, and the figures that it was told."""

    groups: list[GroupView]
    min_group: int
    max_share_percent: str
    contributed: list[Share]
    figures: list[PeerFigure]


class ContributeInput(msgspec.Struct, frozen=True, kw_only=True):
    """The group that the result belongs to."""

    group: str


@get("/api/v1/footprint/peers", guards=[signed_in], responses=refusals())
async def get_peers(unit: Unit) -> Peers:
    """Means among peers of the groups that the company contributes to; never of fewer than five companies."""
    limits = service.limits()
    return Peers(
        groups=[
            GroupView(key=one.key, unit=one.unit, name_ja=one.name.ja, name_en=one.name.en)
            for one in service.groups().values()
        ],
        min_group=limits.min_group,
        max_share_percent=str(limits.max_share),
        contributed=await unit(service.shares),
        figures=await unit(service.figures),
    )


@post(
    "/api/v1/footprint/results/{result_id:uuid}/peers",
    guards=[editor],
    status_code=200,
    responses=refusals(Forbidden, ResultNotFound, errors.GroupUnknown, errors.ResultStale, errors.NotComparable),
)
async def contribute(unit: Unit, result_id: FromPath[UUID], data: Json[ContributeInput]) -> Contributed:
    """A kept result counts among peers from now on; nobody sees it by itself."""
    return await unit(service.contribute, result_id, data.group)


@post(
    "/api/v1/footprint/results/{result_id:uuid}/peers/take-back",
    guards=[editor],
    status_code=200,
    responses=refusals(Forbidden, errors.NotContributed),
)
async def take_back(unit: Unit, result_id: FromPath[UUID]) -> Contributed:
    """It counts no longer; figures that were told stay as they were."""
    return await unit(service.take_back, result_id)


handlers = [get_peers, contribute, take_back]
