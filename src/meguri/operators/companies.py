"""Companies: joining, one's own record and switches, and the directory that every signed-in company may search."""

from collections.abc import Collection
from uuid import UUID

import msgspec
from msgspec import UNSET

from meguri.kernel.errors import FieldError, Invalid, Stale
from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.operators import checks, disclosure, store
from meguri.operators.errors import (
    GlobalOperatorIdTaken,
    OpenOperatorIdImmutable,
    OpenOperatorIdTaken,
    OperatorIdTaken,
    OperatorUnknown,
)
from meguri.operators.events import OperatorRegistered, OperatorUpdated, PlantsCleared, SettingsChanged
from meguri.operators.model import (
    DirectoryEntry,
    NewOperator,
    OperatorChange,
    OperatorRecord,
    OperatorSettings,
    OperatorVersion,
    SettingsChange,
)
from meguri.storage import Transaction


async def register(
    tx: Transaction,
    scope: OperatorScope,
    new: NewOperator,
    *,
    check_digits: bool = True,
    auto_disclose: bool = False,
    guest_of: UUID | None = None,
) -> OperatorRecord:
    """A company joins as `scope.operator_id`.

    check_digits   refuse a wrong 法人番号, LEI or GLN (off for the seeds that the public data exchange publishes)
    auto_disclose  the profile's default for the company's switch of that name
    guest_of       the company that asked it, for one that answers without an account: nobody else sees it

    Raises Invalid, OperatorIdTaken, OpenOperatorIdTaken, GlobalOperatorIdTaken.
    """
    _refuse([*checks.shape_of_operator(new), *(checks.digits_of_operator(new) if check_digits else [])])
    added = await store.add_operator(tx, scope, new, guest_of)
    if added is None:
        await _refuse_taken(tx, scope, new)
        raise OperatorIdTaken
    await store.save_settings(tx, scope, auto_disclose)
    await tx.record(OperatorRegistered(operator_id=scope.operator_id))
    return added


async def join_as_member(tx: Transaction, scope: OperatorScope, open_operator_id: str) -> OperatorRecord:
    """A guest becomes a company like any other, under its public number. Raises Invalid, OpenOperatorIdTaken."""
    before = await own(tx, scope)
    wanted = NewOperator(name=before.name, address=before.address, open_operator_id=open_operator_id)
    _refuse([*checks.shape_of_operator(wanted), *checks.digits_of_operator(wanted)])
    other = await store.by_open_id(tx, scope, open_operator_id)
    if other and other.operator_id != scope.operator_id:
        raise OpenOperatorIdTaken(value=open_operator_id)
    after = await store.become_member(tx, scope, open_operator_id)
    if after is None:  # it was no guest any more
        return before
    await tx.record(OperatorUpdated(operator_id=scope.operator_id, version=after.version, fields=("open_operator_id",)))
    return after


async def _refuse_taken(tx: Transaction, scope: OperatorScope, new: NewOperator) -> None:
    other = await store.by_open_id(tx, scope, new.open_operator_id)
    if other and other.operator_id != scope.operator_id:
        raise OpenOperatorIdTaken(value=new.open_operator_id)
    await _refuse_taken_global(tx, scope, new.global_operator_id)


async def _refuse_taken_global(tx: Transaction, scope: OperatorScope, global_operator_id: str | None) -> None:
    if global_operator_id is None:
        return
    holder = await store.with_global_id(tx, scope, global_operator_id)
    if holder not in (None, scope.operator_id):
        raise GlobalOperatorIdTaken(value=global_operator_id)


async def note_proof(tx: Transaction, operator_id: UUID, proof: str) -> None:
    """Tells all who deal with a company how it was proved who it is. In the transaction that records the proof itself."""
    await store.note_proof(tx, operator_id, proof)


async def own(tx: Transaction, scope: OperatorScope) -> OperatorRecord:
    """The operator's own record. Raises OperatorUnknown before the company has joined."""
    record = await store.operator(tx, scope)
    if record is None:
        raise OperatorUnknown
    return record


async def update(
    tx: Transaction,
    scope: OperatorScope,
    change: OperatorChange,
    *,
    expected_version: int | None = None,
    check_digits: bool = True,
) -> OperatorRecord:
    """The operator's own record as `change` says; a change of nothing makes no new version.

    expected_version  the version that the writer read (If-Match); None where the contract knows no such thing
    check_digits      refuse a wrong LEI or GLN; the public number never changes and is not checked again

    Raises Invalid, OpenOperatorIdImmutable, Stale, GlobalOperatorIdTaken.
    """
    _refuse([*checks.shape_of_operator(change), *(_digits_of_change(change) if check_digits else [])])
    await store.lock(tx, scope, "operator", scope.operator_id)
    before = await own(tx, scope)
    if change.open_operator_id != before.open_operator_id:
        raise OpenOperatorIdImmutable
    if expected_version not in (None, before.version):
        raise Stale
    wanted = _applied(before, change)
    fields = tuple(name for name in before.__struct_fields__ if getattr(before, name) != getattr(wanted, name))
    if not fields:
        return before
    if wanted.global_operator_id is not None and "global_operator_id" in fields:
        await store.lock(tx, scope, "global_operator_id", wanted.global_operator_id)
        await _refuse_taken_global(tx, scope, wanted.global_operator_id)
    after = await store.change_operator(tx, scope, wanted)
    if after is None:
        raise Stale
    await tx.record(OperatorUpdated(operator_id=scope.operator_id, version=after.version, fields=fields))
    return after


def _digits_of_change(change: OperatorChange) -> list[FieldError]:
    return [*checks.lei_errors(change.lei), *checks.gln_errors(change.gln)]


