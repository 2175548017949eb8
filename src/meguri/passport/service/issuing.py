"""Making passports, writing their values, publishing, deleting drafts."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.operators import service as operators
from meguri.operators.model import DirectoryEntry
from meguri.passport import errors, readings_store, register, store
from meguri.passport.access import class_of_document
from meguri.passport.assembling import Layers, header, whole
from meguri.passport.derived import category_of, effective, initial_values, merged
from meguri.passport.document_rules import cleaned, document_findings, mistyped, value_findings
from meguri.passport.events import PassportDeleted, PassportIssued, PassportPublished
from meguri.passport.findings import Finding, pointer
from meguri.passport.identifiers import (
    Granularity,
    ProductIdentifier,
    new_serial,
    passport_identifier,
    product_identifier,
)
from meguri.passport.identifiers.operators import corporate_number_of, lei_of
from meguri.passport.identifiers.product import from_parts, of_a_product
from meguri.passport.integrity import new_salts
from meguri.passport.keys import key_of
from meguri.passport.kinds import Document, Kind
from meguri.passport.lifecycle import Life, State
from meguri.passport.model import EXTRAS, Issued, NewPassport, Record, Standing
from meguri.passport.moments import MONTH_AHEAD, latest_month, untimely
from meguri.passport.service import gate, standing
from meguri.passport.service.writing import Change, add, described, issued, kind_named, layers, refuse, save
from meguri.storage import Transaction

_BEGINS = Text(
    ja="このパスポートは「{life}」で始まります。リユース品などは、元のパスポートの後継として発行してください。",
    en="This passport begins as “{life}”. Please issue a second life as the successor of the passport before it.",
)
_NO_SUCH_FILE = Text(
    ja="この番号の添付ファイルがないか、ハッシュが保存された内容と異なります。",
    en="The passport has no such file, or the hash is not that of the stored bytes.",
)


async def issue(
    tx: Transaction,
    scope: OperatorScope,
    new: NewPassport,
    *,
    base: str | None = None,
    life: Life = Life.ORIGINAL,
    system_values: Mapping[str, Any] | None = None,
) -> Issued:
    """Make a passport of a model, a batch or an item, as a draft, or published when `new.publish` and nothing is missing.

    base   origin of the resolver with which canonical identifiers begin; this installation's by default
    life   the product's status that it begins with (successions)
    system_values  attributes that only the server sets (predecessors of a successor)

    Raises InvalidIdentifier and its kin, PassportInvalid and its kin, DuplicateProductId, ModelMismatch, DppNotFound for an
    unknown model, PublishIncomplete.
    """
    record, document, findings = await make(tx, scope, new, base=base, life=life, system_values=system_values)
    kind = kind_named(record.kind)
    return issued(kind, record, document, findings)


async def make(
    tx: Transaction,
    scope: OperatorScope,
    new: NewPassport,
    *,
    base: str | None = None,
    life: Life = Life.ORIGINAL,
    system_values: Mapping[str, Any] | None = None,
    event: str = "issue",
) -> tuple[Record, Document, list[Finding]]:
    """`issue`, giving the record itself."""
    kind = kind_named(new.kind)
    named = identified(new, base or tx.installation.origin)
    await store.lock(tx, family(named))
    successor = await refuse_taken(tx, scope, named, keeps_marking=new.keep_marking)
    record, below = await _drafted(tx, scope, kind, new, named, life, successor, system_values or {})
    document = {**effective(kind, below.model, below.batch, record.own), **header(kind, record, below)}
    findings = list(document_findings(kind, document))
    refuse(findings)
    if new.publish:
        await gate.refuse_incomplete(tx, scope, kind, record, document)
        record = msgspec.structs.replace(record, state=State.ACTIVE.value, published_at=record.issued_at)
    told = {"product_id": record.product_id, "granularity": record.granularity}
    shown = Change(event=event, keys=tuple(record.own), life_event=told if record.granularity == "item" else None)
    record, document = await add(tx, scope, record, shown)
    await tx.record(
        PassportIssued(
            passport_id=record.passport_id,
            dpp_id=record.dpp_id,
            version=record.version,
            responsible_id=record.operator_id,
            granularity=record.granularity,
            published=new.publish,
        )
    )
    if new.publish:
        await _tell_published(tx, record)
    return record, document, findings


def identified(new: NewPassport, base: str) -> ProductIdentifier:
    """The product identifier that a new passport is for. Raises InvalidIdentifier, GranularityMismatch."""
    declared = Granularity(new.granularity.lower()) if new.granularity and new.granularity.lower() in _LEVELS else None
    if new.product_id:
        return of_a_product(product_identifier(new.product_id, base, declared, forms=True))
    if not new.gtin:
        return product_identifier("", base)
    wants_item = declared in (None, Granularity.ITEM) and not (declared is None and new.batch and not new.serial)
    serial = new.serial or (new_serial() if wants_item and new.model else None)
    found = from_parts(base, new.gtin, serial=serial, batch=new.batch)
    return product_identifier(found.uri, base, declared)


_LEVELS = tuple(level.value for level in Granularity)


def family(named: ProductIdentifier) -> str:
    """What is locked while an identifier is looked up and taken: all of one GTIN, or the identifier itself."""
    return named.gtin or named.uri


async def refuse_taken(
    tx: Transaction, scope: OperatorScope, named: ProductIdentifier, *, keeps_marking: bool
) -> UUID | None:
    """The id that tells a successor on the same marking from its predecessor, if it needs one.

    Raises DuplicateProductId: an identifier is unique for ever, also after a passport has ceased or was issued in error.
    """
    key = key_of(named.uri)
    taken = await store.taken_across(tx, [key])
    if not taken:
        return None
    still = [each for each in taken if each.state != State.INACTIVE]
    if not keeps_marking or still:
        raise errors.DuplicateProductId(value=named.uri)
    return new_id()


async def _drafted(
    tx: Transaction,
    scope: OperatorScope,
    kind: Kind,
    new: NewPassport,
    named: ProductIdentifier,
    life: Life,
    successor: UUID | None,
    system_values: Mapping[str, Any],
) -> tuple[Record, Layers]:
    company = await operators.own(tx, scope)
    level = named.granularity.value
    model = await _stands_on(tx, scope, kind, new, named) if level != "model" else None
    batch = await _batch_of(tx, named) if level == "item" else None
    below = await layers(tx, _Pins.of(model, batch))
    now = clock.now()
    own = own_values(kind, new, named, below, at=clock.seconds_z(now), life=life)
    written = cleaned(kind, new.values)
    refuse(
        [
            *value_findings(kind, written, level, overrides=new.overrides, system=kind.head.managed.at_issue),
            *untimely(kind, written, {**below.model, **own}.get(kind.head.made), now),
            *_another_beginning(kind, written, life),
            *mistyped(kind, written, admitted=(public_id(company),)),
        ]
    )
    own |= {key: value for key, value in system_values.items() if key in kind.attributes}
    record = Record(
        operator_id=scope.operator_id,
        passport_id=successor or new_id(),
        live=True,
        kind=kind.code,
        granularity=level,
        product_id=named.uri,
        product_key=key_of(named.uri),
        dpp_id=(dpp_id := passport_identifier(named, successor)),
        dpp_key=key_of(dpp_id),
        category=None,
        model_name="",
        serial=named.serial or str(own.get("serial_number") or "") or None,
        model_operator_id=model.operator_id if model else None,
        model_id=model.passport_id if model else None,
        model_version=model.version if model else None,
        batch_operator_id=batch.operator_id if batch else None,
        batch_id=batch.passport_id if batch else None,
        batch_version=batch.version if batch else None,
        state=State.DRAFT.value,
        life=life.value if level == "item" and kind.head.life_status else None,
        responsible=public_id(company),
        provider=None,
        version=1,
        own=own,
        derived={},
        meta={"*": described({"*": 0}, scope, new.source)["*"], **({EXTRAS: new.extras} if new.extras else {})},
        overrides=new.overrides,
        salts=new_salts(),
        slices={},
        version_hash="",
        score=0.0,
        issued_at=now,
        published_at=None,
        ceased_at=None,
        last_event_at=None,
        created_at=now,
        updated_at=now,
    )
    return record, below


def _another_beginning(kind: Kind, written: Mapping[str, Any], life: Life) -> Iterator[Finding]:
    """A status other than the one with which this passport begins is not passed over in silence."""
    said = written.get(kind.head.life_status, life.value) if kind.head.life_status else life.value
    if said != life.value:
        yield Finding(
            code="INVALID_VALUE", pointer=pointer(kind.head.life_status), say=_BEGINS, values={"life": life.value}
        )


class _Pins(msgspec.Struct, frozen=True, kw_only=True):
    """The pins of a record that is still to be made."""

    model_operator_id: UUID | None = None
    model_id: UUID | None = None
    model_version: int | None = None
    batch_operator_id: UUID | None = None
    batch_id: UUID | None = None
    batch_version: int | None = None

    @classmethod
    def of(cls, model: Record | None, batch: Record | None) -> "_Pins":
        """The present versions of these records."""
        return cls(
            model_operator_id=model.operator_id if model else None,
            model_id=model.passport_id if model else None,
            model_version=model.version if model else None,
            batch_operator_id=batch.operator_id if batch else None,
            batch_id=batch.passport_id if batch else None,
            batch_version=batch.version if batch else None,
        )


def own_values(
    kind: Kind, new: NewPassport, named: ProductIdentifier, below: Layers, *, at: str, life: Life
) -> Document:
    """What a new record holds itself: what was written, what its identifier says, and values of the first day."""
    written = cleaned(kind, new.values)
    said: Document = {"gtin": named.gtin, "serial_number": named.serial, "batch_id": named.batch}
    own = {
        key: value for key, value in said.items() if value and key in kind.attributes and below.model.get(key) != value
    }
    own |= written
    if new.initial_declared and life is Life.ORIGINAL and named.granularity is Granularity.ITEM:
        category = category_of(kind, {**below.model, **own})
        made = {**below.model, **own}.get(kind.head.made)
        own = {**initial_values(kind, category, f"{made}-01T00:00:00Z" if made else at), **own}
    return own


async def _stands_on(
    tx: Transaction, scope: OperatorScope, kind: Kind, new: NewPassport, named: ProductIdentifier
) -> Record | None:
    """The model record: the one named, else the operator's own of the same GTIN. Raises DppNotFound, ModelMismatch."""
    if new.model is None:
        general = named.of_model("")
        found = await store.by_product_across(tx, general.uri) if general else None
        return found if found and found.operator_id == scope.operator_id and found.kind == kind.code else None
    found = await standing.find_exact_or_active(tx, new.model)
    if found.operator_id != scope.operator_id:
        at = await standing.standing(tx, scope, found)
        if not at.is_owner:
            raise errors.DppNotFound
    expected = named.of_model("")
    other_gtin = expected is not None and "/01/" in found.product_key and not expected.uri.startswith(found.product_key)
    if found.granularity != "model" or found.kind != kind.code or other_gtin:
        raise errors.ModelMismatch
    return found


