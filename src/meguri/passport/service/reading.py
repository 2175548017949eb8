"""Reading passports: now, as of a moment, one element, the history, what is missing. Every way out asks the same lattice."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, readcount, register, store
from meguri.passport.access import NOBODY_KNOWS, Audience, Classes, sees, visible
from meguri.passport.assembling import is_voluntary, judged, whole
from meguri.passport.catalogue import AccessClass
from meguri.passport.completeness import Report, scope_status
from meguri.passport.dealings import policy
from meguri.passport.document_rules import document_findings, hidden_from_public
from meguri.passport.events import AccessRefused, RestrictedRead
from meguri.passport.findings import FindingOut, shown
from meguri.passport.integrity import slice_of
from meguri.passport.japan.rules import japan_findings
from meguri.passport.keys import key_or_none
from meguri.passport.kinds import Document, Kind
from meguri.passport.lifecycle import Happening, Life, State, allowed
from meguri.passport.model import LifeEvent, Record, Standing, VersionOut, View
from meguri.passport.service import standing
from meguri.passport.service.writing import kind_named, layers
from meguri.passport.store import Ancestor, VersionRow
from meguri.passport.succession import DEEPEST
from meguri.storage import Transaction

LAST = 2**31 - 1
_DENIED = {
    "GRANT_EXPIRED": errors.GrantExpired,
    "GRANT_REVOKED": errors.GrantRevoked,
    "GRANT_SCOPE": errors.GrantScope,
}


async def read(
    tx: Transaction,
    scope: OperatorScope,
    identifier: str,
    *,
    by_product: bool = False,
    what: str = "document",
    unasked: bool = False,
    because: Mapping[str, str] | None = None,
) -> View:
    """The passport as the caller may see it now.

    identifier   a UUID, `urn:uuid:…`, a passport's identifier or a product's (any spelling)
    by_product   the identifier names a product: the active passport is meant
    what         what is read, for the register: document, page, export …
    unasked      with the values that law asks not, or not yet, of this category (formats made after the longlist want them)
    scope        `standing.ANONYMOUS` for a reader who is nobody
    because      the ground of an authority, for the register

    Raises DppNotFound, PassportCeased.
    """
    record = await (standing.find(tx, identifier) if by_product else standing.find_exact_or_active(tx, identifier))
    at = await standing.seen(tx, scope, record)
    if record.state == State.ARCHIVED:
        raise standing.ceased(record)  # for its owner too: from now on it is read by date
    kind = kind_named(record.kind)
    document = whole(kind, record, await layers(tx, record))
    await note(tx, scope, record, at, what, **(because or {}))
    return view_of(kind, record, at, document, unasked=unasked)


def view_of(kind: Kind, record: Record, at: Standing, document: Document, *, unasked: bool = False) -> View:
    """What one reader sees of a document."""
    seen = visible(kind, document, at.classes)
    if not (at.is_owner or unasked):
        for key in hidden_from_public(kind, document):
            seen.pop(key, None)
    return View(
        record=record,
        standing=at,
        values=seen,
        version=record.version,
        changed_at=record.updated_at,
        version_hash=record.version_hash,
        slices=record.slices,
    )


async def read_public(tx: Transaction, scope: OperatorScope, identifier: str, *, by_product: bool = False) -> View:
    """What everyone sees, whoever asks: for public pages and caches. Not entered in the register.

    Raises DppNotFound, PassportCeased.
    """
    record = await (standing.find(tx, identifier) if by_product else standing.find_exact_or_active(tx, identifier))
    nobody = Standing(audiences=frozenset({Audience.PUBLIC}), classes=NOBODY_KNOWS)
    standing.hide(record, nobody)
    await readcount.count(tx, record)
    kind = kind_named(record.kind)
    return view_of(kind, record, nobody, whole(kind, record, await layers(tx, record)))


async def note(tx: Transaction, scope: OperatorScope, record: Record, at: Standing, what: str, **detail: Any) -> None:
    """Enter an authenticated reading in the owner's register; a stranger's who saw more than the public, in both audits too."""
    if standing.is_anonymous(scope):
        await readcount.count(tx, record)
        return
    audiences = tuple(sorted(at.audiences))
    entry = register.Entry(
        action="passport.read",
        actor=scope.actor,
        object=record.dpp_id,
        detail={"what": what, "version": record.version, "operator": str(scope.operator_id), **detail},
        on_behalf_of=str(at.on_behalf_of) if at.on_behalf_of else None,
        audience=_best(at),
        classes=tuple(sorted(at.classes)),
    )
    async with tx.across():
        await register.enter(tx, record.operator_id, [(record.passport_id, entry)])
    if record.operator_id != scope.operator_id and at.classes != NOBODY_KNOWS:
        await tx.record(
            RestrictedRead(
                passport_id=record.passport_id,
                dpp_id=record.dpp_id,
                responsible_id=record.operator_id,
                audiences=audiences,
                classes=tuple(sorted(at.classes)),
                what=what,
            )
        )


def _best(at: Standing) -> str:
    order = (Audience.OWNER, Audience.AUTHORITY, Audience.LEGITIMATE_INTEREST, Audience.PUBLIC)
    return next(each.value for each in order if each in at.audiences)


async def element(tx: Transaction, scope: OperatorScope, identifier: str, key: str) -> tuple[View, Any]:
    """One attribute's value (None when it is empty), with the view that it is part of.

    Raises DppNotFound, PassportCeased; for a class that the caller does not see AuthenticationRequired or
    AccessClassDenied (or why his grant does not hold), the same whether or not there is a value; UnknownAttribute.
    """
    found = await read(tx, scope, identifier, what=f"element:{key}")
    kind = kind_named(found.record.kind)
    attribute = kind.attributes.get(key)
    if attribute is None:
        raise errors.UnknownAttribute(where=key)
    if not sees(attribute, found.standing.classes):
        raise denial(scope, found.standing)
    return found, found.values.get(key)


def denial(scope: OperatorScope, at: Standing) -> Exception:
    """Why somebody does not see a class."""
    if standing.is_anonymous(scope):
        return errors.AuthenticationRequired()
    if at.denied:
        return _DENIED[at.denied]()
    return errors.AccessClassDenied()


async def note_refusal(tx: Transaction, scope: OperatorScope, identifier: str, code: str) -> None:
    """Enter a failed authorisation in the register; after the refused transaction, in one of its own."""
    if standing.is_anonymous(scope):
        return
    try:
        record = await standing.find_exact_or_active(tx, identifier)
    except errors.DppNotFound:
        return
    entry = register.Entry(
        action="passport.refused",
        actor=scope.actor,
        object=record.dpp_id,
        detail={"code": code, "operator": str(scope.operator_id)},
        result="refused",
    )
    async with tx.across():
        await register.enter(tx, record.operator_id, [(record.passport_id, entry)])
    await tx.record(AccessRefused(passport_id=record.passport_id, responsible_id=record.operator_id, code=code))


async def read_at(tx: Transaction, scope: OperatorScope, identifier: str, at: datetime) -> View:
    """The passport as it was at a moment, by today's classes.

    After a passport has ceased, its owner and authorities still read it so, for the years that the rules say.
    Raises AuthenticationRequired, DppNotFound, InvalidDate for the future, NoVersionAtDate.
    """
    if standing.is_anonymous(scope):
        raise errors.AuthenticationRequired
    record = await standing.find_exact_or_active(tx, identifier)
    found = await standing.standing(tx, scope, record)
    _hide_from_history(record, found)
    if at > clock.now() + timedelta(seconds=60):
        raise errors.InvalidDate
    version = await store.version_at_across(tx, record.passport_id, at)
    if version is None or (version.state == State.DRAFT and not found.is_owner):
        raise errors.NoVersionAtDate
    return await _view_at(tx, scope, record, version, found)


async def read_version(tx: Transaction, scope: OperatorScope, identifier: str, number: int) -> View:
    """One version by its number. Raises AuthenticationRequired, DppNotFound, NoVersionAtDate."""
    if standing.is_anonymous(scope):
        raise errors.AuthenticationRequired
    record = await standing.find_exact_or_active(tx, identifier)
    found = await standing.standing(tx, scope, record)
    _hide_from_history(record, found)
    version = await store.version_across(tx, record.passport_id, number)
    if version is None or (version.state == State.DRAFT and not found.is_owner):
        raise errors.NoVersionAtDate
    return await _view_at(tx, scope, record, version, found)


async def _view_at(tx: Transaction, scope: OperatorScope, record: Record, version: VersionRow, at: Standing) -> View:
    kind, then = kind_named(record.kind), past(record, version)
    document = whole(kind, then, await layers(tx, version))
    await note(tx, scope, record, at, "history", version=version.version)
    return view_of(kind, then, at, document)


def past(record: Record, version: VersionRow) -> Record:
    """The record as it was in a version."""
    return msgspec.structs.replace(
        record,
        **{name: getattr(version, name) for name in _PAST},
        updated_at=version.changed_at,
        ceased_at=record.ceased_at if version.state == State.ARCHIVED else None,
    )


_PAST = ("version", "state", "life", "responsible", "own", "derived", "salts", "slices", "version_hash")


def _hide_from_history(record: Record, at: Standing) -> None:
    """A ceased passport stays readable by date for its owner and authorities, as long as the archive lasts."""
    if record.state == State.ARCHIVED and record.ceased_at is not None:
        over = clock.now() > record.ceased_at + timedelta(days=round(365.25 * policy().archive_years))
        if over or not ({Audience.AUTHORITY, Audience.OWNER} & at.audiences):
            raise standing.ceased(record)
    elif record.state in (State.DRAFT, State.INVALID) and not at.is_owner:
        raise errors.DppNotFound


async def history(
    tx: Transaction, scope: OperatorScope, identifier: str, *, below: int = LAST, limit: int = 100
) -> tuple[list[VersionOut], Record]:
    """Versions, newest first; of the changed attributes only those that the caller may see.

    Raises AuthenticationRequired, DppNotFound, PassportCeased.
    """
    if standing.is_anonymous(scope):
        raise errors.AuthenticationRequired
    record = await standing.find_exact_or_active(tx, identifier)
    found = await standing.standing(tx, scope, record)
    _hide_from_history(record, found)
    kind = kind_named(record.kind)
    versions = await store.versions_across(tx, record.passport_id, below, limit)
    if not found.is_owner:
        versions = [_as_seen(kind, each, found.classes) for each in versions if each.state != State.DRAFT]
    await note(tx, scope, record, found, "history")
    return versions, record


def _as_seen(kind: Kind, version: VersionOut, classes: Classes) -> VersionOut:
    """A version as a reader may know it: no attribute, and no happening, of a class that he does not see."""
    keys = [key for key in version.changed_keys if sees(kind.attributes.get(key), classes)]
    gone = {access: mark for access, mark in (version.redacted or {}).items() if AccessClass(access) in classes}
    event = version.event if AccessClass.P4 in classes else "change"
    return msgspec.structs.replace(
        version,
        changed_keys=keys,
        redacted={access: {**mark, "actor": ""} for access, mark in gone.items()} or None,
        event=version.event if version.event in ("issue", "publish") else event,
        actor="",
        on_behalf_of=None,
        reason=None,
    )


async def completeness(
    tx: Transaction, scope: OperatorScope, identifier: str, profile: str | None = None
) -> tuple[Report, list[FindingOut], str]:
    """What is missing and who has it, what is worth knowing, and whether law demands the passport. For its owner.

    Raises DppNotFound, NotResponsibleOperator, ProfileUnknown.
    """
    record, _ = await owned(tx, scope, identifier)
    kind = kind_named(record.kind)
    if profile is not None and profile not in kind.head.profiles:
        raise errors.ProfileUnknown(profile=profile)
    document = whole(kind, record, await layers(tx, record))
    japan = japan_findings(document, clock.today()) if kind.head.chemistry else []
    found = [shown(each) for each in (*document_findings(kind, document), *japan)]
    status = scope_status(kind, document)
    return judged(kind, document, profile, level=record.granularity), found, status


async def owned(tx: Transaction, scope: OperatorScope, identifier: str) -> tuple[Record, Standing]:
    """A passport of the caller's, to read. Raises AuthenticationRequired, DppNotFound, NotResponsibleOperator."""
    if standing.is_anonymous(scope):
        raise errors.AuthenticationRequired
    record = await standing.find_exact_or_active(tx, identifier)
    at = await standing.standing(tx, scope, record)
    if not at.is_owner:
        standing.hide(record, at)
        raise errors.NotResponsibleOperator
    return record, at


