"""Process runs: drafted, posted with conservation at every posting, undone only by opposite entries."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.recycling import booking, errors, gathering, store
from meguri.recycling.events import RunDiscarded, RunPosted, RunReversed
from meguri.recycling.ledger import Posting, State, TxType
from meguri.recycling.model import PREPARATION, LotKind, LotStatus
from meguri.recycling.records import Line, Lot, Run, RunDetail, RunInput, Site
from meguri.recycling.service import earning, posting
from meguri.recycling.service.lots import movement
from meguri.storage import Transaction

UNDONE = LotStatus.CONSUMED


async def draft(tx: Transaction, scope: OperatorScope, said: RunInput) -> Run:
    """A run that is kept but not yet in the ledger.

    Raises SiteNotFound, UnusableInput, LotConflict for a number that is used.
    """
    site = await posting.site_of(tx, scope, said.site_id)
    booking.require_sound(said, site.day_of(said.end_at).year)
    run = _run(said, site, new_id(), "draft", "draft", {})
    if not await store.add_run(tx, scope, run, said):
        return await _same(tx, scope, said)
    return run


async def post_draft(tx: Transaction, scope: OperatorScope, run_id: UUID) -> RunDetail:
    """Put a drafted run into the ledger. Raises RunNotFound, StateTransition and all that `post` raises."""
    run = await get_run(tx, scope, run_id)
    if run.status != "draft":
        raise errors.StateTransition(state=run.status, wanted="posted", allowed="—")
    said = msgspec.convert(await store.run_body(tx, scope, run_id), RunInput)
    return await _post(tx, scope, said, run)


async def discard(tx: Transaction, scope: OperatorScope, run_id: UUID) -> Run:
    """Give a draft up: it stays readable and stands no longer against closing. Raises RunNotFound, StateTransition, Stale."""
    run = await get_run(tx, scope, run_id)
    if run.status != "draft":
        raise errors.StateTransition(state=run.status, wanted="discarded", allowed="—")
    gone = msgspec.structs.replace(run, status="discarded")
    if not await store.change_run(tx, scope, gone, run.version):
        raise Stale
    await tx.record(RunDiscarded(run_id=run_id, site_id=run.site_id, run_no=run.run_no))
    return msgspec.structs.replace(gone, version=run.version + 1)


async def post(tx: Transaction, scope: OperatorScope, said: RunInput) -> RunDetail:
    """Book a run at once; the same run again changes nothing.

    Raises SiteNotFound, LotNotFound, PeriodClosed, PermitExpired, GenealogyCycle, NegativeStock, ConservationViolation,
    BlackMassIntermediate, LotConflict and the refusals of compositions.
    """
    await posting.site_of(tx, scope, said.site_id)
    known = await store.run_by_no(tx, scope, said.site_id, said.run_no)
    if known is not None:
        run = await _same(tx, scope, said)
        if run.status != "draft":
            return await detail(tx, scope, run.run_id)
        return await _post(tx, scope, said, run)
    return await _post(tx, scope, said, None)


async def _same(tx: Transaction, scope: OperatorScope, said: RunInput) -> Run:
    """The run of this number, if it says the same. Raises LotConflict."""
    known = await store.run_by_no(tx, scope, said.site_id, said.run_no)
    if known is None or msgspec.convert(known[1], RunInput) != said:
        raise errors.LotConflict(lot_no=said.run_no)
    return await get_run(tx, scope, known[0])


async def _post(tx: Transaction, scope: OperatorScope, said: RunInput, drafted: Run | None) -> RunDetail:
    site = await posting.site_of(tx, scope, said.site_id)
    lots = await posting.lots_to_change(tx, scope, (taken.lot_id for taken in said.inputs))

    async def require_open(site_id: UUID, period: str) -> None:
        await posting.require_open(tx, scope, site_id, period)

    run, booked = await prepared(said, site, lots, require_open, drafted.run_id if drafted else None)
    if drafted is not None:
        if not await store.change_run(tx, scope, run, drafted.version):
            raise Stale
    elif not await store.add_run(tx, scope, run, said):
        raise errors.LotConflict(lot_no=said.run_no)
    await _keep(tx, scope, run, booked, site)
    await earning.earn(tx, scope, site, run, booked)
    await tx.record(posted(said, run, booked))
    return RunDetail(run=run, lines=booked.lines)


async def prepared(
    said: RunInput,
    site: Site,
    lots: Mapping[UUID, Lot],
    require_open: Callable[[UUID, str], Awaitable[None]],
    run_id: UUID | None = None,
) -> tuple[Run, booking.Booked]:
    """A run and its effect on the lots that it takes, by every rule of a booking; nothing is written.

    Raises PeriodClosed, PermitExpired, GenealogyCycle, StateTransition and what `booking.book_run` raises.
    """
    day = site.day_of(said.end_at)
    await require_open(said.site_id, site.month_of(said.end_at))
    posting.require_permit(said.permit_no, said.permit_valid_to, day)
    posting.require_permit(site.permit_no, site.permit_valid_to, day)
    _require_order(said, lots)
    run_id = run_id or new_id()
    booked = booking.book_run(said, lots, run_id, day.year)
    residuals = {element: found.residual_kg for element, found in booked.residuals.items()}
    return _run(said, site, run_id, "posted", booked.verdict, residuals), booked


def posted(said: RunInput, run: Run, booked: booking.Booked) -> RunPosted:
    """What is told of a booked run."""
    return RunPosted(
        run_id=run.run_id,
        site_id=said.site_id,
        step_type=said.step_type.value,
        period=run.period,
        passports=_ended(said, booked),
    )


def _require_order(said: RunInput, lots: Mapping[UUID, Lot]) -> None:
    """parent.created ≤ run.start ≤ run.end = child.created. Raises GenealogyCycle."""
    if said.end_at < said.start_at:
        raise errors.GenealogyCycle(detail=f"end_at {said.end_at.isoformat()} < start_at {said.start_at.isoformat()}")
    for lot in lots.values():
        if lot.site_id != said.site_id:
            raise errors.LotNotFound
        if lot.created_at > said.start_at:
            raise errors.GenealogyCycle(
                detail=f"{lot.lot_no}: {lot.created_at.isoformat()} > {said.start_at.isoformat()}"
            )
        if lot.status is LotStatus.BLOCKED:
            raise errors.StateTransition(state=lot.status.value, wanted="consumed", allowed="open")
    numbers = [output.lot.lot_no for output in said.outputs]
    own = {lot.lot_no for lot in lots.values()}
    for number in numbers:
        if number in own or numbers.count(number) > 1:
            raise errors.GenealogyCycle(detail=number)


def _run(said: RunInput, site: Site, run_id: UUID, status: str, verdict: str, residuals: dict[str, Decimal]) -> Run:
    return Run(
        run_id=run_id,
        run_no=said.run_no,
        site_id=said.site_id,
        kind="process",
        step_type=said.step_type,
        route=said.route,
        period=site.month_of(said.end_at),
        start_at=said.start_at,
        end_at=said.end_at,
        permit_no=said.permit_no,
        treatment_code=said.treatment_code,
        status=status,
        verdict=verdict,
        residuals=residuals,
        reason=said.reason,
        note={
            "energy_kwh": said.energy_kwh,
            "cost_jpy": said.cost_jpy,
            "campaign_year": said.campaign_year,
            "incidents": said.incidents,
        },
        reverses=None,
        version=1,
    )


async def _keep(tx: Transaction, scope: OperatorScope, run: Run, booked: booking.Booked, site: Site) -> None:
    """Lots, lines, edges and entries of a posted run."""
    for drawn in booked.drawn:
        await posting.save(tx, scope, drawn.after, drawn.lot)
    for lot in booked.made:
        checked = msgspec.structs.replace(lot, warnings=posting.code_warnings(lot, site))
        if not await store.add_lot(tx, scope, checked, b""):
            raise errors.LotConflict(lot_no=lot.lot_no)
    await store.add_lines(tx, scope, run.run_id, booked.lines)
    await store.add_edges(tx, scope, run.run_id, booked.edges)
    await store.post(
        tx,
        scope,
        booked.postings,
        tx_type=TxType.PROCESS,
        site_id=run.site_id,
        period=run.period,
        tx_id=run.run_id,
    )


def _ended(said: RunInput, booked: booking.Booked) -> tuple[str, ...]:
    """Batteries whose last piece a recycling step consumed: their passports cease."""
    if said.step_type in PREPARATION:
        return ()
    kinds = (LotKind.WASTE_PACK, LotKind.WASTE_MODULE, LotKind.WASTE_CELL)
    gone = [d.lot for d in booked.drawn if d.lot.kind in kinds and not d.after.left_kg]
    return tuple(passport for lot in gone for passport in lot.passports)


# Splits, merges, shipments, stock-takes: bookings of the same kind without a process


async def split(
    tx: Transaction, scope: OperatorScope, lot_id: UUID, mass_kg: Decimal, lot_no: str, at: datetime | None = None
) -> Lot:
    """A part of a lot as a lot of its own, of the same composition. Raises LotNotFound, NegativeStock, PeriodClosed."""
    return await _rearranged(tx, scope, "split", [(lot_id, mass_kg)], lot_no, at)


async def merge(
    tx: Transaction, scope: OperatorScope, lot_ids: Sequence[UUID], lot_no: str, at: datetime | None = None
) -> Lot:
    """Lots of one kind and site as one. Raises LotNotFound, GenealogyCycle for lots of several kinds or sites."""
    return await _rearranged(tx, scope, "merge", [(lot_id, None) for lot_id in lot_ids], lot_no, at)


async def _rearranged(
    tx: Transaction,
    scope: OperatorScope,
    kind: str,
    wanted: Sequence[tuple[UUID, Decimal | None]],
    lot_no: str,
    at: datetime | None,
) -> Lot:
    moment = at or clock.now()
    lots = await posting.lots_to_change(tx, scope, [lot_id for lot_id, _ in wanted])
    if len(lots) != len(wanted):
        raise errors.GenealogyCycle(detail=" + ".join(lots[lot_id].lot_no for lot_id, _ in wanted))
    first = lots[wanted[0][0]]
    if {(lot.kind, lot.site_id) for lot in lots.values()} != {(first.kind, first.site_id)}:
        raise errors.GenealogyCycle(detail=" + ".join(f"{lot.lot_no} ({lot.kind.value})" for lot in lots.values()))
    if len({lot.re_class for lot in lots.values()} - {None}) > 1:
        raise errors.GenealogyCycle(detail=" + ".join(f"{lot.lot_no} ({lot.re_class or '?'})" for lot in lots.values()))
    for lot in lots.values():
        if lot.status is LotStatus.BLOCKED:
            raise errors.StateTransition(state=lot.status.value, wanted="consumed", allowed="open")
    if any(lot.created_at > moment for lot in lots.values()):
        raise errors.GenealogyCycle(detail=lot_no)
    site = await posting.settings_of(tx, scope, first.site_id)
    run = movement(kind, f"{kind.upper()}-{lot_no}", site, moment)
    await posting.require_open(tx, scope, first.site_id, run.period)
    drawn = [booking.draw(lots[lot_id], mass, moment) for lot_id, mass in wanted]
    made = gathering.gathered(drawn, lot_no, moment, run.run_id)
    lines = gathering.movement_lines(drawn, [made])
    booked = booking.Booked(
        drawn=drawn,
        made=[made],
        lines=lines,
        edges=booking.edges_of(drawn, [made]),
        postings=booking.postings_of(run.run_id, lines, {}),
        residuals={},
        verdict="balanced",
    )
    if not await store.add_run(tx, scope, run, {"lot_no": lot_no}):
        raise errors.LotConflict(lot_no=lot_no)
    await _keep(tx, scope, run, booked, site)
    await tx.record(RunPosted(run_id=run.run_id, site_id=run.site_id, step_type=kind, period=run.period))
    return made


async def leave(
    tx: Transaction,
    scope: OperatorScope,
    lot_id: UUID,
    *,
    to: State,
    kind: str,
    mass_kg: Decimal | None = None,
    at: datetime | None = None,
    reason: str | None = None,
    note: dict[str, Any] | None = None,
) -> Run:
    """A lot (or a part of it) leaves stock: shipped, disposed, or written off at a stock-take with a reason.

    Raises LotNotFound, NegativeStock, PeriodClosed, GenealogyCycle when it left before it came.
    """
    moment = at or clock.now()
    lots = await posting.lots_to_change(tx, scope, [lot_id])
    lot = lots[lot_id]
    if lot.created_at > moment:
        raise errors.GenealogyCycle(detail=f"{lot.lot_no}: {lot.created_at.isoformat()} > {moment.isoformat()}")
    site = await posting.settings_of(tx, scope, lot.site_id)
    await posting.require_open(tx, scope, lot.site_id, site.month_of(moment))
    status = {State.EXT_CUSTOMER: LotStatus.SHIPPED, State.DISPOSAL: LotStatus.DISPOSED}.get(to, LotStatus.CONSUMED)
    drawn = booking.draw(lot, mass_kg, moment, status)
    run = movement(kind, f"{kind.upper()}-{lot.lot_no}-{lot.version}", site, moment, note=note)
    run = msgspec.structs.replace(run, reason=reason)
    await store.add_run(tx, scope, run, {"lot_id": str(lot_id)})
    await posting.save(tx, scope, drawn.after, drawn.lot)
    await store.add_lines(tx, scope, run.run_id, gathering.movement_lines([drawn], []))
    await store.post(
        tx,
        scope,
        booking.leaving_postings(drawn, to, run.run_id),
        tx_type=TxType.SHIP if kind == "ship" else TxType.ADJUST,
        site_id=lot.site_id,
        period=run.period,
        tx_id=run.run_id,
    )
    await tx.record(RunPosted(run_id=run.run_id, site_id=run.site_id, step_type=kind, period=run.period))
    return run


# Undoing


async def reverse(tx: Transaction, scope: OperatorScope, run_id: UUID, reason: str, *, restating: bool = False) -> Run:
    """Undo a run by opposite entries: what it took is back, what it made is gone, its credits are withdrawn.

    Raises RunNotFound, PeriodClosed, StateTransition (already undone, sold, or something made from it is used), CreditsInUse
    (claims rest on it; a restatement flags them instead).
    """
    run = await get_run(tx, scope, run_id)
    if run.status != "posted" or run.kind not in ("process", "split", "merge", "receive", "ship", "adjust", "dispose"):
        raise errors.StateTransition(state=run.status, wanted="reversed", allowed="—")
    if not restating:
        await posting.require_open(tx, scope, run.site_id, run.period)
    if run.note.get("deal_id"):
        raise errors.StateTransition(state="sold", wanted="reversed", allowed="offer it back")
    lines = await store.lines(tx, scope, run_id)
    site = await posting.settings_of(tx, scope, run.site_id)
    undo = movement("reverse", f"REV-{run.run_no}", site, run.end_at)
    undo = msgspec.structs.replace(undo, reason=reason, reverses=run_id, period=run.period)
    assays = await _give_back(tx, scope, run, lines)
    if run.kind == "process" and await earning.withdraw(tx, scope, run, lines) and not restating:
        raise errors.CreditsInUse(run=run.run_no)
    if not await store.add_run(tx, scope, undo, {"reverses": str(run_id)}):
        raise errors.StateTransition(state="reversed", wanted="reversed", allowed="—")
    for one in (
        *sorted(assays, key=lambda assay: assay.run_id, reverse=True),
        run,
    ):  # backwards: stock is never below nothing
        await _opposite(tx, scope, one, undo)
    await store.drop_edges(tx, scope, run_id)
    await tx.record(RunReversed(run_id=run_id, reversed_by=undo.run_id, reason=reason))
    return undo


async def _opposite(tx: Transaction, scope: OperatorScope, run: Run, undo: Run) -> None:
    """The opposite entries of a booking in its own month, and the booking marked as undone."""
    opposite = [
        Posting(element=e.element, state=State(e.state), qty_kg=-e.qty_kg, lot_id=e.lot_id, run_id=undo.run_id)
        for e in await store.entries_of_tx(tx, scope, run.site_id, run.run_id)
        if e.book == "physical"
    ]
    await store.post(
        tx, scope, opposite, tx_type=TxType.REVERSE, site_id=run.site_id, period=run.period, tx_id=undo.run_id
    )
    await store.change_run(tx, scope, msgspec.structs.replace(run, status="reversed"), run.version)


async def _give_back(tx: Transaction, scope: OperatorScope, run: Run, lines: Sequence[Line]) -> list[Run]:
    """Lots as they were before the run; what was assayed in a lot that is gone goes with it: those bookings are returned."""
    made_ids = [line.lot_id for line in lines if line.direction == "out" and line.lot_id]
    if run.kind == "receive":
        made_ids = await _received(tx, scope, run)
    taken = {line.lot_id: line for line in lines if line.direction == "in" and line.lot_id}
    lots = await posting.lots_to_change(tx, scope, [*made_ids, *taken])
    for lot_id in made_ids:
        lot = lots[lot_id]
        if lot.left_kg != lot.mass_kg:
            raise errors.StateTransition(state=f"{lot.lot_no}: used", wanted="reversed", allowed="—")
        gone = [msgspec.structs.replace(part, left=ZERO) for part in lot.composition]
        undone = msgspec.structs.replace(lot, left_kg=ZERO, composition=gone, closed_at=clock.now(), status=UNDONE)
        await posting.save(tx, scope, undone, lot)
    for lot_id, line in taken.items():
        await posting.save(tx, scope, gathering.given_back(lots[lot_id], line), lots[lot_id])
    return [assay for lot_id in made_ids for assay in await store.assays_of(tx, scope, lots[lot_id])]


async def _received(tx: Transaction, scope: OperatorScope, run: Run) -> list[UUID]:
    entries = await store.entries_of_tx(tx, scope, run.site_id, run.run_id)
    return list({e.lot_id for e in entries if e.lot_id is not None})


# Reading


async def get_run(tx: Transaction, scope: OperatorScope, run_id: UUID) -> Run:
    """One run. Raises RunNotFound."""
    found = await store.run(tx, scope, run_id)
    if found is None:
        raise errors.RunNotFound
    return found


async def detail(tx: Transaction, scope: OperatorScope, run_id: UUID) -> RunDetail:
    """One run with its lines. Raises RunNotFound."""
    return RunDetail(run=await get_run(tx, scope, run_id), lines=await store.lines(tx, scope, run_id))


async def give_reason(tx: Transaction, scope: OperatorScope, run_id: UUID, reason: str) -> Run:
    """Why a run whose balance is between the soft and the hard limit is accepted. Raises RunNotFound, PeriodClosed."""
    run = await get_run(tx, scope, run_id)
    await posting.require_open(tx, scope, run.site_id, run.period)
    after = msgspec.structs.replace(run, reason=reason)
    if not await store.change_run(tx, scope, after, run.version):
        raise Stale
    return msgspec.structs.replace(after, version=run.version + 1)