async def _batch_of(tx: Transaction, named: ProductIdentifier) -> Record | None:
    """The record of the item's batch, if there is one."""
    if named.gtin is None or named.batch is None:
        return None
    found = await store.by_product_across(tx, from_parts("", named.gtin, batch=named.batch).uri)
    return found if found is not None and found.granularity == "batch" else None


def public_id(company: DirectoryEntry) -> str:
    """The economic operator's identifier: LEI, else 法人番号 as a national register number, else GLN, else its own."""
    if company.lei:
        return lei_of(company.lei)
    number = company.open_operator_id
    if len(number) == 13 and number.isdigit():
        return corporate_number_of(number)
    return company.gln or number


async def change(
    tx: Transaction,
    scope: OperatorScope,
    identifier: str,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    reason: str | None = None,
    overrides: Mapping[str, str] | None = None,
    source: str = "manual",
    reference: str | None = None,
) -> Issued:
    """Write values of a passport (merge patch: null empties a value), as a new version.

    expected_version   the version that the writer read (If-Match)
    overrides          reasons for an item's own value of a model's attribute
    source, reference  where the values come from, and the version of what they were taken from

    Raises DppNotFound, NotResponsibleOperator, VersionConflict, PassportInvalid and its kin, MandatoryValue, InheritedValue,
    CategoryFixed, CellOriginLocked, IllegalTransition for what has ceased or was issued in error.
    """
    before, at = await standing.responsible(tx, scope, identifier)
    standing.refuse_ended(before, "change")
    if expected_version not in (None, before.version):
        raise errors.VersionConflict
    kind = kind_named(before.kind)
    reasons = {**before.overrides, **(overrides or {})}
    below = await layers(tx, before)
    written = cleaned(kind, changes)
    _refuse_written(kind, before, changes, written, reasons, merged(below.model, below.batch))
    await _refuse_other_files(tx, before, written)
    old = whole(kind, before, below)
    own = {key: value for key, value in {**before.own, **written}.items() if key not in changes or key in written}
    keys = tuple(key for key in changes if before.own.get(key) != own.get(key))
    _refuse_inherited(kind, before, below, [key for key in changes if key not in written and key not in before.own])
    if not keys:
        return issued(kind, before, old)
    document = {**effective(kind, below.model, below.batch, own), **header(kind, before, below)}
    _refuse_locked(kind, before, old, document)
    findings = [*document_findings(kind, document), *untimely(kind, written, document.get(kind.head.made), clock.now())]
    if before.state != State.DRAFT:
        findings += _not_made_yet(kind, written)
    refuse(findings)
    emptied = [key for key in changes if key not in written]
    if before.state != State.DRAFT and emptied:
        gate.refuse_emptied(kind, document, emptied)
    meta = {**before.meta, **described(dict.fromkeys(keys), scope, source, reference)}
    wanted = msgspec.structs.replace(before, own=own, meta=meta, overrides=reasons)
    made, document = await save(tx, scope, before, wanted, Change(event="change", keys=keys, reason=reason), at)
    return issued(kind, made, document, findings)