async def ids_of_products(tx: Transaction, products: Sequence[str]) -> list[str]:
    """The identifiers of the active passports of these products, in their order; unknown ones are left out."""
    keys = [key for each in products if (key := key_or_none(each)) is not None]
    found = await store.dpp_ids_across(tx, keys)
    return [found[key] for key in dict.fromkeys(keys) if key in found]


async def events(tx: Transaction, scope: OperatorScope, identifier: str) -> list[LifeEvent]:
    """What happened to the product, for those who may see its condition (P4).

    Raises AuthenticationRequired, DppNotFound, AccessClassDenied.
    """
    record = await standing.find_exact_or_active(tx, identifier)
    at = await standing.seen(tx, scope, record)
    if AccessClass.P4 not in at.classes:
        raise denial(scope, at)
    await note(tx, scope, record, at, "events")
    return await store.events_across(tx, record.passport_id)


async def ancestry(tx: Transaction, scope: OperatorScope, identifier: str) -> list[Ancestor]:
    """The whole descent of a product, at most 50 levels, for those who may see predecessors (P2).

    Raises AuthenticationRequired, DppNotFound, AccessClassDenied.
    """
    record = await standing.find_exact_or_active(tx, identifier)
    at = await standing.seen(tx, scope, record)
    if AccessClass.P2 not in at.classes:
        raise denial(scope, at)
    return await store.ancestry_across(tx, record.passport_id, DEEPEST)