def _applied(before: OperatorRecord, change: OperatorChange) -> OperatorRecord:
    said = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
    return msgspec.structs.replace(before, **said)


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise Invalid(fields=tuple(errors))


async def versions(
    tx: Transaction, scope: OperatorScope, *, limit: int = 100, cursor: str | None = None
) -> Page[OperatorVersion]:
    """The operator's own record through time, newest first."""
    before = _number(decode_cursor(cursor, 1)[0]) if cursor else None
    found = await store.operator_versions(tx, scope, before, limit + 1)
    after = encode_cursor(str(found[limit].version)) if len(found) > limit else None
    return Page(items=found[:limit], next_cursor=after)


async def settings(tx: Transaction, scope: OperatorScope) -> OperatorSettings:
    """The operator's own switches."""
    return await store.settings(tx, scope)


async def change_settings(
    tx: Transaction, scope: OperatorScope, chosen: SettingsChange, *, expected_version: int | None = None
) -> OperatorSettings:
    """Set the operator's own switches; they count for what happens from now on. Raises Stale.

    What is open to companies below the least proof is closed at once.
    """
    await store.lock(tx, scope, "operator", scope.operator_id)
    before = await store.settings(tx, scope)
    if expected_version not in (None, before.version):
        raise Stale
    least = before.least_proof if chosen.least_proof is UNSET else chosen.least_proof
    if (before.auto_disclose, before.least_proof) == (chosen.auto_disclose, least):
        return before
    await store.save_settings(tx, scope, chosen.auto_disclose, least)
    changed = SettingsChanged(
        auto_disclose_before=before.auto_disclose,
        auto_disclose=chosen.auto_disclose,
        least_proof_before=before.least_proof,
        least_proof=least,
    )
    await tx.record(changed)
    await disclosure.close_below(tx, scope, least)
    return await store.settings(tx, scope)


async def search(
    tx: Transaction, scope: OperatorScope, text: str = "", *, limit: int = 100, cursor: str | None = None
) -> Page[DirectoryEntry]:
    """Companies whose name begins with or contains `text`, or that have exactly this identifier; best matches first.

    Widths and capitals are the same; an empty text finds all. Raises BadCursor.
    """
    found = await store.directory_page(tx, scope, text, _place(cursor), limit + 1)
    after = None
    if len(found) > limit:
        first = found[limit]
        after = encode_cursor(str(first.rank), first.search_name, str(first.operator_id))
    return Page(items=[_entry(hit) for hit in found[:limit]], next_cursor=after)


def _place(cursor: str | None) -> tuple[int, str, UUID]:
    if cursor is None:
        return store.FIRST
    rank, search_name, after = decode_cursor(cursor, 3)
    operator_id = parse_uuid(after)
    if operator_id is None:
        raise BadCursor
    return _number(rank), search_name, operator_id


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadCursor
    return int(text)


def _entry(hit: store.Found) -> DirectoryEntry:
    return DirectoryEntry(**{name: getattr(hit, name) for name in DirectoryEntry.__struct_fields__})


async def look_up(tx: Transaction, scope: OperatorScope, open_operator_id: str) -> DirectoryEntry:
    """The company with this public number. Raises OperatorUnknown."""
    found = await look_up_number(tx, scope, open_operator_id)
    if found is None:
        raise OperatorUnknown
    return found


async def look_up_number(tx: Transaction, scope: OperatorScope, open_operator_id: str) -> DirectoryEntry | None:
    """The company with this public number, or None."""
    return await store.by_open_id(tx, scope, open_operator_id) if "\x00" not in open_operator_id else None


async def ids_with_gln(tx: Transaction, gln: str) -> list[UUID]:
    """Who states this Global Location Number, in the order of joining; for questions of readers who are nobody.

    That a company has joined is not public: the caller answers only of those that something published names.
    """
    return await store.with_gln_across(tx, gln)


async def everybody(tx: Transaction, scope: OperatorScope) -> list[DirectoryEntry]:
    """The whole directory by name, guests left out."""
    return await store.everybody(tx)


async def by_ids(tx: Transaction, scope: OperatorScope, operator_ids: Collection[UUID]) -> list[DirectoryEntry]:
    """The companies with these ids in the order asked for, each once; unknown ids are left out."""
    found = {entry.operator_id: entry for entry in await store.by_ids(tx, scope, operator_ids)}
    return [found[operator_id] for operator_id in dict.fromkeys(operator_ids) if operator_id in found]


async def operator_exists(tx: Transaction, scope: OperatorScope, operator_id: UUID) -> bool:
    """Whether a company with this id has joined."""
    return bool(await store.by_ids(tx, scope, [operator_id]))


async def names_of(tx: Transaction, scope: OperatorScope, operator_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these companies; unknown ids are left out."""
    if not operator_ids:
        return {}
    return {entry.operator_id: entry.name for entry in await store.by_ids(tx, scope, set(operator_ids))}


async def guests_among(tx: Transaction, scope: OperatorScope, operator_ids: Collection[UUID]) -> set[UUID]:
    """Which of these suppliers answer without an account: they need a link to be asked."""
    return await store.guests_among(tx, operator_ids)


async def clear(tx: Transaction, scope: OperatorScope, operator_ids: Collection[UUID]) -> None:
    """Empty trial companies' plants, disclosures and notifications; histories and audit stay.

    Only for profiles that allow a reset; the caller has made sure that these companies are the caller's to empty.
    """
    async with tx.across():
        await store.clear(tx, operator_ids, actor=scope.actor, reason="system:reset")
    await tx.record(PlantsCleared(operators=tuple(operator_ids)))
