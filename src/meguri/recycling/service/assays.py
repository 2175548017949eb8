"""An assay meets the book: the first one says what a lot holds, a later one is reconciled within the limits of a balance."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.errors import Refusal, Stale
from meguri.kernel.numbers import ZERO, plain
from meguri.kernel.scope import OperatorScope
from meguri.recycling import booking, errors, store, store_sets
from meguri.recycling.conservation import MASS, Verdict, residual
from meguri.recycling.elements import require_possible, require_unity
from meguri.recycling.events import LotAssayed
from meguri.recycling.ledger import Posting, State, TxType
from meguri.recycling.rates import half_up
from meguri.recycling.records import Lot, Part, Run, Share, Site
from meguri.recycling.rulebook import conservation
from meguri.recycling.service import posting
from meguri.recycling.service.lots import movement
from meguri.recycling.store_sets import Moved
from meguri.storage import Transaction

AT_ONCE = 1000
"""Lots in one statement."""


class Assay(msgspec.Struct, frozen=True, kw_only=True):
    """What a laboratory found in a lot: fractions of what is left, dry unless `wet`."""

    shares: list[Share]
    wet: bool
    lab_ref: str | None
    at: datetime


class Assayed(msgspec.Struct, frozen=True, kw_only=True):
    """A lot as assayed (with the version it had), and what has to be booked for it."""

    after: Lot
    run: Run
    moved: list[Moved]
    event: LotAssayed

    @property
    def body(self) -> dict[str, str]:
        """The booking as it was asked for."""
        return {"lot_id": str(self.after.lot_id)}


async def reconcile(
    tx: Transaction,
    scope: OperatorScope,
    lot_id: UUID,
    shares: Sequence[Share],
    *,
    wet: bool = False,
    lab_ref: str | None = None,
    at: datetime | None = None,
) -> Lot:
    """A lot with what an assay found in it [fractions of what is left, dry unless `wet`].

    An element that the book does not know in a lot that came from outside unmeasured is what arrived with it. Anything else
    moves between stock and CORRECTION if it lies within the hard limit. The same assay again changes nothing.
    Raises LotNotFound, NegativeStock, AssayOutsideTolerance, CompositionOverUnity, AssayOverStoichiometric, PeriodClosed.
    """
    lot = (await posting.lots_to_change(tx, scope, [lot_id]))[lot_id]
    site = await posting.settings_of(tx, scope, lot.site_id)
    found = assayed(lot, site, Assay(shares=list(shares), wet=wet, lab_ref=lab_ref, at=at or clock.now()))
    if found is None:
        return lot
    await posting.require_open(tx, scope, lot.site_id, found.run.period)
    if not await store.assay_lot(tx, scope, found.after, lot.version):
        raise Stale
    await store.add_run(tx, scope, found.run, found.body)
    for one in found.moved:
        await store.post(
            tx,
            scope,
            one.postings,
            tx_type=one.tx_type,
            site_id=lot.site_id,
            period=one.period,
            tx_id=one.tx_id,
        )
    await tx.record(found.event)
    return msgspec.structs.replace(found.after, version=lot.version + 1)


async def reconcile_all(
    tx: Transaction, scope: OperatorScope, assays: Mapping[UUID, Assay], *, dry_run: bool
) -> dict[UUID, Refusal]:
    """`reconcile` of many lots, in a few statements per thousand; each refusal by its lot. With any, the caller takes all
    back. In a dry run nothing is written.
    """
    known = posting.ReadOnce(tx, scope)
    refused: dict[UUID, Refusal] = {}
    ids = list(assays)
    for start in range(0, len(ids), AT_ONCE):
        lots = await store.lots(tx, scope, ids[start : start + AT_ONCE], for_update=True)
        good: list[Assayed] = []
        for lot_id in ids[start : start + AT_ONCE]:
            try:
                if lot_id not in lots:
                    raise errors.LotNotFound
                found = assayed(lots[lot_id], await known.site_of(lots[lot_id].site_id), assays[lot_id])
                if found is not None:
                    await known.require_open(found.after.site_id, found.run.period)
                    good.append(found)
            except Refusal as refusal:
                refused[lot_id] = refusal
        if not refused and not dry_run:
            await _write(tx, scope, good)
        await asyncio.sleep(0)  # others of this process go on
    return refused


async def _write(tx: Transaction, scope: OperatorScope, good: Sequence[Assayed]) -> None:
    if not good:
        return
    if len(await store_sets.assay_lots(tx, scope, [one.after for one in good])) != len(good):
        raise Stale
    await store_sets.add_runs(tx, scope, [(one.run, one.body) for one in good])
    for site_id in dict.fromkeys(one.after.site_id for one in good):
        moved = [move for one in good if one.after.site_id == site_id for move in one.moved]
        await store_sets.post_many(tx, scope, moved, site_id=site_id)
    for one in good:
        await tx.record(one.event)


def assayed(lot: Lot, site: Site, said: Assay) -> Assayed | None:
    """What an assay does to a lot; None: it says what the book says. Raises as `reconcile`, but for the month."""
    if not lot.left_kg:
        raise errors.NegativeStock(lot=lot.lot_no, available="0", requested="—")
    parts = booking.parts_of(said.shares, lot.left_kg, None, "assay")
    if said.wet and lot.moisture_pct is not None:
        dry = 1 - lot.moisture_pct / 100
        parts = [msgspec.structs.replace(p, kg=half_up(p.kg / dry), left=half_up(p.kg / dry)) for p in parts]
    found = booking.summed(parts)
    require_unity(kg / lot.left_kg for kg in found.values())
    if lot.material is not None:
        require_possible(lot.material, {e: kg / lot.left_kg for e, kg in found.items()})
    arrived, corrected = _differences(lot, found, parts)
    if not arrived and not corrected:
        return None
    period = site.month_of(lot.created_at if arrived and lot.left_kg == lot.mass_kg else said.at)
    run = movement("assay", f"ASSAY-{lot.lot_no}-{lot.version}", site, said.at, note={"lab_ref": said.lab_ref})
    run = msgspec.structs.replace(run, period=period)
    moved = [
        Moved(
            tx_type=how,
            tx_id=run.run_id,
            period=period,
            postings=[
                Posting(element=e, state=state, qty_kg=sign * kg, lot_id=lot.lot_id, run_id=run.run_id)
                for e, kg in deltas.items()
                for state, sign in ((other, -1), (State.STOCK, 1))
            ],
        )
        for deltas, other, how in (
            (arrived, State.EXT_SUPPLIER, TxType.RECEIVE),
            (corrected, State.CORRECTION, TxType.ADJUST),
        )
    ]
    elements = tuple(sorted({*arrived, *corrected}))
    return Assayed(
        after=_assayed(lot, parts, arrived),
        run=run,
        moved=moved,
        event=LotAssayed(lot_id=lot.lot_id, site_id=lot.site_id, elements=elements),
    )


def _differences(
    lot: Lot, found: dict[str, Decimal], parts: Sequence[Part]
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """kg by element: what arrived unmeasured, and what the book has to be corrected by."""
    held = lot.held
    arrived: dict[str, Decimal] = {}
    corrected: dict[str, Decimal] = {}
    for element, kg in found.items():
        book = held.get(element, ZERO)
        if kg == book:
            continue
        if element not in held and lot.is_origin:
            arrived[element] = kg
            continue
        u_kg = (_u(parts, element) ** 2 + (book * conservation().default_u_rel["passport_bom"]) ** 2).sqrt()
        limits = residual(element, book, kg, u_kg=u_kg)
        if limits.verdict is Verdict.VIOLATED:
            raise errors.AssayOutsideTolerance(
                lot=lot.lot_no,
                element=element,
                assay_kg=plain(kg),
                book_kg=plain(book),
                limit_kg=plain(half_up(limits.hard_kg)),
            )
        corrected[element] = kg - book
    return arrived, corrected


def _u(parts: Sequence[Part], element: str) -> Decimal:
    """Standard uncertainty [kg] of what an assay found of an element."""
    default = conservation().default_u_rel["icp_black_mass"]
    return sum((p.kg * (default if p.u_rel is None else p.u_rel) for p in parts if p.element == element), ZERO)


def _assayed(lot: Lot, parts: Sequence[Part], arrived: dict[str, Decimal]) -> Lot:
    """The lot with the assay's parts in place of the book's; what was taken before stays in `kg`."""
    taken: dict[str, Decimal] = defaultdict(Decimal)
    for part in lot.composition:
        taken[part.element] += part.kg - part.left
    found = {part.element for part in parts}
    kept = [part for part in lot.composition if part.element not in found]
    made = []
    for part in parts:
        before = taken.pop(part.element, ZERO)  # an element in several places: what was taken counts once
        made.append(msgspec.structs.replace(part, kg=part.kg + before, left=part.kg))
    sources = {**lot.sources, **{element: lot.sources.get(MASS, {}) for element in arrived}}
    return msgspec.structs.replace(lot, composition=[*kept, *made], sources=sources)
