"""The native API of this room: words in, words out; nothing is decided here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from meguri.kernel.errors import Needed, Stale
from meguri.kernel.paging import BadCursor, Page
from meguri.operators import companies, disclosure, errors, inbox, plants
from meguri.operators.model import (
    DirectoryEntry,
    Disclosure,
    DisclosureChange,
    DisclosureLine,
    DisclosureVersion,
    Notification,
    NotificationFilter,
    OperatorChange,
    OperatorRecord,
    OperatorSettings,
    OperatorVersion,
    Plant,
    PlantInput,
    PlantVersion,
    ReadCount,
    ReadMark,
    SettingsChange,
    UnreadCount,
)
from meguri.ui import language_for
from meguri.web import (
    FromPath,
    FromQuery,
    Json,
    Paging,
    Unit,
    admin,
    editor,
    expected_version,
    refusals,
    signed_in,
    versioned,
)
from meguri.web.etag import IfMatch

MOST_IDS = 100
Groups = Annotated[list[str] | None, QueryParameter(name="open", description="Groups to open; may be repeated.")]


def _operator(record: OperatorRecord) -> Response[OperatorRecord]:
    return versioned(record, record.version)


def _settings(switches: OperatorSettings) -> Response[OperatorSettings]:
    return versioned(switches, switches.version)


def _plant(plant: Plant) -> Response[Plant]:
    return versioned(plant, plant.version)


def _disclosure(said: Disclosure) -> Response[Disclosure]:
    return versioned(said, said.version)


# /operators


@get("/operators", guards=[signed_in], responses=refusals(BadCursor))
async def search_operators(
    unit: Unit,
    paging: Paging,
    q: Annotated[
        str, QueryParameter(max_length=256, description="Part of a name, or exactly one of a company's ids.")
    ] = "",
) -> Page[DirectoryEntry]:
    """Find companies in the directory; best matches first."""
    return await unit(companies.search, q, limit=paging.limit, cursor=paging.cursor)


@get("/operators/by-ids", guards=[signed_in], responses=refusals())
async def operators_by_ids(
    unit: Unit,
    operator_ids: Annotated[list[UUID], QueryParameter(min_items=1, max_items=MOST_IDS, description="1 to 100 ids.")],
) -> Page[DirectoryEntry]:
    """Companies by id, in the order asked for; unknown ids are left out."""
    return Page(items=await unit(companies.by_ids, operator_ids))


@get("/operators/by-open-id", guards=[signed_in], responses=refusals(errors.OperatorUnknown))
async def operator_by_open_id(
    unit: Unit,
    open_operator_id: Annotated[str, QueryParameter(description="法人番号, or another public id.")],
) -> DirectoryEntry:
    """The company with this public number."""
    return await unit(companies.look_up, open_operator_id)


@get("/operators/me", guards=[signed_in], responses=refusals(errors.OperatorUnknown))
async def own_operator(unit: Unit) -> Response[OperatorRecord]:
    """Your own company's record, with its ETag."""
    return await unit.answering(_operator)(companies.own)


@put(
    "/operators/me",
    guards=[admin],
    responses=refusals(
        errors.OperatorUnknown, errors.OpenOperatorIdImmutable, errors.GlobalOperatorIdTaken, Stale, Needed
    ),
)
async def update_own_operator(
    unit: Unit, data: Json[OperatorChange], if_match: IfMatch = None
) -> Response[OperatorRecord]:
    """Change your own company's record."""
    version = expected_version(if_match)
    return await unit.answering(_operator)(companies.update, data, expected_version=version)


@get("/operators/me/versions", guards=[signed_in], responses=refusals(BadCursor))
async def own_operator_versions(unit: Unit, paging: Paging) -> Page[OperatorVersion]:
    """Your own company's record through time, newest first."""
    return await unit(companies.versions, limit=paging.limit, cursor=paging.cursor)


@get("/operators/me/settings", guards=[signed_in], responses=refusals())
async def own_settings(unit: Unit) -> Response[OperatorSettings]:
    """Your own company's switches, with their ETag."""
    return await unit.answering(_settings)(companies.settings)


