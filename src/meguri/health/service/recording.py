"""Results about a battery, from whichever source: kept, fused, told to whoever listens, and written into its passport."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from meguri.health import store
from meguri.health.assess.run import GateInput
from meguri.health.events import BatteryDiagnosed
from meguri.health.fusion import Reading, fuse
from meguri.health.model import Conditions, Evidence, Result, Status
from meguri.health.service import checking, passporting
from meguri.health.views import Finding, Standing, StoredResult
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.telemetry import service as telemetry

SOH = "soh_capacity"
TOGETHER = timedelta(days=90)  # older results are history, not a second opinion on today's battery


async def record(
    tx: Transaction,
    scope: OperatorScope,
    battery_id: UUID,
    source_id: UUID,
    source: str,
    results: Sequence[Result],
    measured_at: datetime,
    inputs: Sequence[GateInput] = (),
) -> Standing:
    """Keep results and findings of one source; what the battery stands at afterwards. Raises BatteryUnknown."""
    battery = await telemetry.battery(tx, scope, battery_id)
    await checking.compare(tx, scope, battery_id, results, measured_at)
    single = [result for result in results if result.method != "fusion" or _only_reasons(result)]
    await store.add_results(tx, scope, battery_id, source_id, source, single, measured_at)
    await store.add_findings(tx, scope, battery_id, source_id, inputs, measured_at)
    now = await standing(tx, scope, battery_id, max(measured_at, clock.now()))
    await tx.record(
        BatteryDiagnosed(
            battery_id=battery_id,
            source_id=source_id,
            source=source,
            soh=now.soh.value,
            soh_lower=now.soh.lower,
            soh_upper=now.soh.upper,
            reasons=now.soh.reasons,
        )
    )
    await passporting.write_back(tx, scope, battery.plate.dpp_id, now, measured_at)
    return now


def _only_reasons(result: Result) -> bool:
    """Whether a common result stands for methods of which none gave a number: then its reasons are all there is."""
    return result.value is None and "METHODS_DISAGREE" not in result.reasons


async def standing(tx: Transaction, scope: OperatorScope, battery_id: UUID, at: datetime | None = None) -> Standing:
    """What is known of a battery at a moment (now). Raises BatteryUnknown.

    Methods and firms whose newest results are at most 90 days apart are fused; two that contradict each other beyond
    both intervals give no number (`METHODS_DISAGREE`).
    """
    await telemetry.battery(tx, scope, battery_id)
    at = at or clock.now()
    rows = await store.latest(tx, scope, battery_id, at)
    results = [_with_source(row) for row in sorted(rows, key=lambda row: row.measured_at, reverse=True)]
    return Standing(
        battery_id=battery_id,
        at=at,
        soh=_together([row for row in rows if row.quantity == SOH]),
        soh_energy=_newest(rows, "soh_energy"),
        resistance=_newest(rows, "resistance"),
        spread=_newest(rows, "cell_spread"),
        results=results,
    )


async def evidence(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> list[Finding]:
    """Everything found for the safety gate, oldest first. Raises BatteryUnknown."""
    await telemetry.battery(tx, scope, battery_id)
    return await store.findings(tx, scope, battery_id)


def _with_source(row: StoredResult) -> Result:
    proof = Evidence(record_id=str(row.source_id))
    known = any(one.record_id == proof.record_id for one in row.body.evidence)
    measured_at = row.body.measured_at or row.measured_at.isoformat()
    shown = row.body.evidence if known else (*row.body.evidence, proof)
    return msgspec.structs.replace(row.body, evidence=shown, measured_at=measured_at)


def _newest(rows: Sequence[StoredResult], quantity: str) -> Result | None:
    found = [row for row in rows if row.quantity == quantity and row.status is Status.OK]
    return _with_source(max(found, key=lambda row: row.measured_at)) if found else None


def _together(rows: Sequence[StoredResult]) -> Result:
    good = [row for row in rows if row.status is Status.OK and row.value is not None]
    if not good:
        return _none(rows)
    newest = max(row.measured_at for row in good)
    used = [row for row in good if newest - row.measured_at <= TOGETHER]
    fused = fuse([_reading(row) for row in used if row.lower is not None and row.upper is not None])
    if len(used) == 1 or fused is None:
        return _with_source(max(used, key=lambda row: row.measured_at))
    first = used[0].body
    common = msgspec.structs.replace(
        first, method="fusion", conditions=Conditions(), evidence=tuple(e for row in used for e in _with_source(row).evidence),
        rule_sets=tuple(dict.fromkeys(rule for row in used for rule in row.body.rule_sets)), measured_at=newest.isoformat(),
    )  # fmt: skip
    if fused.value is None:
        return msgspec.structs.replace(
            common, value=None, lower=None, upper=None, status=Status.NOT_ASSESSABLE,
            reasons=("METHODS_DISAGREE", *(f"BETWEEN:{method}" for method in fused.methods)),
        )  # fmt: skip
    return msgspec.structs.replace(
        common, value=fused.value, lower=fused.lower, upper=fused.upper, status=Status.OK,
        reasons=tuple(f"FROM:{method}" for method in fused.methods),
    )  # fmt: skip


def _reading(row: StoredResult) -> Reading:
    name = row.method if row.source != "firm" else f"{row.method}@{row.source_id}"
    return Reading(name, row.value or 0.0, row.lower or 0.0, row.upper or 0.0)


def _none(rows: Sequence[StoredResult]) -> Result:
    reasons = dict.fromkeys(reason for row in rows for reason in row.body.reasons)
    return Result(
        quantity=SOH, value=None, lower=None, upper=None, unit="%", method="fusion", status=Status.NOT_ASSESSABLE,
        reasons=tuple(reasons) or ("NEVER_MEASURED",),
    )  # fmt: skip