def _refuse_written(
    kind: Kind,
    before: Record,
    changes: Mapping[str, Any],
    written: Document,
    reasons: Mapping[str, str],
    inherited: Document,
) -> None:
    """Values by themselves; a key that is only emptied has to exist, and to be writable, too."""
    emptied = {
        key: None for key in changes if key not in written and (key not in kind.attributes or key in kind.read_only)
    }
    said = {**inherited, **before.own}
    stood = [before.responsible, *(_id_of(said.get(key)) for key in kind.head.parties)]
    refuse(
        [
            *value_findings(kind, {**emptied, **written}, before.granularity, overrides=reasons, inherited=inherited),
            *mistyped(kind, written, admitted=stood),
        ]
    )


def _id_of(said: Any) -> Any:
    return said.get("id") if isinstance(said, dict) else said


def _not_made_yet(kind: Kind, written: Mapping[str, Any]) -> list[Finding]:
    """What is published was made: its month of manufacture is not moved into the future."""
    made = written.get(kind.head.made)
    ahead = isinstance(made, str) and made > latest_month(clock.now())
    return [Finding(code="VALUE_OUT_OF_RANGE", pointer=pointer(kind.head.made), say=MONTH_AHEAD)] if ahead else []


def _refuse_inherited(kind: Kind, before: Record, below: Layers, emptied: list[str]) -> None:
    """A value that stands in the model's (or batch's) record does not go away by emptying the item's: say so, don't do nothing.

    Raises MandatoryValue for one that law asks of a published passport, InheritedValue for any other.
    """
    held = [key for key in emptied if key in below.model or key in below.batch]
    if not held:
        return
    document = effective(kind, below.model, below.batch, before.own)
    if before.state != State.DRAFT:
        gate.refuse_emptied(kind, {key: value for key, value in document.items() if key not in held}, held)
    raise errors.InheritedValue(where=", ".join(f"/{key}" for key in held))


