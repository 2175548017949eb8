"""Lots: deliveries come in by passport scan or by weight; lots are split, merged, shipped and adjusted."""

import hashlib
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import plain
from meguri.kernel.paging import BadCursor, decode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.recycling import booking, errors, store
from meguri.recycling.events import LotReceived
from meguri.recycling.ledger import TxType
from meguri.recycling.model import LotKind
from meguri.recycling.rates import half_up
from meguri.recycling.records import Lot, Receipt, Run, Site
from meguri.recycling.rulebook import conservation
from meguri.recycling.service import posting
from meguri.storage import Transaction


async def receive(tx: Transaction, scope: OperatorScope, said: Receipt) -> Lot:
    """A delivery is booked into stock; the same delivery again changes nothing.

    Raises SiteNotFound, PeriodClosed, ReceiptMismatch, WasteCodeUnknown, LotConflict and the refusals of a composition.
    """
    site = await posting.site_of(tx, scope, said.site_id)
    lot = arrived(said, site)
    before = await store.lot_by_no(tx, scope, said.site_id, lot.lot_no)
    digest = content_hash(said)
    if before is not None:
        if before[1] != digest:
            raise errors.LotConflict(lot_no=lot.lot_no)
        return await get(tx, scope, before[0])
    run = arrival(said, site)
    await posting.require_open(tx, scope, said.site_id, run.period)
    lot = msgspec.structs.replace(lot, run_id=run.run_id)
    if not await store.add_lot(tx, scope, lot, digest):
        raise errors.LotConflict(lot_no=lot.lot_no)
    await store.add_run(tx, scope, run, said)
    postings = booking.receipt_postings(lot)
    await store.post(
        tx, scope, postings, tx_type=TxType.RECEIVE, site_id=said.site_id, period=run.period, tx_id=run.run_id
    )
    await tx.record(
        LotReceived(lot_id=lot.lot_id, site_id=said.site_id, mass_kg=lot.mass_kg, passports=tuple(lot.passports))
    )
    return lot


def arrived(said: Receipt, site: Site) -> Lot:
    """The lot that a delivery makes. Raises ReceiptMismatch, WasteCodeUnknown and the refusals of a composition."""
    lot = booking.new_lot(said.lot, said.site_id, said.at, field="lot", origin=True)
    booking.require_reckonable("shipped_kg", said.shipped_kg)
    _require_same_mass(lot.mass_wet_kg, said.shipped_kg)
    return msgspec.structs.replace(lot, warnings=posting.code_warnings(lot, site))


def arrival(said: Receipt, site: Site) -> Run:
    """The booking of a delivery."""
    return movement("receive", f"IN-{said.lot.lot_no}", site, said.at, note={"weighing_slip": said.weighing_slip})


def content_hash(said: Receipt) -> bytes:
    """What makes two deliveries of one number the same."""
    return hashlib.sha256(msgspec.json.encode(said.lot)).digest()


def _require_same_mass(received: Decimal, shipped: Decimal | None) -> None:
    if shipped is None or not half_up(shipped):
        return
    share = abs(received - shipped) / shipped
    if share > conservation().receipt_share:
        raise errors.ReceiptMismatch(
            received=plain(received), shipped=plain(shipped), share=plain(half_up(share * 100, Decimal("0.01")))
        )


def movement(kind: str, run_no: str, site: Site, at: datetime, note: dict[str, object] | None = None) -> Run:
    """A booking that is no process."""
    return Run(
        run_id=new_id(),
        run_no=run_no,
        site_id=site.site_id,
        kind=kind,
        step_type=None,
        route=None,
        period=site.month_of(at),
        start_at=at,
        end_at=at,
        permit_no=None,
        treatment_code=None,
        status="posted",
        verdict="balanced",
        residuals={},
        reason=None,
        note=note or {},
        reverses=None,
        version=1,
    )


async def get(tx: Transaction, scope: OperatorScope, lot_id: UUID) -> Lot:
    """One of your lots. Raises LotNotFound."""
    found = await store.lots(tx, scope, [lot_id])
    if lot_id not in found:
        raise errors.LotNotFound
    return found[lot_id]


async def received_between(tx: Transaction, scope: OperatorScope, first: UUID, last: UUID) -> list[Lot]:
    """Deliveries whose lots were made between two lots, these included, in the order in which they were made."""
    return await store.lots_between(tx, scope, first, last)


async def page(
    tx: Transaction,
    scope: OperatorScope,
    *,
    limit: int = 100,
    cursor: str | None = None,
    site_id: UUID | None = None,
    kind: LotKind | None = None,
    open_only: bool = False,
    text: str | None = None,
) -> list[Lot]:
    """Lots, newest first, one more than `limit` when there are more. Raises BadCursor."""
    return await store.lots_page(
        tx,
        scope,
        before=place_of(cursor) if cursor else None,
        rows=limit + 1,
        site_id=site_id,
        kind=kind.value if kind else None,
        open_only=open_only,
        text=text or None,
    )


def place_of(cursor: str) -> tuple[datetime, UUID]:
    """The place in a list by moment and id. Raises BadCursor."""
    moment, after = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(moment), UUID(after)
    except ValueError:
        raise BadCursor from None


async def analysed(
    tx: Transaction, scope: OperatorScope, lot_id: UUID, analysis: dict[str, Decimal], expected: int
) -> Lot:
    """A lot with its certificate of analysis (analyte → value). Raises LotNotFound, Stale."""
    before = await get(tx, scope, lot_id)
    if before.version != expected:
        raise Stale
    after = msgspec.structs.replace(before, analysis=analysis)
    await posting.save(tx, scope, after, before)
    return msgspec.structs.replace(after, version=before.version + 1)
