"""Live check: when a full test follows, every earlier estimate of the same battery is held against it.

Source: Meguri's own rule: over the last 100 checks, coverage under 80 % flags a model or firm as `RECALIBRATE`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from meguri.health import store
from meguri.health.model import Result, Status
from meguri.health.views import Record, StoredResult
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

_FULL = "capacity_full"
_RECENT = timedelta(days=180)
LAST = 100
LEAST_COVERAGE = 0.80
_LEAST_CHECKS = 10


async def compare(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, results: Sequence[Result], measured_at: datetime
) -> None:
    """Hold earlier estimates against the full test among `results`, if there is one."""
    full = next(
        (r for r in results if r.quantity == "soh_capacity" and r.method == _FULL and r.status is Status.OK), None
    )
    if full is None or full.value is None:
        return
    earlier = [r for r in results if r.quantity == "soh_capacity" and r.method not in (_FULL, "fusion")]
    for result in earlier:
        await _note(tx, scope, battery_id, result.model_id or result.method, result, full.value)
    for row in await store.latest(tx, scope, battery_id, measured_at):
        if row.quantity == "soh_capacity" and row.method != _FULL and measured_at - row.measured_at <= _RECENT:
            await _note(tx, scope, battery_id, _whose(row), row.body, full.value)


def _whose(row: StoredResult) -> str:
    return f"firm:{row.body.model_id}" if row.source == "firm" else row.body.model_id or row.method


async def _note(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, of_model: str, result: Result, measured: float
) -> None:
    if result.value is None or result.lower is None or result.upper is None:
        return
    await store.add_check(tx, scope, battery_id, of_model, result, measured)


async def track_record(tx: Transaction, scope: OperatorScope, of_model: str) -> Record:
    """How a model (its id) or firm (`firm:<id>`) did against full tests: mean error, coverage, and its flag."""
    found = await store.checks(tx, scope, of_model, LAST)
    if not found:
        return Record(of_model=of_model, checks=0, mae=None, coverage=None, flags=(), latest=[])
    coverage = sum(one.held for one in found) / len(found)
    late = len(found) >= _LEAST_CHECKS and coverage < LEAST_COVERAGE
    return Record(
        of_model=of_model,
        checks=len(found),
        mae=sum(abs(one.error) for one in found) / len(found),
        coverage=coverage,
        flags=("RECALIBRATE",) if late else (),
        latest=found[:20],
    )
