"""Messages of partners that only we can make true: a recall or notice on our own passports is ours to publish.

A person accepts or declines; accepting does it through the use case of the room that it belongs to, in the same transaction, once.
"""

from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.federation import store
from meguri.dataspaces.federation.applying import HANDOVER
from meguri.dataspaces.federation.errors import LinkNotFound, MessageNotFound, NothingToTell, NotInThisState
from meguri.dataspaces.federation.events import MessageDecided
from meguri.dataspaces.federation.payloads import wrong_field
from meguri.dataspaces.federation.sending import enqueue
from meguri.dataspaces.federation.store import Waiting
from meguri.dataspaces.strict import loads
from meguri.kernel.errors import Forbidden, NotFound
from meguri.kernel.scope import OperatorScope
from meguri.passport.service.announcing import NewNotice, announce
from meguri.storage import Transaction

TELLABLE = ("notification", "recall.open", "recall.close")
_SEVERITIES = ("minor", "moderate", "major", "critical")


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message that waits for a person.

    ids    what it is about, as far as the sender named it by ids that we know
    title  and text: as the sender wrote them
    """

    message_id: UUID
    type: str
    partner: str
    title: str
    text: str
    ids: list[str]
    received_at: Any


def shown(one: Waiting) -> Message:
    """A message as a person reads it."""
    said: dict[str, Any] = loads(bytes(one.raw))["payload"]
    about = said.get("affected") if one.type == "notification" else said.get("scope")
    named = [str(one) for one in about if isinstance(one, str)] if isinstance(about, list) else []
    return Message(
        message_id=one.message_id,
        type=one.type,
        partner=one.peer_name,
        title=str(said.get("title") or said.get("recallId") or said.get("passportId") or "")[:500],
        text=str(said.get("text") or said.get("instruction") or "")[:10_000],
        ids=named[:200] or ([str(said["passportId"])] if "passportId" in said else []),
        received_at=one.received_at,
    )


async def waiting(tx: Transaction, scope: OperatorScope) -> list[Message]:
    """What partners' nodes sent and waits for one of us; passports on their way wait among the transfers."""
    return [shown(one) for one in await store.kept(tx, scope.operator_id) if one.type != HANDOVER]


async def decide(tx: Transaction, scope: OperatorScope, message_id: UUID, *, accept: bool) -> int:
    """Accept a message, so that it takes effect here, or decline it; on how many of our passports it took effect.

    Raises Forbidden, MessageNotFound, and what publishing a notice raises.
    """
    if not scope.may_edit:
        raise Forbidden
    found = await store.kept_one(tx, scope.operator_id, message_id)
    if found is None or found.type == HANDOVER:
        raise MessageNotFound
    touched = await _effect(tx, scope, found) if accept else 0
    await store.decide_in(
        tx, scope.operator_id, message_id, *(("applied", None) if accept else ("rejected", "DECLINED"))
    )
    await tx.record(MessageDecided(message_id=message_id, type=found.type, accepted=accept, touched=touched))
    return touched


async def _effect(tx: Transaction, scope: OperatorScope, found: Waiting) -> int:
    if found.type not in ("recall.open", "recall.close"):
        return 0  # it is for reading
    message = shown(found)
    said: dict[str, Any] = loads(bytes(found.raw))["payload"]
    severity = said.get("severity") if said.get("severity") in _SEVERITIES else None
    words = message.text or message.title
    notice = NewNotice(
        type="recall" if found.type == "recall.open" else "notice",
        description={"ja": words, "en": words},
        severity=severity,
    )
    touched = 0
    for identifier in dict.fromkeys(message.ids):
        try:
            async with tx.savepoint():
                await announce(tx, scope, identifier, notice)
        except (NotFound, Forbidden):
            continue  # not one of ours: the partner named it to somebody else
        touched += 1
    return touched


class Tell(msgspec.Struct, frozen=True, kw_only=True):
    """What we tell a partner: a notification, or that a recall begins or ends. `ids`: those that the partner knows."""

    type: str
    title: str
    text: str
    ids: list[str] = []
    severity: str = "moderate"


async def tell(tx: Transaction, scope: OperatorScope, link_id: UUID, said: Tell) -> UUID:
    """Tell a linked partner; its people decide what becomes of it.

    Raises Forbidden, LinkNotFound, NotInThisState, NothingToTell.
    """
    if not scope.may_edit:
        raise Forbidden
    link = await store.link(tx, scope.operator_id, link_id)
    if link is None:
        raise LinkNotFound
    if link.state != "ACTIVE":
        raise NotInThisState(state=link.state)
    payload = _payload(said)
    if said.type not in TELLABLE or not said.title.strip() or wrong_field(said.type, payload) is not None:
        raise NothingToTell
    return await enqueue(tx, scope.operator_id, link_id, said.type, f"{said.type}:{said.title[:100]}", payload)


def _payload(said: Tell) -> dict[str, Any]:
    ids = [one.strip() for one in said.ids if one.strip()][:200]
    if said.type == "notification":
        return {
            "severity": said.severity,
            "class": "quality",
            "title": said.title.strip(),
            "text": said.text,
            "affected": ids,
        }
    return {"recallId": said.title.strip(), "instruction": said.text, "scope": ids, "severity": said.severity}
