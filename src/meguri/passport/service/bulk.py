"""Bulk issue: a file becomes a job, its rows are checked, and, as its mode says, become passports part by part.

A part is one transaction, so that a worker that dies goes on where it was; the same file again makes nothing twice.
`all_or_nothing` issues all parts in one transaction instead, when no row is bad.
"""

import hashlib
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from meguri.imports import service as imports
from meguri.kernel import clock
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.text import Text
from meguri.operators import service as operators
from meguri.passport import bulk_store, errors, register, store
from meguri.passport.assembling import Layers, version_row
from meguri.passport.bulk.making import Maker
from meguri.passport.bulk.model import PART_ROWS, CellFault, Job, Mode, Part, Result, Row, fault
from meguri.passport.bulk.sheets import Opened
from meguri.passport.completeness import Point
from meguri.passport.document_rules import mistyped
from meguri.passport.events import PassportsIssued
from meguri.passport.expressions import filled
from meguri.passport.identifiers import ProductIdentifier, product_identifier
from meguri.passport.identifiers.errors import InvalidGtinCheckDigit, InvalidGtinLength
from meguri.passport.identifiers.gs1 import LOT
from meguri.passport.identifiers.product import from_parts, of_a_product
from meguri.passport.integrity import new_salts
from meguri.passport.keys import key_of
from meguri.passport.kinds import Document, Kind
from meguri.passport.lifecycle import Life, State
from meguri.passport.model import NewPassport, Record
from meguri.passport.service import standing
from meguri.passport.service.issuing import issue, own_values, public_id
from meguri.passport.service.writing import Change, kind_named, layers, life_event, rule_sets
from meguri.storage import Database, Transaction
from meguri.workbooks.running import aside

STATEMENT_S: Final = 60.0
_TAKEN = Text(
    ja="この製造番号のパスポートはすでにあります。", en="There is a passport with this serial number already."
)
_NO_GTIN = Text(
    ja="GTIN がありません。列 gtin かシート model に入れるか、発行のときに指定してください。",
    en="There is no GTIN. Give it in a column gtin, on the sheet model, or when you issue.",
)
_MISSING = Text(ja="公開に必要な項目が不足しています: {what}", en="What publishing needs is missing: {what}")
_MODEL_DIFFERS = Text(
    ja="登録済みのモデルと値が異なります: {what}", en="Values differ from the registered model: {what}"
)


