"""Subscriptions to named queries: what is new since the last report is sent to the subscriber's address.

A report is repeated until it was taken (delays of `rules/dataspaces/retry.toml`); what was taken is remembered, so that
an event that was committed late is sent as well and none is sent twice by us. Times of record and the order of commits
differ by less than `_OVERLAP`.
"""

import asyncio
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.dsp import store as contracts
from meguri.dataspaces.epcis import asking, store
from meguri.dataspaces.epcis.faults import Fault
from meguri.dataspaces.epcis.schedule import checked, following
from meguri.dataspaces.epcis.schema import Event, is_moment
from meguri.dataspaces.epcis.store import Kept, Subscription
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import epcis, retry
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import Refused, Unreachable, check_address
from meguri.kernel import clock
from meguri.kernel.clock import millis_z
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

PURPOSE = "epcis.signature_token"
_OVERLAP = timedelta(minutes=2)
_AT_ONCE = 4
_FIELDS = {"dest", "signatureToken", "reportIfEmpty", "initialRecordTime", "schedule", "stream"}


class _Report(msgspec.Struct, frozen=True):
    """What to send, and what will have been told by it."""

    held: Subscription
    body: bytes
    headers: dict[str, str]
    rows: list[Kept]
    until: datetime


async def subscribe(
    tx: Transaction, scope: OperatorScope, owner: str, viewer: str | None, name: str, body: Any
) -> Subscription:
    """Keep a subscription. Raises Fault (SubscriptionControlsException, ValidationException)."""
    if not isinstance(body, dict) or not set(body) <= _FIELDS:
        raise Fault(
            "ValidationException", "/: dest, signatureToken, reportIfEmpty, initialRecordTime, schedule or stream"
        )
    dest, token, stream = body.get("dest"), body.get("signatureToken"), body.get("stream", False)
    if not isinstance(dest, str) or not 0 < len(dest) <= 2000:
        raise Fault("ValidationException", "/dest: an address")
    try:
        check_address(dest, node().reach)
    except Refused:
        raise Fault("ValidationException", "/dest: a public https address is needed") from None
    if token is not None and (not isinstance(token, str) or not 0 < len(token) <= 500):
        raise Fault("ValidationException", "/signatureToken: a text")
    if not isinstance(stream, bool) or not isinstance(body.get("reportIfEmpty", False), bool):
        raise Fault("ValidationException", "/stream and reportIfEmpty are true or false")
    if stream == ("schedule" in body):
        raise Fault("SubscriptionControlsException", "either a schedule or stream: true")
    now, begin = clock.now(), body.get("initialRecordTime")
    if begin is not None and not is_moment(str(begin)):
        raise Fault("ValidationException", "/initialRecordTime: a time with zone")
    plan = None if stream else checked(body["schedule"])
    made = Subscription(
        subscription_id=new_id(),
        owner=owner,
        viewer=viewer,
        query_name=name,
        dest=dest,
        signature_token=tx.installation.sealer.seal(token.encode(), PURPOSE) if token else None,
        report_if_empty=body.get("reportIfEmpty", False),
        schedule=msgspec.json.encode(plan).decode() if plan else None,
        begins=datetime.fromisoformat(begin) if begin else now,
        reached=datetime.fromisoformat(begin) if begin else now,
        next_at=_next(plan, now),
        created_at=now,
    )
    await store.add_subscription(tx, scope, made)
    return made


def told(held: Subscription) -> dict[str, Any]:
    """A subscription as its owner sees it; the token is not told again."""
    plan = msgspec.json.decode(held.schedule) if held.schedule else None
    return {
        "subscriptionID": str(held.subscription_id),
        "queryName": held.query_name,
        "dest": held.dest,
        "reportIfEmpty": held.report_if_empty,
        "createdAt": millis_z(held.created_at),
        "lastReportedUntil": millis_z(held.reached),
        **({"schedule": plan} if plan else {"stream": True}),
        **({"trouble": held.trouble} if held.trouble else {}),
    }


async def report_due(db: Database) -> None:
    """Send what is due, each subscription on its own: one that cannot be reached holds up no other."""
    due = await db.run(system_scope("epcis"), store.due_subscriptions, clock.now())
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def one(operator_id: UUID, subscription_id: UUID) -> None:
        async with at_once:
            await report(db, operator_id, subscription_id)

    await asyncio.gather(*(one(*ids) for ids in due))


