"""Telling a partner about a digital twin or a quality problem: kept first, then posted to the inbox that it has opened to us."""

from uuid import UUID, uuid4

from meguri.dataspaces.catenax.notices import store
from meguri.dataspaces.catenax.notices.events import NoticeSent
from meguri.dataspaces.catenax.notices.messages import (
    BPNL,
    MOST_ITEMS,
    MOST_TEXT,
    quality_shared,
    quality_written,
    written,
)
from meguri.dataspaces.catenax.notices.model import ACTIONS, CLASSES, QUALITY, SEVERITIES, STATES, Notice, Quality
from meguri.dataspaces.dsp import calling, offering
from meguri.dataspaces.dsp import store as contracts
from meguri.dataspaces.dsp.errors import PartnerNotFound
from meguri.dataspaces.dsp.messages import to_bytes
from meguri.dataspaces.dsp.starting import root_of
from meguri.jobs.model import system_scope
from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage import Database, Transaction

SEND_JOB = "catenax.send_notice"


class NoticeNotFound(NotFound):
    """You have no such notification."""

    code = "catenax.notice_not_found"
    say = Text(
        ja="通知が見つかりません。一覧を開き直してください。",
        en="This notification was not found. Please open the list again.",
    )


class NoInbox(Conflict):
    """The partner has not opened an inbox to us, or the transfer of it does not run."""

    code = "catenax.no_inbox"
    say = Text(
        ja="相手の通知の受け口がまだ開いていません。相手の「通知の受け口」に契約を申し込み、契約の画面で接続を始めてください。",
        en="The partner's inbox is not open yet. Please ask it for its inbox, then open the connection on the agreement's page.",
    )


class NoNumbers(Conflict):
    """Business partner numbers are missing."""

    code = "catenax.no_numbers"
    say = Text(
        ja="自社と相手の事業者番号（BPNL）が必要です。「接続先」で登録してください。",
        en="Your business partner number (BPNL) and the partner's are needed. Please enter both under Partners.",
    )


class NoticeUnsound(Invalid):
    """What was written cannot be sent."""

    code = "catenax.notice_unsound"
    say = Text(
        ja="通知の種類・本文（1万文字まで）・対象（1,000件まで）を確認してください。",
        en="Please check the kind, the text (at most 10,000 characters) and the items (at most 1,000).",
    )


async def send(
    tx: Transaction,
    scope: OperatorScope,
    peer_did: str,
    action: str,
    information: str,
    items: list[str],
    quality: Quality | None = None,
) -> UUID:
    """Tell a partner; the message goes out by itself. Its id here.

    quality  for the action `quality`, and for it alone; it goes in the form that the partner's record says

    Raises PartnerNotFound, NoNumbers, NoInbox, NoticeUnsound, NotTakingPart.
    """
    me = await offering.taking_part(tx, scope)
    partner = await contracts.partner(tx, scope, peer_did)
    if partner is None:
        raise PartnerNotFound
    known = action in ACTIONS if quality is None else action == QUALITY and _sound(quality)
    wrong = not known or not 0 < len(information) <= MOST_TEXT or len(items) > MOST_ITEMS
    if wrong or any(not 0 < len(one) <= 500 for one in items):
        raise NoticeUnsound
    if not me.bpn or not partner.bpn or not BPNL.match(partner.bpn):
        raise NoNumbers
    transfer = await calling.open_interface(tx, scope, peer_did, "notification-inbox")
    if transfer is None:
        raise NoInbox
    message_id = uuid4()
    if quality is None:
        body = written(action, message_id, me.bpn, partner.bpn, information, items)
    elif partner.quality_form == "shared":
        body = quality_shared(quality, message_id, me.bpn, partner.bpn, information, items)
    else:
        address = root_of(me)
        body = quality_written(quality, message_id, me.bpn, partner.bpn, information, items, address=address)
    notice_id = await store.add(
        tx, scope, inbound=False, peer_did=peer_did, message_id=message_id, action=action, pid=transfer.pid, body=body
    )
    assert notice_id is not None  # noqa: S101  # a fresh message id
    await tx.record(NoticeSent(notice_id=notice_id, peer=peer_did, action=action))
    await tx.defer(SEND_JOB, operator_id=str(scope.operator_id), notice_id=str(notice_id))
    return notice_id


def _sound(said: Quality) -> bool:
    named = (said.notification_id, said.related)
    return (
        said.classification in CLASSES
        and said.severity in SEVERITIES
        and said.status in STATES
        and all(one is None or 0 < len(one) <= 200 for one in named)
        and (said.target_date is None or said.target_date.tzinfo is not None)
    )


async def deliver(db: Database, operator_id: str, notice_id: str) -> None:
    """Post a notification. Raises calling.NotNow when the partner does not take it just now; the job is tried again.

    If the partner has closed its inbox meanwhile, the notification says so and is not sent any more.
    """
    operator, known = parse_uuid(operator_id), parse_uuid(notice_id)
    if operator is None or known is None:
        return
    scope = system_scope("catenax", operator)
    found = await db.run(scope, store.notice, known)
    if found is None or found.told_at is not None:
        return
    pid = await db.run(scope, _inbox_of, found)
    if pid is None:
        await db.run(scope, _settled, known, False, "NO_INBOX")
        return
    below = "" if found.action == QUALITY else f"/{found.action}"
    reply = await calling.call(db, scope, pid, "POST", below, to_bytes(found.body))
    taken = 200 <= reply.status < 300
    trouble = None if taken else f"{reply.status}"
    await db.run(scope, _settled, known, taken, trouble)
    if not taken and (reply.status >= 500 or reply.status in (401, 408, 409, 425, 429)):
        raise calling.NotNow(trouble or "")


async def _inbox_of(tx: Transaction, scope: OperatorScope, notice: Notice) -> str | None:
    """The partner's inbox as it is open now: the transfer may have ended since, and another have begun."""
    found = await calling.open_interface(tx, scope, notice.peer_did, "notification-inbox")
    return found.pid if found else None


async def _settled(tx: Transaction, scope: OperatorScope, notice_id: UUID, told: bool, trouble: str | None) -> None:
    await store.settle(tx, scope, notice_id, told=told, trouble=trouble)


async def one(tx: Transaction, scope: OperatorScope, notice_id: UUID) -> Notice:
    """A notification of ours. Raises NoticeNotFound."""
    found = await store.notice(tx, scope, notice_id)
    if found is None:
        raise NoticeNotFound
    return found