async def slices(tx: Transaction, scope: OperatorScope, identifier: str) -> tuple[View, dict[str, dict[str, Any]]]:
    """The salted slices of the present version for the classes that the caller sees: what credentials hold.

    Raises DppNotFound, PassportCeased.
    """
    found = await read(tx, scope, identifier, what="credential")
    record, kind = found.record, kind_named(found.record.kind)
    document = whole(kind, record, await layers(tx, record))
    seen = sorted(found.standing.classes)
    return found, {access.value: slice_of(kind, document, access, record.salts[access.value]) for access in seen}


async def possible(tx: Transaction, scope: OperatorScope, identifier: str) -> list[str]:
    """What the owner can do with a passport now. Raises what `owned` raises."""
    record, _ = await owned(tx, scope, identifier)
    found = allowed(State(record.state), Life(record.life) if record.life else None)
    if record.state == State.INACTIVE and await store.closed_by_succession_across(tx, record.passport_id):
        found = tuple(each for each in found if each is not Happening.RESUME)
    return [each.value for each in found]


async def known(tx: Transaction, identifier: str) -> Record | None:
    """The record behind an identifier for other rooms of the house, whoever is responsible; None when there is none."""
    try:
        return await standing.find_exact_or_active(tx, identifier)
    except errors.DppNotFound:
        return None


async def document_of(tx: Transaction, record: Record) -> Document:
    """The whole document of a record, unfiltered: for use within the house only, never to be shown."""
    kind = kind_named(record.kind)
    return whole(kind, record, await layers(tx, record))


async def is_free(tx: Transaction, record: Record) -> bool:
    """Whether no duty holds for this product."""
    return is_voluntary(kind_named(record.kind), await document_of(tx, record))


async def by_internal_id(tx: Transaction, passport_id: UUID) -> Record | None:
    """The record with this internal id."""
    return await store.by_id_across(tx, passport_id)
