"""The only caller of this room's SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.health.assess.run import GateInput
from meguri.health.model import Result
from meguri.health.views import (
    Birth,
    Check,
    Finding,
    Firm,
    FirmInput,
    Options,
    Order,
    OrderInput,
    ProblemNote,
    StoredAssessment,
    StoredResult,
    Upload,
)
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)
_MOST = 2000


async def add_upload(tx: Transaction, scope: OperatorScope, upload: Upload) -> None:
    """Note a file."""
    await tx.run(
        queries.add_upload, operator_id=scope.operator_id, upload_id=upload.upload_id, file_name=upload.file_name,
        sha256=upload.sha256, size=upload.size, kind=upload.kind, quality=upload.quality, now=upload.created_at,
    )  # fmt: skip


async def upload(tx: Transaction, scope: OperatorScope, upload_id: UUID) -> Upload | None:
    """One file."""
    return await tx.one(queries.upload, Upload, operator_id=scope.operator_id, upload_id=upload_id)


async def uploads(tx: Transaction, scope: OperatorScope, limit: int, after: UUID | None) -> list[Upload]:
    """Files, newest first."""
    return await tx.all(queries.uploads, Upload, operator_id=scope.operator_id, limit=limit, after=after)


async def add_assessment(
    tx: Transaction,
    scope: OperatorScope,
    assessment_id: UUID,
    battery_id: UUID | None,
    upload_id: UUID | None,
    meta: msgspec.Struct,
    options: Options,
) -> None:
    """A new assessment, not yet done."""
    await tx.run(
        queries.add_assessment, operator_id=scope.operator_id, assessment_id=assessment_id, battery_id=battery_id,
        upload_id=upload_id, state="waiting", meta=meta, options=options, now=clock.now(),
    )  # fmt: skip


async def finish_assessment(
    tx: Transaction, scope: OperatorScope, assessment_id: UUID, body: bytes | None, error: ProblemNote | None
) -> bool:
    """Done with a body, or failed with the reason; False when it was finished before."""
    return bool(
        await tx.run(
            queries.finish_assessment, operator_id=scope.operator_id, assessment_id=assessment_id,
            state="done" if body is not None else "failed", body=None if body is None else body.decode(),
            error=None if error is None else msgspec.json.encode(error).decode(), now=clock.now(),
        )
    )  # fmt: skip


async def assessment(tx: Transaction, scope: OperatorScope, assessment_id: UUID) -> StoredAssessment | None:
    """One assessment."""
    return await tx.one(
        queries.assessment, StoredAssessment, operator_id=scope.operator_id, assessment_id=assessment_id
    )  # fmt: skip


async def assessments(
    tx: Transaction, scope: OperatorScope, battery_id: UUID | None, limit: int, after: UUID | None
) -> list[StoredAssessment]:
    """Assessments, newest first."""
    return await tx.all(
        queries.assessments, StoredAssessment, operator_id=scope.operator_id, battery_id=battery_id, limit=limit,
        after=after,
    )  # fmt: skip


async def add_results(
    tx: Transaction,
    scope: OperatorScope,
    battery_id: UUID,
    source_id: UUID,
    source: str,
    results: Sequence[Result],
    measured_at: datetime,
) -> None:
    """Results of one source."""
    for result in results:
        await tx.run(
            queries.add_result, operator_id=scope.operator_id, result_id=new_id(), battery_id=battery_id,
            source_id=source_id, source=source, quantity=result.quantity, method=result.method, status=result.status,
            value=result.value, lower=result.lower, upper=result.upper, body=result, measured_at=measured_at,
            now=clock.now(),
        )  # fmt: skip


async def latest(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, at: datetime
) -> list[StoredResult]:  # fmt: skip
    """The newest result of each quantity, method and source up to a moment; each diagnosis firm is a source of its own."""
    return await tx.all(
        queries.latest_by_method, StoredResult, operator_id=scope.operator_id, battery_id=battery_id, at=at
    )


async def history(tx: Transaction, scope: OperatorScope, battery_id: UUID, quantity: str) -> list[StoredResult]:
    """Good results of one quantity, oldest first."""
    return await tx.all(
        queries.history, StoredResult, operator_id=scope.operator_id, battery_id=battery_id, quantity=quantity,
        limit=_MOST,
    )  # fmt: skip


async def add_findings(
    tx: Transaction,
    scope: OperatorScope,
    battery_id: UUID,
    source_id: UUID,
    inputs: Sequence[GateInput],
    measured_at: datetime,
) -> None:
    """Findings for the safety gate."""
    for one in inputs:
        truth = one.value if isinstance(one.value, bool) else None
        value = None if isinstance(one.value, bool) else one.value
        await tx.run(
            queries.add_finding, operator_id=scope.operator_id, finding_id=new_id(), battery_id=battery_id,
            source_id=source_id, quantity=one.quantity, kind=one.kind, status=one.status, truth=truth, value=value,
            lower=one.lower, upper=one.upper, reasons=list(one.reasons), measured_at=measured_at,
        )  # fmt: skip


async def findings(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> list[Finding]:
    """All findings about a battery, oldest first."""
    return await tx.all(
        queries.findings, Finding, operator_id=scope.operator_id, battery_id=battery_id, limit=_MOST
    )  # fmt: skip


async def add_check(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, of_model: str, earlier: Result, measured: float
) -> None:
    """Note how an earlier result compares with a full test."""
    await tx.run(
        queries.add_check, operator_id=scope.operator_id, check_id=new_id(), battery_id=battery_id, of_model=of_model,
        predicted=earlier.value, lower=earlier.lower, upper=earlier.upper, measured=measured, now=clock.now(),
    )  # fmt: skip


async def checks(tx: Transaction, scope: OperatorScope, of_model: str, limit: int) -> list[Check]:
    """Checks of a model or firm, newest first."""
    return await tx.all(queries.checks, Check, operator_id=scope.operator_id, of_model=of_model, limit=limit)


async def add_firm(tx: Transaction, scope: OperatorScope, firm_id: UUID, new: FirmInput) -> None:
    """A new firm."""
    await tx.run(
        queries.add_firm, operator_id=scope.operator_id, firm_id=firm_id, name=new.name, public_key=new.public_key,
        now=clock.now(),
    )  # fmt: skip


async def firms(tx: Transaction, scope: OperatorScope) -> list[Firm]:
    """Registered firms, newest first."""
    return await tx.all(queries.firms, Firm, operator_id=scope.operator_id)


async def firm(tx: Transaction, scope: OperatorScope, firm_id: UUID) -> Firm | None:
    """One firm."""
    return await tx.one(queries.firm, Firm, operator_id=scope.operator_id, firm_id=firm_id)


async def revoke_firm(tx: Transaction, scope: OperatorScope, firm_id: UUID) -> bool:
    """False when there is none to revoke."""
    return bool(await tx.run(queries.revoke_firm, operator_id=scope.operator_id, firm_id=firm_id, now=clock.now()))


async def add_order(tx: Transaction, scope: OperatorScope, order_id: UUID, new: OrderInput) -> None:
    """A new order."""
    await tx.run(
        queries.add_order, operator_id=scope.operator_id, order_id=order_id, battery_id=new.battery_id,
        firm_id=new.firm_id, note=new.note, now=clock.now(),
    )  # fmt: skip


async def deliver_order(tx: Transaction, scope: OperatorScope, order_id: UUID, document: dict[str, Any]) -> bool:
    """False when it was answered before."""
    return bool(
        await tx.run(
            queries.deliver_order, operator_id=scope.operator_id, order_id=order_id, document=document, now=clock.now()
        )
    )


async def order(tx: Transaction, scope: OperatorScope, order_id: UUID) -> Order | None:
    """One order."""
    return await tx.one(queries.order, Order, operator_id=scope.operator_id, order_id=order_id)


async def orders(tx: Transaction, scope: OperatorScope, battery_id: UUID | None, limit: int) -> list[Order]:
    """Orders, newest first."""
    return await tx.all(queries.orders, Order, operator_id=scope.operator_id, battery_id=battery_id, limit=limit)


async def add_births(tx: Transaction, scope: OperatorScope, births: Sequence[Birth], sha256: str) -> int:
    """Births that were not known; how many."""
    return await tx.run(
        queries.add_births, operator_id=scope.operator_id, births=msgspec.json.encode(births).decode(), sha256=sha256,
        now=clock.now(),
    )  # fmt: skip


async def birth(tx: Transaction, scope: OperatorScope, serial: str) -> Birth | None:
    """One end-of-line measurement."""
    return await tx.one(queries.birth, Birth, operator_id=scope.operator_id, serial=serial)


async def births(tx: Transaction, scope: OperatorScope, limit: int, after: str | None) -> list[Birth]:
    """End-of-line measurements by serial."""
    return await tx.all(queries.births, Birth, operator_id=scope.operator_id, limit=limit, after=after)
