"""Words that the tests of storage share."""

from uuid import UUID

from meguri.kernel.events import Event
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

WRITE = "INSERT INTO note (operator_id, note_id, words) VALUES (%(operator)s, %(id)s, %(words)s)"
READ = "SELECT words FROM note ORDER BY words"


class NoteWritten(Event, frozen=True, kw_only=True):
    tag = "storage:note:write"
    note_id: UUID
    told: tuple[UUID, ...] = ()

    def parties(self) -> tuple[UUID, ...]:
        return self.told


async def write_note(tx: Transaction, scope: OperatorScope, words: str, told: tuple[UUID, ...] = ()) -> UUID:
    note_id = new_id()
    await tx.run(WRITE, operator=scope.operator_id, id=note_id, words=words)
    await tx.record(NoteWritten(note_id=note_id, told=told))
    return note_id


async def words_seen(tx: Transaction, scope: OperatorScope) -> list[str]:
    return [words for (words,) in await tx.all(READ)]