async def _refuse_other_files(tx: Transaction, record: Record, written: Document) -> None:
    """Documents name files of this passport, and, if they give a hash, that of the stored bytes.

    One that the model or an earlier life brought along goes on being named where it is named already.
    """
    named = {
        (key, each["file_id"]): each
        for key, value in written.items()
        for each in (value if isinstance(value, list) else [value])
        if isinstance(each, dict) and isinstance(each.get("file_id"), str)
    }
    if not named:
        return
    async with tx.across():
        files = {str(each.file_id): each for each in await readings_store.attachments(tx, [record.passport_id])}
    kind, document = await describe(tx, record)
    named = {place: said for place, said in named.items() if place[1] in files or not _names(kind, document, *place)}
    wrong = [
        Finding(code="INVALID_VALUE", pointer=pointer(key), say=_NO_SUCH_FILE)
        for (key, file_id), said in named.items()
        if file_id not in files or said.get("sha256", files[file_id].sha256) != files[file_id].sha256
    ]
    refuse(wrong)


def _names(kind: Kind, document: Document, key: str, file_id: str) -> bool:
    return kind.attributes[key].access in class_of_document(kind, {key: document.get(key)}, file_id)


def _refuse_locked(kind: Kind, before: Record, old: Document, document: Document) -> None:
    """What law or a contract has fixed stays."""
    if before.published_at is not None and before.category != category_of(kind, document):
        raise errors.CategoryFixed
    if old.get("auction_award") is True and old.get("cell_origin_countries") != document.get("cell_origin_countries"):
        raise errors.CellOriginLocked