async def report(db: Database, operator_id: UUID, subscription_id: UUID) -> None:
    """Send one report, and note what came of it."""
    scope = system_scope("epcis", operator_id)
    made = await db.run(scope, _made, subscription_id)
    if made is None:
        return
    trouble: str | None = None
    if made.rows or made.held.report_if_empty:
        try:
            reply = await node().outbound.send(
                "POST", made.held.dest, headers=made.headers, body=made.body, timeout_s=retry().timeout_s
            )
            trouble = None if 200 <= reply.status < 300 else f"HTTP_{reply.status}"
        except (Refused, Unreachable) as error:
            trouble = type(error).__name__.upper()
    await db.run(scope, _noted, made, trouble)


async def _made(tx: Transaction, scope: OperatorScope, subscription_id: UUID) -> _Report | None:
    """The report that is due now, or None."""
    held = await store.subscription(tx, scope, subscription_id)
    now = clock.now()
    if held is None or held.next_at > now:
        return None
    found = await _new(tx, scope, held, now) if await _still_welcome(tx, scope, held) else []
    secret = await contracts.token_key(tx, scope)
    events: list[Event] = [asking.seen_by(one, held.viewer, secret) for one in found]
    document = asking.results(events, held.query_name)
    document["epcisBody"]["queryResults"]["subscriptionID"] = str(held.subscription_id)
    body = msgspec.json.encode(document)
    headers = {"content-type": "application/json", "gs1-epcis-version": "2.0.0", "gs1-cbv-version": "2.0.0"}
    if held.signature_token is not None:
        token = tx.installation.sealer.open(held.signature_token, PURPOSE)
        headers["gs1-signature"] = hmac.digest(token, body, hashlib.sha256).hex()
    until = found[-1].record_time if len(found) == epcis().page_size_most else now
    return _Report(held, body, headers, found, until)


async def _still_welcome(tx: Transaction, scope: OperatorScope, held: Subscription) -> bool:
    """Whether the subscriber would be answered if it asked now: a blocked partner sees nothing from the next report on."""
    if held.viewer is None or not held.viewer.startswith("did:"):
        return True
    partner = await contracts.partner(tx, scope, held.viewer)
    return partner is None or not partner.blocked


async def _new(tx: Transaction, scope: OperatorScope, held: Subscription, now: datetime) -> list[Kept]:
    """What the query finds that was not told yet, oldest record first; at most one report's worth."""
    query = await store.query(tx, scope, held.owner, held.query_name)
    if query is None:
        return []
    asked = asking.asked(asking.pairs_of(query))
    since = max(held.begins, held.reached - _OVERLAP, asked.wanted["record_from"] or held.begins)
    wanted = {**asked.wanted, "record_from": since}
    before = await store.reported(tx, scope, held.subscription_id)
    found: list[Kept] = []
    after, more = store.BEGINNING, True
    while more and len(found) < epcis().page_size_most:
        rows = await store.events(tx, scope, held.viewer, wanted, after, 500, by_record=True)
        more = len(rows) == 500
        found += [one for one in rows if one.row_id not in before and asking.fits(one.body, asked)]
        if rows:
            after = (rows[-1].record_time, rows[-1].row_id)
    return found[: epcis().page_size_most]


async def _noted(tx: Transaction, scope: OperatorScope, made: _Report, trouble: str | None) -> None:
    held, now = made.held, clock.now()
    if not await store.lock_subscription(tx, scope, held.subscription_id):
        return  # ended meanwhile
    if trouble is None:
        await store.add_reported(tx, scope, held.subscription_id, made.rows)
        await store.forget_reported(tx, scope, held.subscription_id, made.until - 2 * _OVERLAP)
        plan = msgspec.json.decode(held.schedule) if held.schedule else None
        later = now if len(made.rows) == epcis().page_size_most else _next(plan, now)
        await store.move_subscription(tx, scope, held.subscription_id, max(made.until, held.reached), later)
        return
    failing = held.failing_since or now
    attempts = held.attempts + 1
    wait = timedelta(seconds=retry().delay_s(attempts))
    if now - failing > timedelta(hours=retry().give_up_after_h):
        wait = timedelta(days=1)  # nothing is lost: once a day it is tried again, until its owner ends it
    await store.move_subscription(
        tx,
        scope,
        held.subscription_id,
        held.reached,
        now + wait,
        attempts=attempts,
        failing_since=failing,
        trouble=trouble,
    )


def _next(plan: dict[str, str] | None, now: datetime) -> datetime:
    """A stream is due whenever the job runs."""
    return now if plan is None else following(plan, now) or now + timedelta(days=365)
