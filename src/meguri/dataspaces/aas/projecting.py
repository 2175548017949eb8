"""Keeping the list of shells in step with the records, in the transaction that changes them."""

import re
from collections.abc import Collection
from uuid import UUID

from meguri.dataspaces.aas import store
from meguri.dataspaces.aas.parameters import AssetId
from meguri.dataspaces.aas.store import Shell
from meguri.dataspaces.aas.view import OWN, PUBLIC, of_operator
from meguri.dataspaces.node import node
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passports
from meguri.passport.events import PassportDeleted, PassportIssued, PassportPublished, PassportsIssued
from meguri.passport.model import Record
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.events import (
    PartDeleted,
    PartsAdded,
    PartWritten,
    TradeCancelled,
    TradeLinked,
    TradeRejected,
    TradesLinked,
)
from meguri.traceability.model import Part


def shell_id_of(record_id: UUID) -> str:
    """The identifier of a record's shell."""
    return f"{node().url}/aas/{record_id}"


def id_short(name: str) -> str:
    """A short name as the metamodel allows it: letters, digits and underscores, beginning with a letter."""
    bare = re.sub(r"[^A-Za-z0-9_]", "_", name).strip("_")
    return (bare if bare[:1].isalpha() else f"Part_{bare}" if bare else "Part")[:128]


def pairs_of_part(part: Part) -> list[AssetId]:
    """By what a part is found."""
    return [
        AssetId("traceId", str(part.trace_id)),
        AssetId("manufacturerPartId", part.support_name or part.name),
        AssetId("digitalTwinType", "PartInstance"),
    ]


async def _save_parts(tx: Transaction, scope: OperatorScope, parts: Collection[Part], audience: str) -> None:
    shells = [
        Shell(
            shell_id=shell_id_of(part.trace_id),
            id_short=id_short(part.name),
            global_asset_id=f"urn:uuid:{part.trace_id}",
            asset_kind="Type",
            asset_type=None,
            record_kind="part",
            record_id=part.trace_id,
            created_at=clock.now(),
        )
        for part in parts
    ]
    await store.save_shells(tx, scope, shells)
    await store.show(tx, scope, audience, {shell_id_of(part.trace_id): pairs_of_part(part) for part in parts})


async def part_written(tx: Transaction, scope: OperatorScope, event: PartWritten) -> None:
    """A part and its components have shells."""
    fresh = [one.trace_id for one in event.changed if one.terminated_before is None]
    parts = await traceability.parts_by_id(tx, scope, fresh) if fresh else {}
    if parts:
        await _save_parts(tx, scope, parts.values(), OWN)


async def parts_added(tx: Transaction, scope: OperatorScope, event: PartsAdded) -> None:
    """Many new parts have shells."""
    await _save_parts(tx, scope, (await traceability.parts_by_id(tx, scope, event.added)).values(), OWN)


async def part_deleted(tx: Transaction, scope: OperatorScope, event: PartDeleted) -> None:
    """The shell goes with the part."""
    await store.drop_shell(tx, scope, shell_id_of(event.trace_id))


async def trade_linked(tx: Transaction, scope: OperatorScope, event: TradeLinked) -> None:
    """The customer sees the shell of what it buys; only the supplier's own act shows it."""
    if event.upstream_operator_id != scope.operator_id or event.upstream_trace_id is None:
        return
    known = await traceability.parts_by_id(tx, scope, [event.upstream_trace_id])
    await _save_parts(tx, scope, known.values(), of_operator(event.downstream_operator_id))


async def trades_linked(tx: Transaction, scope: OperatorScope, event: TradesLinked) -> None:
    """Customers see the shells of what they buy."""
    bought: dict[UUID, set[UUID]] = {}
    for one in event.links:
        if one.upstream_operator_id == scope.operator_id and one.upstream_trace_id is not None:
            bought.setdefault(one.downstream_operator_id, set()).add(one.upstream_trace_id)
    known = await traceability.parts_by_id(tx, scope, set().union(*bought.values()))
    for customer, parts in bought.items():
        await _save_parts(tx, scope, [known[part] for part in parts], of_operator(customer))


async def trade_ended(tx: Transaction, scope: OperatorScope, event: TradeCancelled | TradeRejected) -> None:
    """The customer sees the shell no more."""
    part = event.previous_trace_id
    if part is None:
        return
    owner = OperatorScope(event.upstream_operator_id, scope.actor)
    async with tx.across():
        await store.hide(tx, owner, shell_id_of(part), of_operator(event.downstream_operator_id))


async def save_passport(tx: Transaction, passport_id: UUID, *, public: bool) -> None:
    """Enter a passport's shell for its operator, and for everyone when it is published."""
    record: Record | None = await passports.known(tx, str(passport_id))
    if record is None:
        return
    owner = OperatorScope(record.operator_id, "system:aas")
    shell_id = shell_id_of(record.passport_id)
    shell = Shell(
        shell_id=shell_id,
        id_short="BatteryPassport",
        global_asset_id=record.product_id,
        asset_kind="Instance" if record.granularity == "item" else "Type",
        asset_type=record.category,
        record_kind="passport",
        record_id=record.passport_id,
        created_at=clock.now(),
    )
    public_pairs = [AssetId("batteryPassportId", record.dpp_id), AssetId("manufacturerPartId", record.model_name)]
    own = [*public_pairs, *([AssetId("serialNumber", record.serial)] if record.serial else [])]
    async with tx.across():
        await store.save_shells(tx, owner, [shell])
        await store.show(tx, owner, OWN, {shell_id: own})
        if public:
            await store.show(tx, owner, PUBLIC, {shell_id: public_pairs})


async def passport_issued(tx: Transaction, _: OperatorScope, event: PassportIssued) -> None:
    """A passport has a shell; the public sees it once it is published."""
    await save_passport(tx, event.passport_id, public=event.published)


async def passports_issued(tx: Transaction, scope: OperatorScope, event: PassportsIssued) -> None:
    """So has each of a file, a moment later: thousands of them must not hold up the import."""
    for start in range(0, len(event.passport_ids), 200):
        ids = ",".join(str(one) for one in event.passport_ids[start : start + 200])
        await tx.defer("aas.project", operator_id=str(scope.operator_id), passport_ids=ids, public=event.published)


async def passport_published(tx: Transaction, _: OperatorScope, event: PassportPublished) -> None:
    """From now on everyone sees it."""
    await save_passport(tx, event.passport_id, public=True)


async def passport_deleted(tx: Transaction, scope: OperatorScope, event: PassportDeleted) -> None:
    """A draft's shell goes with it."""
    await store.drop_shell(tx, scope, shell_id_of(event.passport_id))


reactions = {
    PartWritten: [part_written],
    PartsAdded: [parts_added],
    PartDeleted: [part_deleted],
    TradeLinked: [trade_linked],
    TradesLinked: [trades_linked],
    TradeCancelled: [trade_ended],
    TradeRejected: [trade_ended],
    PassportIssued: [passport_issued],
    PassportsIssued: [passports_issued],
    PassportPublished: [passport_published],
    PassportDeleted: [passport_deleted],
}