class JobNotFound(NotFound):
    """No bulk job of yours has this id."""

    code = "BULK_JOB_NOT_FOUND"
    say = Text(ja="一括発行のジョブが見つかりません。", en="No bulk job of yours has this id.")


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be taken.

    model  the model record on which the items stand; the file's sheet `model` may make it
    gtin   of items whose rows do not say it
    """

    file_name: str
    mode: Mode = "skip_bad"
    kind: str = "battery"
    model: str | None = None
    gtin: str | None = None
    publish: bool = True


async def start(tx: Transaction, scope: OperatorScope, new: NewJob, content: bytes, *, base: str | None = None) -> Job:
    """Read a file into a job and put it into the queue.

    Raises BulkRefused for what cannot be read as a whole, DppNotFound and ModelMismatch for a model that is not there.
    """
    made = await prepare(tx, scope, new, content, base=base)
    await tx.defer("passport.issue_in_bulk", operator_id=str(made.operator_id), job_id=str(made.job_id))
    return made


async def prepare(
    tx: Transaction, scope: OperatorScope, new: NewJob, content: bytes, *, base: str | None = None
) -> Job:
    """`start` without the queue, for whoever does the work at once."""
    kind = kind_named(new.kind)
    opened = await aside(Opened, kind, content)
    model = await _model(tx, scope, kind, new, opened, base)
    gtin = new.gtin or (str(opened.model.get("gtin")) if opened.model.get("gtin") else None) or _gtin_of(model)
    job_id, now = new_id(), clock.now()
    count, part, waiting = 0, 0, list[Row]()
    job = Job(
        operator_id=scope.operator_id,
        job_id=job_id,
        mode=new.mode,
        state="queued",
        model_id=model.passport_id if model else None,
        base=base or tx.installation.origin,
        file_name=new.file_name[-200:],
        file_sha256=hashlib.sha256(content + new.mode.encode() * (new.mode == "dry_run")).hexdigest(),
        publish=new.publish,
        rows=0,
        checked=0,
        issued=0,
        present=0,
        bad=0,
        reason=None,
        actor=scope.actor,
        created_at=now,
        updated_at=now,
    )
    for row in opened.rows():
        waiting.append(row if row.gtin or row.product_id or not gtin else msgspec.structs.replace(row, gtin=gtin))
        if len(waiting) == PART_ROWS:
            await _keep(tx, job, part, waiting)
            count, part, waiting = count + len(waiting), part + 1, []
    if waiting:
        await _keep(tx, job, part, waiting)
    done = msgspec.structs.replace(job, rows=count + len(waiting))
    await bulk_store.add_job(tx, done)
    return done


async def _keep(tx: Transaction, job: Job, part: int, rows: list[Row]) -> None:
    made = Part(operator_id=job.operator_id, job_id=job.job_id, part=part, first_row=rows[0].row, rows=rows)
    await bulk_store.add_parts(tx, [made])


def _gtin_of(model: Record | None) -> str | None:
    said = model.own.get("gtin") if model else None
    return str(said) if said else None


async def _model(
    tx: Transaction, scope: OperatorScope, kind: Kind, new: NewJob, opened: Opened, base: str | None
) -> Record | None:
    """The model record: the one named, or that of the sheet `model`, made here when it is new."""
    if opened.model_faults:
        first = opened.model_faults[0]
        raise errors.BulkRefused(
            why=Text(ja=f"model / {first.column}: {first.text_ja}", en=f"model / {first.column}: {first.text_en}")
        )
    if new.model:
        found = await standing.find_exact_or_active(tx, new.model)
        if found.operator_id != scope.operator_id or found.granularity != "model":
            raise errors.DppNotFound
        return found
    gtin = opened.model.get("gtin") or new.gtin
    if not gtin:
        return None
    named = from_parts(base or tx.installation.origin, str(gtin))
    known = await store.by_product_across(tx, key_of(named.uri))
    values = {key: value for key, value in opened.model.items() if key != "gtin"}
    if known is None and values:
        made = await issue(
            tx,
            scope,
            NewPassport(
                product_id=named.uri, granularity="model", kind=kind.code, values=values, publish=True, source="import"
            ),
            base=base,
        )
        return await store.by_id_across(tx, made.passport_id)
    if known is not None and known.operator_id == scope.operator_id:
        different = [key for key, value in values.items() if known.own.get(key) != value]
        if different:
            what = ", ".join(different)
            raise errors.BulkRefused(
                why=Text(ja=_MODEL_DIFFERS.of("ja", what=what), en=_MODEL_DIFFERS.of("en", what=what))
            )
        return known
    return None


async def work(db: Database, operator_id: UUID, job_id: UUID) -> None:
    """Do a job to its end; to be called again after a crash, it goes on with what is left."""
    job = await _begin(db, operator_id, job_id)
    if job is None:
        return
    scope = OperatorScope(operator_id, job.actor, Role.EDITOR)
    try:
        if job.mode == "skip_bad":
            while await db.run(scope, _step, job, "issue"):
                pass
        else:
            while await db.run(scope, _step, job, "check"):
                pass
            if job.mode == "all_or_nothing":
                await db.run(scope, _issue_all, job)
        await db.run(scope, _finish, job, "done", None)
    except Refusal as refusal:
        await db.run(scope, _finish, job, "failed", refusal.code)


async def _begin(db: Database, operator_id: UUID, job_id: UUID) -> Job | None:
    scope = OperatorScope(operator_id, "system:passport", Role.EDITOR)

    async def begin(tx: Transaction, scope: OperatorScope) -> Job | None:
        found = await bulk_store.job(tx, operator_id, job_id, lock=True)
        if found is None or found.state not in ("queued", "running"):
            return None
        await bulk_store.set_state(tx, operator_id, job_id, "running")
        return found

    return await db.run(scope, begin)


async def _step(tx: Transaction, scope: OperatorScope, job: Job, step: str) -> bool:
    """One part; False when there is none left, or the job was cancelled meanwhile."""
    present = await bulk_store.job(tx, job.operator_id, job.job_id)
    part = await bulk_store.next_part(tx, job.operator_id, job.job_id, step)
    if part is None or present is None or present.state != "running":
        return False
    async with tx.patient(STATEMENT_S):
        await _part(tx, scope, job, part, write=step == "issue")
    return True


async def _issue_all(tx: Transaction, scope: OperatorScope, job: Job) -> None:
    """Every part in one transaction, when no row is bad: else nothing."""
    present = await bulk_store.job(tx, job.operator_id, job.job_id)
    if present is None or present.bad or present.state != "running":
        return
    async with tx.patient(STATEMENT_S):
        while (part := await bulk_store.next_part(tx, job.operator_id, job.job_id, "issue")) is not None:
            faults = await _part(tx, scope, job, part, write=True)
            if faults:
                raise errors.DuplicateProductId(value=faults[0].value)


async def _finish(tx: Transaction, scope: OperatorScope, job: Job, state: str, reason: str | None) -> None:
    if await bulk_store.set_state(tx, job.operator_id, job.job_id, state, reason):
        await imports.tell_end(tx, scope, "PASSPORTS_ISSUED", job.job_id)


async def _part(tx: Transaction, scope: OperatorScope, job: Job, part: Part, *, write: bool) -> list[CellFault]:
    """Judge the rows of a part and, if so asked, issue the good ones. Gives the faults.

    A row that stands for many serial numbers is told once what is wrong with all of them; each of them counts as bad.
    """
    rows, faults = _identified(job, part.rows)
    for family in sorted({named.gtin or named.uri for _, named in rows}):
        await store.lock(tx, family)
    keys = [key_of(named.uri) for _, named in rows]
    before = await bulk_store.made_before(
        tx, job.operator_id, keys, await bulk_store.jobs_of_file(tx, job.operator_id, job.file_sha256)
    )
    taken = {each.product_key for each in await store.taken_across(tx, keys)} - before.keys()
    fresh = [
        (row, named) for (row, named), key in zip(rows, keys, strict=True) if key not in taken and key not in before
    ]
    faults += [
        fault(row.row, "serial_number", row.serial, "DUPLICATE_PRODUCT_ID", _TAKEN)
        for (row, _), key in zip(rows, keys, strict=True)
        if key in taken
    ]
    made, wrong = await _made(tx, scope, job, fresh)
    faults += wrong
    results = [
        Result(
            row=row.row, outcome="present", dpp_id=old.dpp_id, product_id=old.product_id, version_hash=old.version_hash
        )
        for (row, _), key in zip(rows, keys, strict=True)
        if (old := before.get(key)) is not None
    ]
    if write and made:
        await _write(tx, scope, job, part, [record for _, record in made])
    if write:
        results += [
            Result(row=row.row, outcome="issued", dpp_id=r.dpp_id, product_id=r.product_id, version_hash=r.version_hash)
            for row, r in made
        ]
    first = not part.checked
    told = list(dict.fromkeys(faults))
    bad = len(part.rows) - len(made) - len(before) if first else 0
    await bulk_store.save_part(
        tx, part, checked=True, issued=write, errors=told if first or told else part.errors, results=results
    )
    await bulk_store.count(
        tx,
        job.operator_id,
        job.job_id,
        checked=len(part.rows) if first else 0,
        issued=len(made) if write else 0,
        present=len(before) if first else 0,
        bad=bad,
    )
    return faults


def _identified(job: Job, rows: Sequence[Row]) -> tuple[list[tuple[Row, ProductIdentifier]], list[CellFault]]:
    """The rows whose identifier can be read, and what is wrong with the others."""
    good, faults = [], list[CellFault]()
    for row in rows:
        faults += row.faults
        if not (row.product_id or row.gtin):
            faults.append(fault(row.row, "gtin", None, "EMPTY_IDENTIFIER", _NO_GTIN))
            continue
        try:
            if row.product_id:
                named = of_a_product(product_identifier(row.product_id, job.base, forms=True))
            else:
                named = from_parts(job.base, row.gtin or "", serial=row.serial, batch=row.batch)
        except Refusal as wrong:
            say = Text(ja=wrong.sentence("ja"), en=wrong.sentence("en"))
            column, value = _where(row, wrong)
            faults.append(fault(row.row, column, value, wrong.code, say))
            continue
        if not row.faults:
            good.append((row, named))
    return good, faults


def _where(row: Row, wrong: Refusal) -> tuple[str, str | None]:
    """The cell whose value broke the rule."""
    if row.product_id:
        return "product_id", row.product_id
    if isinstance(wrong, InvalidGtinLength | InvalidGtinCheckDigit):
        return "gtin", row.gtin
    return ("batch_id", row.batch) if wrong.values.get("ai") == LOT else ("serial_number", row.serial)


async def _made(
    tx: Transaction, scope: OperatorScope, job: Job, rows: Sequence[tuple[Row, ProductIdentifier]]
) -> tuple[list[tuple[Row, Record]], list[CellFault]]:
    """The records of rows, and what is wrong with those that have none."""
    if not rows:
        return [], []
    model = await store.by_id_across(tx, job.model_id) if job.model_id else None
    kind = kind_named(model.kind if model else "battery")
    responsible = public_id(await operators.own(tx, scope))
    makers: dict[str | None, tuple[Maker, Record | None, Layers]] = {}
    made, faults = [], list[CellFault]()
    for row, named in rows:
        if named.batch not in makers:
            batch = await _batch(tx, named)
            first = _bare(scope, kind, job, row, named, responsible, model, batch, Layers())
            below = await layers(tx, first)
            makers[named.batch] = (Maker(kind, below), batch, below)
        maker, batch, below = makers[named.batch]
        record = _bare(scope, kind, job, row, named, responsible, model, batch, below)
        whole, document, findings, open_points = maker.made(record)
        findings = [*findings, *mistyped(kind, row.values, admitted=(responsible,))]
        wrong = [each for each in findings if each.level == "error" or (job.publish and each.level == "publish_error")]
        if job.publish:
            lacking = list(dict.fromkeys(key for point in open_points for key in _empty(point, document)))
            if lacking:
                what = ", ".join(_with_law(kind, key) for key in lacking)
                faults.append(fault(row.row, lacking[0], None, "PUBLISH_INCOMPLETE", _MISSING, what=what))
                continue
        if wrong:
            faults += [
                fault(row.row, each.key, row.values.get(each.key), each.code, each.with_law, **each.values)
                for each in wrong
            ]
            continue
        made.append((row, whole))
    return made, faults


def _with_law(kind: Kind, key: str) -> str:
    """An attribute, and the law that asks for it."""
    legal = kind.attributes[key].legal if key in kind.attributes else ""
    return f"{key} ({legal})" if legal else key


def _empty(point: Point, document: Document) -> list[str]:
    """The attributes of a point that have no value; all of them where the point is only partly told."""
    return [key for key in point.keys if not filled(document.get(key))] or point.keys


async def _batch(tx: Transaction, named: ProductIdentifier) -> Record | None:
    if named.gtin is None or named.batch is None:
        return None
    found = await store.by_product_across(tx, from_parts("", named.gtin, batch=named.batch).uri)
    return found if found is not None and found.granularity == "batch" else None


def _bare(
    scope: OperatorScope,
    kind: Kind,
    job: Job,
    row: Row,
    named: ProductIdentifier,
    responsible: str,
    model: Record | None,
    batch: Record | None,
    below: Layers,
) -> Record:
    """A record before what follows from its values."""
    now = clock.now()
    new = NewPassport(values=row.values, source="import")
    state = State.ACTIVE if job.publish else State.DRAFT
    return Record(
        operator_id=scope.operator_id,
        passport_id=new_id(),
        live=True,
        kind=kind.code,
        granularity=named.granularity.value,
        product_id=named.uri,
        product_key=key_of(named.uri),
        dpp_id=named.uri,
        dpp_key=key_of(named.uri),
        category=None,
        model_name="",
        serial=named.serial,
        model_operator_id=model.operator_id if model else None,
        model_id=model.passport_id if model else None,
        model_version=model.version if model else None,
        batch_operator_id=batch.operator_id if batch else None,
        batch_id=batch.passport_id if batch else None,
        batch_version=batch.version if batch else None,
        state=state.value,
        life=Life.ORIGINAL.value if kind.head.life_status else None,
        responsible=responsible,
        provider=None,
        version=1,
        own=own_values(kind, new, named, below, at=clock.seconds_z(now), life=Life.ORIGINAL),
        derived={},
        meta={
            "*": {
                "source": "import",
                "actor": scope.actor,
                "recorded_at": clock.seconds_z(now),
                "reference": f"{job.file_name}:{row.row}",
            }
        },
        overrides={},
        salts=new_salts(),
        slices={},
        version_hash="",
        score=0.0,
        issued_at=now,
        published_at=now if job.publish else None,
        ceased_at=None,
        last_event_at=None,
        created_at=now,
        updated_at=now,
        bulk_job_id=job.job_id,
    )


async def _write(tx: Transaction, scope: OperatorScope, job: Job, part: Part, records: Sequence[Record]) -> None:
    """Rows, versions, events, register and back-up queue of many passports, a statement each."""
    kind = kind_named(records[0].kind)
    rules = rule_sets(kind)
    await store.add(tx, records)
    await store.add_versions(
        tx,
        [
            version_row(
                r,
                actor=scope.actor,
                on_behalf_of=None,
                event="issue",
                reason=job.file_name,
                keys=list(r.own),
                rules=rules,
            )
            for r in records
        ],
    )
    told = [
        life_event(
            scope,
            r,
            Change(event="issue", keys=(), life_event={"product_id": r.product_id, "granularity": r.granularity}),
        )
        for r in records
    ]
    await store.add_events(tx, told)
    await store.mark_for_backup(tx, records)
    entries: list[tuple[UUID | None, register.Entry]] = [
        (
            r.passport_id,
            register.Entry(action="passport.issue", actor=scope.actor, object=r.dpp_id, detail={"version": 1}),
        )
        for r in records
    ]
    await register.enter(tx, scope.operator_id, entries)
    await tx.record(
        PassportsIssued(
            job_id=job.job_id,
            part=part.part,
            passport_ids=tuple(r.passport_id for r in records),
            published=job.publish,
        )
    )


async def cancel(tx: Transaction, scope: OperatorScope, job_id: UUID) -> Job:
    """Stop a job before its next part; what is issued stays. Raises JobNotFound, DealingClosed when it has ended."""
    found = await job_of(tx, scope, job_id)
    if not await bulk_store.set_state(tx, scope.operator_id, job_id, "cancelled"):
        raise errors.DealingClosed(state=found.state)
    return await job_of(tx, scope, job_id)


async def job_of(tx: Transaction, scope: OperatorScope, job_id: UUID) -> Job:
    """One job. Raises JobNotFound."""
    found = await bulk_store.job(tx, scope.operator_id, job_id)
    if found is None:
        raise JobNotFound
    return found


async def jobs(
    tx: Transaction, scope: OperatorScope, *, after: tuple[object, UUID] | None = None, limit: int = 100
) -> list[Job]:
    """Own jobs, newest first."""
    return await bulk_store.jobs(tx, scope.operator_id, after=after, count=limit)  # type: ignore[arg-type]


async def faults(tx: Transaction, scope: OperatorScope, job_id: UUID, *, most: int = 1000) -> list[CellFault]:
    """What is wrong, by row; what is wrong with all of a range is said once. Raises JobNotFound."""
    await job_of(tx, scope, job_id)
    found: dict[CellFault, None] = {}
    after = -1
    while len(found) < most and (parts := await bulk_store.parts(tx, scope.operator_id, job_id, after=after, count=20)):
        found |= dict.fromkeys(each for part in parts for each in part.errors)
        after = parts[-1].part
    return list(found)[:most]


async def results(
    tx: Transaction, scope: OperatorScope, job_id: UUID, *, after: int = -1
) -> tuple[list[Result], int | None]:
    """What was made, some parts at a time, and the part after which to go on. Raises JobNotFound."""
    await job_of(tx, scope, job_id)
    parts = await bulk_store.parts(tx, scope.operator_id, job_id, after=after, count=20)
    return [each for part in parts for each in part.results], parts[-1].part if len(parts) == 20 else None