@put("/operators/me/settings", guards=[admin], responses=refusals(Stale, Needed))
async def update_own_settings(
    unit: Unit, data: Json[SettingsChange], if_match: IfMatch = None
) -> Response[OperatorSettings]:
    """Set your own company's switches."""
    version = expected_version(if_match)
    return await unit.answering(_settings)(companies.change_settings, data, expected_version=version)


# /plants


@get("/plants", guards=[signed_in], responses=refusals(BadCursor))
async def list_plants(unit: Unit, paging: Paging) -> Page[Plant]:
    """Your plants, oldest first."""
    return await unit(plants.page, limit=paging.limit, cursor=paging.cursor)


@post("/plants", guards=[editor], responses=refusals(errors.OpenPlantIdTaken, errors.GlobalPlantIdTaken))
async def register_plant(unit: Unit, data: Json[PlantInput]) -> Response[Plant]:
    """Register a plant."""
    return await unit.answering(_plant)(plants.register, data)


@get("/plants/{plant_id:uuid}", guards=[signed_in], responses=refusals(errors.PlantNotFound))
async def get_plant(unit: Unit, plant_id: FromPath[UUID]) -> Response[Plant]:
    """One of your plants, with its ETag."""
    return await unit.answering(_plant)(plants.get, plant_id)


@put(
    "/plants/{plant_id:uuid}",
    guards=[editor],
    responses=refusals(errors.PlantNotFound, errors.OpenPlantIdTaken, errors.GlobalPlantIdTaken, Stale, Needed),
)
async def update_plant(
    unit: Unit, plant_id: FromPath[UUID], data: Json[PlantInput], if_match: IfMatch = None
) -> Response[Plant]:
    """Change one of your plants."""
    version = expected_version(if_match)
    return await unit.answering(_plant)(plants.update, plant_id, data, expected_version=version)


@get("/plants/{plant_id:uuid}/versions", guards=[signed_in], responses=refusals(errors.PlantNotFound, BadCursor))
async def plant_versions(unit: Unit, plant_id: FromPath[UUID], paging: Paging) -> Page[PlantVersion]:
    """A plant through time, newest first."""
    return await unit(plants.versions, plant_id, limit=paging.limit, cursor=paging.cursor)


# /disclosures


@get("/disclosures", guards=[signed_in], responses=refusals(BadCursor))
async def who_sees_what(
    unit: Unit,
    paging: Paging,
    to_operator_id: FromQuery[UUID | None] = None,
    trace_id: FromQuery[UUID | None] = None,
    open_only: FromQuery[bool] = True,
) -> Page[DisclosureLine]:
    """Who can read which groups of items of which of your parts, by the company's name."""
    return await unit(
        disclosure.who_sees_what,
        to_operator_id=to_operator_id,
        trace_id=trace_id,
        open_only=open_only,
        limit=paging.limit,
        cursor=paging.cursor,
    )


@get("/disclosures/{trace_id:uuid}/{to_operator_id:uuid}", guards=[signed_in], responses=refusals())
async def get_disclosure(unit: Unit, trace_id: FromPath[UUID], to_operator_id: FromPath[UUID]) -> Response[Disclosure]:
    """What one company can read of one of your parts, with its ETag; version 0: nothing was ever decided."""
    return await unit.answering(_disclosure)(disclosure.get, trace_id, to_operator_id)


@put(
    "/disclosures/{trace_id:uuid}/{to_operator_id:uuid}",
    guards=[editor],
    responses=refusals(
        errors.UnknownItemGroup,
        errors.DisclosureToSelf,
        errors.NoRelation,
        errors.ProofTooLow,
        errors.DisclosureNotFound,
        Stale,
        Needed,
    ),
)
async def change_disclosure(
    unit: Unit,
    trace_id: FromPath[UUID],
    to_operator_id: FromPath[UUID],
    data: Json[DisclosureChange],
    if_match: IfMatch = None,
) -> Response[Disclosure]:
    """Open or close groups of items; groups not named stay as they are."""
    version = expected_version(if_match)
    return await unit.answering(_disclosure)(
        disclosure.release, trace_id, to_operator_id, data.groups, data.reason, expected_version=version
    )


class CautionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A warning, its sentence in the reader's language.

    kind      `total`: by what is read;  `change`: by comparing it with what was read before
    trace_id  the own part whose figure could be worked out;  partner_id: the supplier who answered it
    columns   which figures of it (`pre`, `main`)
    """

    code: str
    kind: str
    item_group: str
    trace_id: UUID
    partner_id: UUID | None
    columns: list[str]
    message: str


class ReviewShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would open and close, and what the company is warned of first."""

    opens: list[str]
    closes: list[str]
    cautions: list[CautionShown]


@get(
    "/disclosures/{trace_id:uuid}/{to_operator_id:uuid}/review",
    guards=[signed_in],
    responses=refusals(errors.UnknownItemGroup, errors.DisclosureToSelf, errors.NoRelation),
)
async def review_disclosure(
    request: Request[Any, Any, Any],
    unit: Unit,
    trace_id: FromPath[UUID],
    to_operator_id: FromPath[UUID],
    open_groups: Groups = None,
    close_groups: Annotated[list[str] | None, QueryParameter(name="close", description="Groups to close.")] = None,
) -> ReviewShown:
    """What opening or closing groups would do, before it is done: which supplier's figure the partner could work out."""
    groups = dict.fromkeys(close_groups or (), False) | dict.fromkeys(open_groups or (), True)
    found = await unit(disclosure.review, trace_id, to_operator_id, groups)
    language = language_for(request)
    return ReviewShown(
        opens=found.opens,
        closes=found.closes,
        cautions=[
            CautionShown(
                code=one.code,
                kind=one.kind,
                item_group=one.item_group,
                trace_id=one.trace_id,
                partner_id=one.partner_id,
                columns=one.columns,
                message=one.message.of(language),
            )
            for one in found.cautions
        ],
    )


@get("/disclosures/{trace_id:uuid}/{to_operator_id:uuid}/versions", guards=[signed_in], responses=refusals(BadCursor))
async def disclosure_versions(
    unit: Unit, trace_id: FromPath[UUID], to_operator_id: FromPath[UUID], paging: Paging
) -> Page[DisclosureVersion]:
    """All that was opened, closed and withdrawn, newest first."""
    return await unit(disclosure.versions, trace_id, to_operator_id, limit=paging.limit, cursor=paging.cursor)


# /inbox


@get("/inbox", guards=[signed_in], responses=refusals(BadCursor))
async def list_notifications(
    unit: Unit,
    paging: Paging,
    notified_from: FromQuery[datetime | None] = None,
    notified_to: FromQuery[datetime | None] = None,
    types: FromQuery[list[str] | None] = None,
    families: FromQuery[list[str] | None] = None,
    unread_only: FromQuery[bool] = False,
) -> Page[Notification]:
    """What your company was told, newest first."""
    wanted = NotificationFilter(
        notified_from=notified_from,
        notified_to=notified_to,
        types=None if types is None else tuple(types),
        families=None if families is None else tuple(families),
        unread_only=unread_only,
    )
    return await unit(inbox.listed, wanted, limit=paging.limit, cursor=paging.cursor)


@get("/inbox/unread", guards=[signed_in], responses=refusals())
async def unread_notifications(unit: Unit) -> UnreadCount:
    """How many notifications nobody of your company has read."""
    return UnreadCount(unread=await unit(inbox.unread_count))


@get("/inbox/{notification_id:uuid}", guards=[signed_in], responses=refusals(errors.NotificationNotFound))
async def get_notification(unit: Unit, notification_id: FromPath[UUID]) -> Notification:
    """One notification."""
    return await unit(inbox.get, notification_id)


@post("/inbox/read", guards=[editor], status_code=200, responses=refusals())
async def mark_notifications_read(unit: Unit, data: Json[ReadMark]) -> ReadCount:
    """Mark notifications as read for the whole company."""
    return await unit(inbox.mark, data)


_HANDLERS: Sequence[HTTPRouteHandler] = (
    search_operators,
    operators_by_ids,
    operator_by_open_id,
    own_operator,
    update_own_operator,
    own_operator_versions,
    own_settings,
    update_own_settings,
    list_plants,
    register_plant,
    get_plant,
    update_plant,
    plant_versions,
    who_sees_what,
    get_disclosure,
    change_disclosure,
    review_disclosure,
    disclosure_versions,
    list_notifications,
    unread_notifications,
    get_notification,
    mark_notifications_read,
)

handlers = [Router("/api/v1", route_handlers=_HANDLERS, tags=["operators"])]
