"""`/notifications`, `/requestStatus`, `/replyMessages`."""

import re
from datetime import UTC, datetime, time
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos import demands, tracks
from meguri.dataspaces.ouranos.bodies.base import Wire
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.errors import coded
from meguri.dataspaces.ouranos.gojson import Body
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.rules import limits
from meguri.dataspaces.ouranos.transport.listing import kinds
from meguri.kernel.clock import seconds_z
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.operators import inbox
from meguri.operators.catalogue import notification_rules
from meguri.operators.model import Notification, NotificationFilter
from meguri.storage import Transaction
from meguri.traceability import service as traceability

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_TRACK = re.compile(r"[0-9a-fA-F]{32}")


class PostReply(Wire):
    """A message to the customer."""

    operator_id: str | None = None
    request_id: str | None = None
    reply_message: str | None = None


REPLY = Body(PostReply)


class _Relation(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    trade_id: UUID
    request_id: UUID
    downstream_operator_id: UUID
    upstream_operator_id: UUID
    downstream_trace_id: UUID
    upstream_trace_id: UUID | None = None


class _Notification(msgspec.Struct, frozen=True, rename="camel"):
    notification_id: UUID
    notification_type: str
    notified_from_operator_id: UUID
    trade_relation: _Relation
    notified_at: str


class _Notifications(msgspec.Struct, frozen=True):
    notifications: list[_Notification]
    next: UUID | None


class _RequestStatus(msgspec.Struct, frozen=True, rename="camel"):
    track_id: str
    request_created_at: str
    accepted_request_status: str = "SUCCESS"
    summary_request_status: str = "SUCCESS"


class _RequestId(msgspec.Struct, frozen=True, rename="camel"):
    request_id: UUID


async def get_notifications(call: Call, house: House) -> Answer:
    """What the caller was told, newest first."""
    (operator_id,) = demands.asked(call)
    wanted = NotificationFilter(
        notified_from=_moment("notifiedAtFrom", call, time.min),
        notified_to=_moment("notifiedAtTo", call, time.max),
        types=tuple(code for code, rule in notification_rules().types.items() if rule.wire),
        families=tuple(kinds(call.query).types),
    )
    after = demands.uuid_or_none("after", call.query.text("after"))
    demands.mine(call, operator_id)
    found, following = await house.read(call, inbox.page, wanted, after=after, limit=limits().lists.notifications)
    return Answer(200, msgspec.json.encode(_Notifications([_shown(one) for one in found], following)))


def _moment(key: str, call: Call, whole_day: time) -> datetime | None:
    """A moment; of a day alone, its beginning or its end. Raises Coded."""
    given = call.query.text(key)
    if not given:
        return None
    if not _MOMENT.fullmatch(given):
        raise coded(demands.FORM, key)
    try:
        moment = datetime.fromisoformat(given)
        if "T" not in given:
            moment = datetime.combine(moment, whole_day)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise coded(demands.FORM, key) from None


def _shown(found: Notification) -> _Notification:
    relation = _Relation(
        found.trade_id,
        found.request_id,
        found.downstream_operator_id,
        found.upstream_operator_id,
        found.downstream_trace_id,
        found.upstream_trace_id,
    )
    return _Notification(
        found.notification_id, found.type, found.from_operator_id, relation, seconds_z(found.notified_at)
    )


async def get_request_status(call: Call, house: House) -> Answer:
    """Which of the caller's writes were done: all that are found, for writes are done at once."""
    demands.items(*((key, call.query.text(key)) for key in ("operatorId", "trackId")))
    operator_id, most = demands.uuid("operatorId", call.query.text("operatorId")), limits().lists.track_ids
    given = call.query.text("trackId").split(",", most + 1)
    if len(given) > most:
        raise coded(demands.COUNT, "trackId", most)
    if any(not _TRACK.fullmatch(one) and parse_uuid(one) is None for one in given):
        raise coded(demands.FORM, "trackId")
    demands.mine(call, operator_id)
    found = await house.read(call, tracks.found, [one.replace("-", "").lower() for one in given])
    return Answer(200, msgspec.json.encode([_RequestStatus(one.track_id, seconds_z(one.at)) for one in found]))


async def post_reply(call: Call, house: House) -> Answer:
    """A message to the customer; without one, the message is removed."""
    raw = await call.json(REPLY) or PostReply()
    demands.items(("operatorId", raw.operator_id), ("requestId", raw.request_id))
    operator_id = demands.uuid("operatorId", raw.operator_id)
    request_id = demands.uuid("requestId", raw.request_id)
    message = demands.words("replyMessage", raw.reply_message, limits().bodies.message_length)
    demands.mine(call, operator_id)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        await traceability.reply(tx, scope, request_id, message)
        return Answer(200, msgspec.json.encode(_RequestId(request_id)))

    return await house.write(call, work)


HANDLERS: Handlers = {
    ("GET", "notifications"): get_notifications,
    ("GET", "requestStatus"): get_request_status,
    ("POST", "replyMessages"): post_reply,
}
