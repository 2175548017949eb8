"""Taking a supplier's statement into the tree, with where it comes from."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from meguri.footprint import store as footprints
from meguri.footprint.calculation.figures import between, finite
from meguri.footprint.calculation.quality import Scores
from meguri.footprint.errors import UnitMismatch
from meguri.footprint.events import FootprintReceived
from meguri.footprint.model import MAX_FIGURE, FootprintInput, Quality
from meguri.footprint.received import store
from meguri.footprint.received.model import Received, ReceivedInput
from meguri.footprint.totals import rounded
from meguri.kernel import clock
from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability


async def received(tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID]) -> dict[UUID, Received]:
    """What suppliers outside this exchange state of these own parts."""
    return await store.present(tx, scope, trace_ids) if trace_ids else {}


async def history(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[Received]:
    """Every statement of an own part, newest first. Raises PartNotOwn."""
    await traceability.part(tx, scope, trace_id)
    return await store.history(tx, scope, trace_id)


async def receive(tx: Transaction, scope: OperatorScope, trace_id: UUID, said: ReceivedInput) -> Received:
    """From now on the own part counts with this statement; the same one again changes nothing.

    Worksheets take it in full precision. The totals of the exchange take it, rounded as that border wants, if the
    chain of this exchange ends with the part (a part that is asked for here has its answer from here), and if that
    border can carry the figure. Raises PartNotOwn, UnitMismatch, OutOfRange, ValueInvalid.
    """
    from meguri.footprint.service.recording import record  # the room's service offers this module in its turn

    part = await traceability.part(tx, scope, trace_id)
    if part.unit is not None and part.unit is not said.unit:
        raise UnitMismatch
    _check(said)
    before = (await store.present(tx, scope, [trace_id])).get(trace_id)
    if before is not None and _stated(before) == _stated(said):
        return before
    carried = part.terminated and all(0 <= figure <= MAX_FIGURE for figure in (said.raw, said.main))
    kept = Received(
        **_stated(said),
        trace_id=trace_id,
        version=before.version + 1 if before else 1,
        at=clock.now(),
        in_exchange=carried,
    )
    await store.keep(tx, scope, kept)
    await tx.record(FootprintReceived(trace_id=trace_id, origin=said.origin, reference=said.reference))
    if carried:
        present = await footprints.record(tx, scope, trace_id)
        await record(tx, scope, trace_id, _declared(said), footprint_id=present.footprint_id if present else None)
    return kept


def _stated(said: ReceivedInput) -> dict[str, Any]:
    return {name: getattr(said, name) for name in ReceivedInput.__struct_fields__}


def _check(said: ReceivedInput) -> None:
    for name in ("raw", "main", "dist", "eol"):
        finite(name, getattr(said, name))
    if said.primary_share is not None:
        between("primary_share", said.primary_share, ZERO, Decimal(100))
    for name in ("ter", "ger", "tir"):
        if (score := getattr(said, name)) is not None:
            between(name, score, Decimal(1), Decimal(5))


def _declared(said: ReceivedInput) -> FootprintInput:
    quality = Quality(ter=_up(said.ter), ger=_up(said.ger), tir=_up(said.tir))
    return FootprintInput(
        declared_unit=said.unit,
        pre_component=rounded(said.raw),
        main_component=rounded(said.main),
        pre_quality=quality if said.raw else Quality(),
        main_quality=quality if said.main else Quality(),
        comment=f"{said.origin}: {said.partner} {said.reference}",
    )


def _up(score: Decimal | None) -> Decimal | None:
    return None if score is None else rounded(score)


def scores_of(said: ReceivedInput) -> Scores | None:
    """The ratings of a statement, if it has all three."""
    if said.ter is None or said.ger is None or said.tir is None:
        return None
    return Scores(ter=said.ter, ger=said.ger, tir=said.tir)
