"""Deliveries in sets: the rules of `lots.receive`, checked in memory, and the same rows in a few statements per thousand."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.recycling import booking, errors, store_sets
from meguri.recycling.events import LotReceived, LotsReceived
from meguri.recycling.ledger import TxType
from meguri.recycling.records import Lot, Receipt, Run
from meguri.recycling.service import lots, posting
from meguri.recycling.store_sets import Moved
from meguri.storage import Transaction

AT_ONCE = 1000
"""Deliveries in one statement, and in one entry of the audit."""


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that can be booked."""

    row: int
    said: Receipt
    lot: Lot
    run: Run
    digest: bytes


class Arrivals:
    """Deliveries of one company, checked one after the other; what a site is and which months are open is read once."""

    def __init__(self, tx: Transaction, scope: OperatorScope) -> None:
        self._tx, self._scope = tx, scope
        self._known = posting.ReadOnce(tx, scope)

    async def checked(self, rows: Sequence[tuple[int, Receipt]]) -> tuple[list[Arrived], dict[int, Refusal]]:
        """Deliveries to be booked, and the refusal of each row that has one; what is booked already is neither."""
        known: dict[UUID, dict[str, bytes]] = {}
        for site_id in {said.site_id for _, said in rows}:
            numbers = [said.lot.lot_no for _, said in rows if said.site_id == site_id]
            known[site_id] = await store_sets.known_lots(self._tx, self._scope, site_id, numbers)
        good: list[Arrived] = []
        refused: dict[int, Refusal] = {}
        for row, said in rows:
            try:
                found = await self._one(row, said, known[said.site_id].get(said.lot.lot_no))
            except Refusal as refusal:
                refused[row] = refusal
                continue
            if found is not None:
                good.append(found)
        return good, refused

    async def _one(self, row: int, said: Receipt, before: bytes | None) -> Arrived | None:
        """One delivery by the rules of `lots.receive`, in their order; None when the same is booked already."""
        site = await self._known.site_of(said.site_id)
        lot = lots.arrived(said, site)
        digest = lots.content_hash(said)
        if before is not None:
            if before != digest:
                raise errors.LotConflict(lot_no=lot.lot_no)
            return None
        run = lots.arrival(said, site)
        await self._known.require_open(said.site_id, run.period)
        lot = msgspec.structs.replace(lot, run_id=run.run_id)
        return Arrived(row=row, said=said, lot=lot, run=run, digest=digest)


async def receive_all(
    tx: Transaction, scope: OperatorScope, receipts: Mapping[int, Receipt], *, dry_run: bool
) -> dict[int, Refusal]:
    """Book deliveries by row, no number twice at a site; each refusal by its row. With any, the caller takes all back.

    After the first refusal the rest is only checked. In a dry run nothing is written. While the database writes a set, the
    next is checked.
    """
    arrivals = Arrivals(tx, scope)
    refused: dict[int, Refusal] = {}
    rows = list(receipts.items())
    writing: asyncio.Task[dict[int, Refusal]] | None = None
    try:
        for start in range(0, len(rows), AT_ONCE):
            good, wrong = await arrivals.checked(rows[start : start + AT_ONCE])
            refused |= wrong
            if writing is not None:
                refused |= await writing
            if not refused and not dry_run:
                writing = asyncio.create_task(_booked(tx, scope, good))
            await asyncio.sleep(0)  # others of this process go on
        return refused | (await writing if writing is not None else {})
    finally:
        if writing is not None and not writing.done():
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)


async def _booked(tx: Transaction, scope: OperatorScope, good: list[Arrived]) -> dict[int, Refusal]:
    """Write a set; a number that somebody took meanwhile is refused."""
    added = await store_sets.add_lots(tx, scope, {one.lot.lot_id: (one.lot, one.digest) for one in good})
    taken = [one for one in good if one.lot.lot_id not in added]
    if taken:
        return {one.row: errors.LotConflict(lot_no=one.lot.lot_no) for one in taken}
    await store_sets.add_runs(tx, scope, [(one.run, one.said) for one in good])
    for site_id in dict.fromkeys(one.lot.site_id for one in good):
        mine = [one for one in good if one.lot.site_id == site_id]
        moved = [
            Moved(
                tx_type=TxType.RECEIVE,
                tx_id=one.run.run_id,
                period=one.run.period,
                postings=booking.receipt_postings(one.lot),
            )
            for one in mine
        ]
        await store_sets.post_many(tx, scope, moved, site_id=site_id)
        await _recorded(tx, site_id, [one.lot for one in mine])
    return {}


async def _recorded(tx: Transaction, site_id: UUID, made: list[Lot]) -> None:
    """Lots that hold known batteries are told one by one, for passports follow them; the others together."""
    for lot in (one for one in made if one.passports):
        await tx.record(
            LotReceived(lot_id=lot.lot_id, site_id=site_id, mass_kg=lot.mass_kg, passports=tuple(lot.passports))
        )
    plain = [one for one in made if not one.passports]
    if plain:
        mass = sum((one.mass_kg for one in plain), Decimal(0))
        await tx.record(LotsReceived(lot_ids=tuple(one.lot_id for one in plain), site_id=site_id, mass_kg=mass))
