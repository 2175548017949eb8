"""Uploads and assessments: handed in, computed outside of any transaction, and kept with everything they say."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from meguri.health import store
from meguri.health.assess.run import Assessment
from meguri.health.assess.subject import Meta
from meguri.health.errors import AssessmentUnknown, NoReferenceItem, UploadUnknown
from meguri.health.events import AssessmentFailed, UploadKept
from meguri.health.service.recording import record
from meguri.health.views import Options, ProblemNote, StoredAssessment, Upload
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.telemetry import service as telemetry


async def keep_upload(tx: Transaction, scope: OperatorScope, upload: Upload) -> Upload:
    """Note a file that is in the file store already."""
    await store.add_upload(tx, scope, upload)
    await tx.record(UploadKept(upload_id=upload.upload_id, sha256=upload.sha256, file_name=upload.file_name))
    return upload


async def upload(tx: Transaction, scope: OperatorScope, upload_id: UUID) -> Upload:
    """A file. Raises UploadUnknown."""
    found = await store.upload(tx, scope, upload_id)
    if found is None:
        raise UploadUnknown
    return found


async def uploads(
    tx: Transaction, scope: OperatorScope, limit: int = 50, after: UUID | None = None
) -> list[Upload]:  # fmt: skip
    """Files, newest first."""
    return await store.uploads(tx, scope, limit, after)


async def begin(
    tx: Transaction,
    scope: OperatorScope,
    upload_id: UUID | None,
    battery_id: UUID | None,
    meta: Meta | None,
    options: Options,
) -> tuple[StoredAssessment, Meta]:
    """Note what is to be assessed. With a battery, its name plate and birth record are the references.

    Raises UploadUnknown, BatteryUnknown, NoReferenceItem when neither an item nor a battery is named.
    """
    if upload_id is not None:
        await upload(tx, scope, upload_id)
    if battery_id is not None:
        meta = await _of_battery(tx, scope, battery_id, meta)
    if meta is None:
        raise NoReferenceItem
    assessment_id = new_id()
    await store.add_assessment(tx, scope, assessment_id, battery_id, upload_id, meta, options)
    return await assessment(tx, scope, assessment_id), meta


async def _of_battery(tx: Transaction, scope: OperatorScope, battery_id: UUID, meta: Meta | None) -> Meta:
    """What the battery's name plate says, then its birth record, then what the person adds for this test."""
    battery = await telemetry.battery(tx, scope, battery_id)
    facts = msgspec.to_builtins(battery.plate) | {"item_id": battery.label}
    born = await store.birth(tx, scope, battery.label)
    if born is not None:
        facts["rated_capacity_ah"] = facts.get("rated_capacity_ah") or born.capacity_ah
        facts["initial_resistance_ohm"] = facts.get("initial_resistance_ohm") or born.resistance_ohm
    if meta is not None:
        facts |= msgspec.to_builtins(meta) | {"item_id": battery.label}
    return msgspec.convert(facts, Meta)


async def finish(tx: Transaction, scope: OperatorScope, assessment_id: UUID, found: Assessment) -> StoredAssessment:
    """Keep the outcome; with a battery its results enter what is known of it. Doing it again changes nothing."""
    present = await assessment(tx, scope, assessment_id)
    if not await store.finish_assessment(tx, scope, assessment_id, msgspec.json.encode(found), None):
        return present
    if present.battery_id is not None:
        at = _moment(present.meta.get("measured_at")) or clock.now()
        await record(
            tx, scope, present.battery_id, assessment_id, "assessment", found.results, at, found.gate_inputs
        )  # fmt: skip
    return await assessment(tx, scope, assessment_id)


async def fail(tx: Transaction, scope: OperatorScope, assessment_id: UUID, why: Refusal) -> StoredAssessment:
    """Note why there is no outcome."""
    note = ProblemNote(why.code, why.sentence("ja"), why.sentence("en"))
    if await store.finish_assessment(tx, scope, assessment_id, None, note):
        await tx.record(AssessmentFailed(assessment_id=assessment_id, code=why.code))
    return await assessment(tx, scope, assessment_id)


async def assessment(tx: Transaction, scope: OperatorScope, assessment_id: UUID) -> StoredAssessment:
    """An assessment. Raises AssessmentUnknown."""
    found = await store.assessment(tx, scope, assessment_id)
    if found is None:
        raise AssessmentUnknown
    return found


async def assessments(
    tx: Transaction,
    scope: OperatorScope,
    battery_id: UUID | None = None,
    limit: int = 50,
    after: UUID | None = None,
) -> list[StoredAssessment]:
    """Assessments, newest first."""
    return await store.assessments(tx, scope, battery_id, limit, after)


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