async def publish(
    tx: Transaction, scope: OperatorScope, identifier: str, *, expected_version: int | None = None
) -> Issued:
    """Draft becomes active: from now on everyone reads the public part. Again changes nothing.

    Raises DppNotFound, NotResponsibleOperator, VersionConflict, PublishIncomplete, IllegalTransition.
    """
    before, at = await standing.responsible(tx, scope, identifier)
    if expected_version not in (None, before.version):
        raise errors.VersionConflict
    kind = kind_named(before.kind)
    document = whole(kind, before, await layers(tx, before))
    if before.state == State.ACTIVE:
        return issued(kind, before, document)
    if before.state != State.DRAFT:
        raise errors.IllegalTransition(source=before.state, event="publish", allowed="resume")
    await gate.refuse_incomplete(tx, scope, kind, before, document)
    wanted = msgspec.structs.replace(before, state=State.ACTIVE.value, published_at=clock.now())
    made, document = await save(tx, scope, before, wanted, Change(event="publish", keys=("dpp_status",)), at)
    await _tell_published(tx, made)
    return issued(kind, made, document)


async def _tell_published(tx: Transaction, record: Record) -> None:
    await tx.record(
        PassportPublished(
            passport_id=record.passport_id,
            dpp_id=record.dpp_id,
            version=record.version,
            responsible_id=record.operator_id,
        )
    )


async def delete(
    tx: Transaction, scope: OperatorScope, identifier: str, *, expected_version: int | None = None
) -> None:
    """Throw a draft away.

    Raises DppNotFound, NotResponsibleOperator, VersionConflict, DeletionRestricted for what was ever published.
    """
    record, _ = await standing.responsible(tx, scope, identifier)
    if expected_version not in (None, record.version):
        raise errors.VersionConflict
    if record.state != State.DRAFT:
        raise errors.DeletionRestricted
    async with tx.across():
        await store.delete_draft(tx, record.operator_id, record.passport_id)
        entry = register.Entry(action="passport.delete", actor=scope.actor, object=record.dpp_id)
        await register.enter(tx, record.operator_id, [(record.passport_id, entry)])
    await tx.record(PassportDeleted(passport_id=record.passport_id, dpp_id=record.dpp_id))


async def describe(tx: Transaction, record: Record) -> tuple[Kind, Document]:
    """A record's kind and whole document."""
    kind = kind_named(record.kind)
    return kind, whole(kind, record, await layers(tx, record))


def nobody() -> Standing:
    """The standing of the server itself."""
    return Standing(audiences=frozenset(), classes=frozenset())
