"""What the registry's client and its stand-in offer to the composition root."""

from typing import Any

from meguri.dataspaces.registry import api, service
from meguri.jobs.model import Jobs
from meguri.kernel.scope import OperatorScope
from meguri.passport import events
from meguri.storage import Database, Transaction

__all__ = ["jobs", "reactions", "route_handlers"]

jobs = Jobs("registry")


@jobs.job(every="* * * * *")
async def send(db: Database) -> None:
    """Tells the registry what is due, until nothing is."""
    while await service.send_due(db):
        pass


async def _published(tx: Transaction, _: OperatorScope, event: events.PassportPublished) -> None:
    await service.queue(tx, [event.passport_id])


async def _issued(tx: Transaction, _: OperatorScope, event: events.PassportIssued) -> None:
    if event.published and event.granularity == "item":
        await service.queue(tx, [event.passport_id])


async def _many(tx: Transaction, scope: OperatorScope, event: events.PassportsIssued) -> None:
    if event.published:
        await service.queue_own(tx, scope, event.passport_ids)


async def _changed(tx: Transaction, _: OperatorScope, event: events.PassportEvent) -> None:
    await service.tell_again(tx, [event.passport_id])


async def _succeeded(tx: Transaction, _: OperatorScope, event: events.PassportSucceeded) -> None:
    await service.tell_again(tx, list(event.closed))
    await service.queue(tx, event.successors)


reactions: dict[type[Any], list[Any]] = {
    events.PassportIssued: [_issued],
    events.PassportsIssued: [_many],
    events.PassportPublished: [_published],
    events.PassportChanged: [_changed],
    events.PassportStateChanged: [_changed],
    events.ResponsibilityMoved: [_changed],
    events.PassportSucceeded: [_succeeded],
}
route_handlers = [*api.handlers]
