"""Stating results of own parts, and reading what may be shown."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.diligence import store
from meguri.diligence.events import ResultRecorded
from meguri.diligence.model import DdResult, FindingKey, PartMaterialInput, ResultInput
from meguri.diligence.results import sealed
from meguri.diligence.service.kinds import check_range
from meguri.diligence.service.spreading import DD, spread, total_of
from meguri.diligence.taxonomy import check_word
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import inbox
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import PartNotOwn
from meguri.traceability.model import PartKind, State
from meguri.traceability.notices import answer_notice

MOST_MASS = Decimal(100_000)  # kg in one unit


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of an own part.

    own       what was stated here
    total     with what purchased parts bring; None for a part that is not a parent
    response  the supplier's answer to a live request; None: not answered, or nothing disclosed (see `disclosed`)
    """

    trace_id: UUID
    own: DdResult | None = None
    total: DdResult | None = None
    response: DdResult | None = None
    purchased: bool = False
    answered: bool = False
    disclosed: bool = False
    version: int = 0


async def state_result(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, said: ResultInput, *, if_version: int | None = None
) -> tuple[DdResult, int]:
    """States the result of an own part; everything downstream follows. Raises PartNotOwn, UnknownWord, OutOfRange, Stale."""
    check_range("max_score", said.max_score, Decimal(100))
    for one in said.category_results:
        check_word("categories", one.category)
    for material in said.materials:
        check_word("materials", material.material)
        check_range("coverage_pct", material.coverage_pct, Decimal(100))
    fields = {name: getattr(said, name) for name in ResultInput.__struct_fields__}
    fields |= {"category_results": tuple(said.category_results), "materials": tuple(said.materials)}
    result = DdResult(trace_id=trace_id, dd_type="own", dd_id=new_id(), **fields)
    return await keep_result(tx, scope, result, if_version=if_version)


async def keep_result(
    tx: Transaction,
    scope: OperatorScope,
    said: DdResult,
    *,
    if_version: int | None = None,
    keys: Sequence[FindingKey] = (),
) -> tuple[DdResult, int]:
    """Keeps a whole result of an own part, and by what its open findings are known again. Raises PartNotOwn, Stale."""
    here = (scope.operator_id, said.trace_id)
    await traceability.lock_downstream(tx, scope, here)
    if said.trace_id not in await traceability.kinds_of(tx, scope, [said.trace_id], DD):
        raise PartNotOwn
    before = await store.result(tx, scope, said.trace_id)
    version = before[1] if before else 0
    if if_version is not None and if_version != version:
        raise Stale
    kept = sealed(msgspec.structs.replace(said, dd_id=before[0].dd_id if before else said.dd_id or new_id()))
    await store.save_result(tx, scope, kept, version + 1, keys)
    await tx.record(ResultRecorded(trace_id=said.trace_id, version=version + 1))
    settled = await traceability.mark_answered(tx, scope, said.trace_id, DD, answered=valid_on(kept, clock.today()))
    await spread(tx, [here])
    await traceability.tell(tx, settled)
    return kept, version + 1


def valid_on(result: DdResult, day: date) -> bool:
    """Whether a result is valid on a day."""
    return result.valid_until is None or day <= result.valid_until


async def shown(tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID]) -> list[Shown]:
    """What may be shown of each own part, in the order asked; parts of others are left out."""
    kinds = await traceability.kinds_of(tx, scope, trace_ids, DD)
    own = [one for one in trace_ids if one in kinds]
    where = [(scope.operator_id, one) for one in own]
    results, answers = await store.results(tx, where), await store.answers(tx, where)
    return [await _shown(tx, scope, kinds[one], results.get(one), answers.get(one)) for one in own]


async def _shown(
    tx: Transaction,
    scope: OperatorScope,
    kind: PartKind,
    own: DdResult | None,
    answer: tuple[UUID, DdResult | None] | None,
) -> Shown:
    if kind.purchased and kind.trade_id is not None:
        answered = kind.state is State.COMPLETED and answer is not None
        said = answer[1] if answer and answered else None
        return Shown(
            trace_id=kind.trace_id, purchased=True, answered=answered, response=said, disclosed=said is not None
        )
    kept = await store.result(tx, scope, kind.trace_id) if own is not None else None
    total = await total_of(tx, (scope.operator_id, kind.trace_id)) if own is not None and kind.has_children else None
    return Shown(trace_id=kind.trace_id, own=own, total=total, version=kept[1] if kept else 0)


async def shown_one(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> Shown:
    """What may be shown of one own part. Raises PartNotOwn."""
    found = await shown(tx, scope, [trace_id])
    if not found:
        raise PartNotOwn
    return found[0]


async def history(tx: Transaction, scope: OperatorScope, trace_id: UUID, *, limit: int = 100) -> list[tuple[Any, ...]]:
    """(version, at, actor, result) of an own part, newest first."""
    return await store.result_history(tx, scope, trace_id, limit)


async def set_mass(tx: Transaction, scope: OperatorScope, trace_id: UUID, said: PartMaterialInput) -> None:
    """How much of a material one unit of an own part holds; coverage downstream follows.

    Raises PartNotOwn, UnknownWord, OutOfRange.
    """
    check_word("materials", said.material)
    check_range("mass_per_unit", said.mass_per_unit, MOST_MASS)
    here = (scope.operator_id, trace_id)
    await traceability.lock_downstream(tx, scope, here)
    if trace_id not in await traceability.kinds_of(tx, scope, [trace_id], DD):
        raise PartNotOwn
    await store.save_mass(tx, scope, trace_id, said.material, said.mass_per_unit, said.method)
    await spread(tx, [here])


async def own_results(tx: Transaction, scope: OperatorScope) -> list[DdResult]:
    """Results of own parts, the latest first."""
    return await store.own_results(tx, scope)


async def expire(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> None:
    """The result has ended: its next version says so, and customers are told once. Completed requests stay completed."""
    kept = await store.result(tx, scope, trace_id)
    today = clock.today()
    if kept is None or valid_on(kept[0], today) or await store.expiry_told(tx, scope, trace_id):
        return
    here = (scope.operator_id, trace_id)
    await traceability.lock_downstream(tx, scope, here)
    keys = (await store.result_keys(tx, [here])).get(trace_id, ())
    await store.save_result(tx, scope, kept[0], kept[1] + 1, keys)
    await store.mark_expired(tx, scope, trace_id, today)
    await tx.record(ResultRecorded(trace_id=trace_id, version=kept[1] + 1))
    await spread_expiry(tx, here)


async def spread_expiry(tx: Transaction, here: tuple[UUID, UUID]) -> None:
    """Customers of a part are told that its result has ended: the exchange has no word for it, so there it is a change."""
    async with tx.across():
        edges = [edge for edge in await traceability.steps_downstream(tx, [here], DD) if edge.trade_id]
        rows = await traceability.trades_across(tx, [edge.trade_id for edge in edges if edge.trade_id])
    told = [row for row in rows.values() if row.state == State.COMPLETED]
    await inbox.notify_many(tx, [answer_notice(kind, row) for row in told for kind in ("DD_UPDATED", "DD_EXPIRED")])
