"""The audit chain: complete, in order, and every alteration is found and named."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from conftest import Ground, MakeScope
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage import audit_check, transaction
from meguri.storage.audit import PLATFORM
from meguri.storage.audit_check import Broken, Head, broken_chains, broken_roots, merkle_root, take_root
from meguri.storage.audit_export import BadRoots, export_roots, read_roots, roots_that_differ
from meguri.storage.database import Database, Transaction
from storage.noting import NoteWritten, write_note


async def broken(db: Database, scope: OperatorScope, only: UUID | None = None) -> list[Broken]:
    async with db.transaction(scope) as tx:
        return [fault async for fault in broken_chains(tx, only)]


async def test_an_event_is_entered_for_the_actor_and_for_each_party_once(notes: Database, scope: MakeScope) -> None:
    ours, theirs = scope(), scope()
    await notes.run(ours, write_note, "hello", (theirs.operator_id, theirs.operator_id, ours.operator_id))
    for reader in (ours, theirs):
        async with notes.transaction(reader) as tx:
            assert await tx.all("SELECT operator_id, seq, actor, event FROM audit_entry") == [
                (reader.operator_id, 1, ours.actor, "storage:note:write")
            ]
    assert await broken(notes, ours) == []


async def test_entries_of_many_operators_take_one_statement(notes: Database, scope: MakeScope) -> None:
    ours = scope()
    async with notes.transaction(ours) as tx:
        for _ in range(5):
            await tx.record(NoteWritten(note_id=new_id(), told=tuple(new_id() for _ in range(40))))
        before = tx.statements
        await tx.close()
        assert tx.statements == before + 1
    assert await broken(notes, ours) == []


async def test_many_writers_make_one_unbroken_chain(notes: Database, scope: MakeScope) -> None:
    ours, others = scope(), [scope().operator_id for _ in range(3)]

    async def writer(number: int) -> None:
        told = tuple(others[number % 3 :] + others[: number % 3])
        for turn in range(5):
            await notes.run(ours, write_note, f"{number}.{turn}", told)

    await asyncio.gather(*(writer(number) for number in range(6)))
    async with notes.transaction(ours) as tx:
        assert await tx.value("SELECT seq FROM audit_head") == 30
    assert await broken(notes, ours) == []


async def test_sign_in_events_without_operator_are_in_the_chain_of_the_platform(
    notes: Database, scope: MakeScope
) -> None:
    async with notes.identity() as tx:
        await tx.record(NoteWritten(note_id=new_id()))
    async with notes.transaction(scope(PLATFORM)) as tx:
        assert await tx.all("SELECT actor FROM audit_entry") == [("system:identity",)]


async def test_reactions_run_in_the_same_commit_as_the_tenant(noted: Ground, scope: MakeScope) -> None:
    seen: list[str] = []

    async def first(tx: Transaction, scope: OperatorScope, event: NoteWritten) -> None:
        seen.append("first " + await tx.value("SELECT current_user"))

    async def second(tx: Transaction, scope: OperatorScope, event: NoteWritten) -> None:
        seen.append(f"second {event.tag}")
        if len(seen) > 2:
            raise ZeroDivisionError

    ours = scope()
    async with Database(noted.login, reactions={NoteWritten: (first, second)}) as db:
        async with db.transaction(ours) as tx, tx.across():
            await tx.record(NoteWritten(note_id=new_id()))
            assert await tx.value("SELECT current_user") == "meguri_across"
        assert seen == ["first meguri_app", "second storage:note:write"]
        with pytest.raises(ZeroDivisionError):
            await db.run(ours, write_note, "lost")
        async with db.transaction(ours) as tx:
            assert await tx.value("SELECT count(*) FROM note") == 0


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE audit_entry SET actor = 'person:nobody'",
        "DELETE FROM audit_entry",
        "INSERT INTO audit_entry VALUES (%(op)s, 9, now(), 'a', 'e', '{}', '', '')",
        "UPDATE audit_head SET seq = 0",
        "DELETE FROM audit_root",
    ],
)
async def test_the_app_has_no_right_to_write_history(
    notes: Database, scope: MakeScope, forgery: str, across: bool
) -> None:
    ours = scope()
    await notes.run(ours, write_note, "true")
    with pytest.raises(errors.InsufficientPrivilege):
        async with notes.transaction(ours) as tx:
            if across:
                async with tx.across():
                    await tx.run(forgery, op=ours.operator_id)
            await tx.run(forgery, op=ours.operator_id)


@pytest.mark.parametrize(
    ("forgery", "seq", "reason"),
    [
        ("UPDATE audit_entry SET body = replace(body, '{', '{ ') WHERE seq = 2", 2, audit_check.ALTERED),
        ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE seq = 3", 3, audit_check.ALTERED),
        ("UPDATE audit_entry SET actor = 'person:nobody' WHERE seq = 1", 1, audit_check.ALTERED),
        ("UPDATE audit_entry SET event = 'x:y:z' WHERE seq = 1", 1, audit_check.ALTERED),
        ("UPDATE audit_entry SET prev_hash = hash WHERE seq = 2", 2, audit_check.UNLINKED),
        ("DELETE FROM audit_entry WHERE seq = 2", 2, audit_check.MISSING),
        ("DELETE FROM audit_entry WHERE seq = 3", 2, audit_check.CUT),
        ("DELETE FROM audit_head", 0, audit_check.CUT),
    ],
)
async def test_every_alteration_is_found_and_named(
    notes: Database, noted: Ground, scope: MakeScope, forgery: str, seq: int, reason: object
) -> None:
    ours = scope()
    for words in ("one", "two", "three"):
        await notes.run(ours, write_note, words)
    assert await broken(notes, ours) == []
    with psycopg.connect(noted.owner) as connection:
        connection.execute(forgery.encode())
    assert await broken(notes, ours) == [Broken(ours.operator_id, seq, reason)]  # type: ignore[arg-type]
    assert await broken(notes, ours, scope().operator_id) == []


async def test_a_chain_made_anew_from_the_start_is_betrayed_by_the_roots(
    notes: Database, noted: Ground, scope: MakeScope
) -> None:
    ours = scope()
    await notes.run(ours, write_note, "true")
    async with notes.transaction(ours) as tx:
        assert await take_root(tx, clock.now()) is not None
        assert await take_root(tx, clock.now()) is None
    with psycopg.connect(noted.owner) as connection:
        connection.execute("DELETE FROM audit_entry")
        connection.execute("DELETE FROM audit_head")
    await notes.run(ours, write_note, "false")
    assert await broken(notes, ours) == [Broken(ours.operator_id, 1, audit_check.UNROOTED)]


async def test_a_root_covers_the_chains_that_did_not_grow_too(notes: Database, noted: Ground, scope: MakeScope) -> None:
    ours, theirs = scope(), scope()
    async with notes.transaction(ours) as tx:
        await write_note(tx, ours, "one", (theirs.operator_id,))
    async with notes.transaction(ours) as tx:
        first = await take_root(tx, clock.now())
    await notes.run(ours, write_note, "two")
    async with notes.transaction(ours) as tx:
        second = await take_root(tx, clock.now() - timedelta(days=1))
        assert await tx.all("SELECT root, chains FROM audit_root ORDER BY at") == [(first, 2), (second, 2)]
        assert await broken_roots(tx) == []
    with psycopg.connect(noted.owner) as connection:
        connection.execute("UPDATE audit_root_leaf SET hash = sha256(hash)")
    async with notes.transaction(ours) as tx:
        assert len(await broken_roots(tx)) == 2


def test_the_merkle_root_depends_on_every_head_and_on_their_number() -> None:
    heads = [Head(UUID(int=number), number, bytes([number]) * 32) for number in range(1, 8)]
    roots = {merkle_root(heads[:count]) for count in range(8)}
    changed = {merkle_root([*heads[:at], Head(UUID(int=99), 1, b"x"), *heads[at + 1 :]]) for at in range(7)}
    assert len(roots) == 8
    assert len(changed | roots) == 15


async def test_roots_carried_out_betray_an_insider_who_makes_everything_anew(
    notes: Database, noted: Ground, scope: MakeScope, tmp_path: Path
) -> None:
    ours, file = scope(), tmp_path / "elsewhere" / "roots.jsonl"
    for text in ("one", "two"):
        await notes.run(ours, write_note, text)
        async with notes.transaction(ours) as tx:
            await take_root(tx, clock.now())
            assert await export_roots(tx, file) == 1
            assert await export_roots(tx, file) == 0
    async with notes.transaction(ours) as tx:
        assert await roots_that_differ(tx, file) == []
    moments = [root.at for root in read_roots(file)]
    with psycopg.connect(noted.owner) as connection:  # everything anew, and consistent in itself
        for table in ("audit_entry", "audit_head", "audit_root", "audit_root_leaf"):
            connection.execute(f"DELETE FROM {table}".encode())
    await notes.run(ours, write_note, "another one")
    async with notes.transaction(ours) as tx:
        await take_root(tx, clock.now())
    assert await broken(notes, ours) == []
    async with notes.transaction(ours) as tx:
        assert await roots_that_differ(tx, file) == moments


async def test_a_line_that_is_no_root_is_named(tmp_path: Path) -> None:
    (tmp_path / "roots").write_text('{"at":"2026-01-01T00:00:00Z","chains":1,"root":"00"}\n{"at":"never"}\n')
    with pytest.raises(BadRoots, match="line 2"):
        read_roots(tmp_path / "roots")


async def seen_by(db: Database, reader: OperatorScope) -> list[tuple[object, ...]]:
    async with db.transaction(reader) as tx:
        return await tx.all("SELECT seq, actor, event, body FROM audit_entry ORDER BY seq")


async def test_many_entries_do_not_wait_in_memory_and_come_to_the_same(
    notes: Database, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = scope(), [scope() for _ in range(3)]
    ids = [new_id() for _ in range(90)]
    held: list[int] = []

    async def write(tx: Transaction, _: OperatorScope) -> None:
        for number in range(0, 90, 10):
            try:
                async with tx.savepoint():
                    for note_id in ids[number : number + 10]:
                        told = tuple(one.operator_id for one in theirs)
                        await tx.record(NoteWritten(note_id=note_id, told=told[note_id.int % 3 :]))
                    if number == 40:
                        raise LookupError
            except LookupError:
                pass
            held.append(len(tx._entries))

    await notes.run(ours, write)
    assert held[-1] > 100
    plain = [await seen_by(notes, reader) for reader in theirs]
    assert len(await seen_by(notes, ours)) == 80

    monkeypatch.setattr(transaction, "_ENTRIES_HELD", 20)
    monkeypatch.setattr(transaction, "_ENTRIES_AT_ONCE", 7)
    held.clear()
    await notes.run(ours, write)
    assert max(held) <= 20
    for reader, before in zip(theirs, plain, strict=True):
        after = await seen_by(notes, reader)
        assert [row[1:] for row in after[len(before) :]] == [row[1:] for row in before]
        assert [row[0] for row in after] == list(range(1, 2 * len(before) + 1))
    assert await broken(notes, ours) == []


async def test_texts_of_an_entry_are_kept_as_they_are(notes: Database, scope: MakeScope) -> None:
    hard = 'quote " back \\ both \\" comma , brace {} 部品 \' NULL \t'
    ours = OperatorScope(new_id(), hard, Role.EDITOR)
    await notes.run(ours, write_note, "x")
    assert [row[1] for row in await seen_by(notes, ours)] == [hard]
    assert await broken(notes, ours) == []
