"""Native REST of notifications: what partners told us and what we told them, and telling."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get, post

from meguri.dataspaces.catenax.notices import sending, store
from meguri.dataspaces.catenax.notices.model import Notice, Quality
from meguri.dataspaces.catenax.notices.sending import NoInbox, NoNumbers, NoticeNotFound, NoticeUnsound
from meguri.dataspaces.dsp.errors import NotTakingPart, PartnerNotFound
from meguri.web import FromPath, Json, Unit, editor, refusals, signed_in

HERE = "/api/v1/dataspace/notices"
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Tell(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner shall be told.

    action   connect-to-parent, connect-to-child, submodel-update, feedback or quality
    quality  with the action quality, and with it alone: how bad it is, until when an answer is wanted, to which matter it belongs
    """

    did: Text
    action: Text
    information: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
    items: Annotated[list[Text], msgspec.Meta(max_length=1000)] = []
    quality: Quality | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A notification. `told_at`: when the partner had taken it; `trouble`: why it has not."""

    notice_id: UUID
    inbound: bool
    did: str
    message_id: UUID
    action: str
    body: dict[str, Any]
    at: datetime
    told_at: datetime | None
    trouble: str | None


class ToldList(msgspec.Struct, frozen=True, kw_only=True):
    """Notifications both ways, newest first; the latest hundred."""

    items: list[Told]


def _told(one: Notice) -> Told:
    return Told(
        notice_id=one.notice_id,
        inbound=one.inbound,
        did=one.peer_did,
        message_id=one.message_id,
        action=one.action,
        body=one.body,
        at=one.at,
        told_at=one.told_at,
        trouble=one.trouble,
    )


@get(HERE, guards=[signed_in], responses=refusals())
async def list_notices(unit: Unit) -> ToldList:
    """What partners told us about digital twins and quality, and what we told them."""
    return ToldList(items=[_told(one) for one in (await unit(store.notices))[:100]])


@get(f"{HERE}/{{told_id:uuid}}", guards=[signed_in], responses=refusals(NoticeNotFound))
async def get_notice(unit: Unit, told_id: FromPath[UUID]) -> Told:
    """One notification as it was sent."""
    return _told(await unit(sending.one, told_id))


@post(HERE, guards=[editor], responses=refusals(PartnerNotFound, NoNumbers, NoInbox, NoticeUnsound, NotTakingPart))
async def send_notice(unit: Unit, data: Json[Tell]) -> Told:
    """Tell a partner that has opened its inbox to us; the message goes out by itself."""
    notice_id = await unit(sending.send, data.did, data.action, data.information, list(data.items), data.quality)
    return _told(await unit(sending.one, notice_id))


handlers = [list_notices, get_notice, send_notice]
