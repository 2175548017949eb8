"""What reporters send with a grievance: few, small, without the traces of a camera, sealed; only handlers read them."""

from collections.abc import Sequence
from uuid import UUID

from meguri.diligence import store
from meguri.diligence.errors import NothingFound, TooManyFiles
from meguri.diligence.events import CaseRead
from meguri.diligence.model import CaseFile
from meguri.diligence.traces import without_traces
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.file_kinds import looks_like
from meguri.storage.files import FileTooLarge, WrongFileKind
from meguri.storage.transaction import Transaction

MOST_BYTES = 8_000_000
MOST_FILES = 3
KINDS = ("jpg", "jpeg", "png", "pdf", "txt")
_PURPOSE = "diligence.case"


def check_files(files: Sequence[tuple[str, bytes]]) -> None:
    """What was sent may be kept. Raises TooManyFiles, FileTooLarge, WrongFileKind."""
    if len(files) > MOST_FILES:
        raise TooManyFiles(most=MOST_FILES)
    for name, content in files:
        kind = name.rpartition(".")[2].lower()
        if len(content) > MOST_BYTES:
            raise FileTooLarge(most_mb=MOST_BYTES // 1_000_000)
        if kind not in KINDS or not looks_like(kind, content[:4096]):
            raise WrongFileKind(kinds=", ".join(KINDS))


async def add(tx: Transaction, scope: OperatorScope, case_id: UUID, files: Sequence[tuple[str, bytes]]) -> None:
    """Keeps files with a case. Raises TooManyFiles, FileTooLarge, WrongFileKind."""
    check_files(files)
    there = await of_cases(tx, scope, [case_id])
    if len(there.get(case_id, [])) + len(files) > MOST_FILES:
        raise TooManyFiles(most=MOST_FILES)
    seal = tx.installation.sealer.seal
    for name, content in files:
        file_id = new_id()
        sealed_name = seal(name[-200:].encode(), f"{_PURPOSE} {case_id} name {file_id}")
        bare = without_traces(content)
        sealed = seal(bare, f"{_PURPOSE} {case_id} file {file_id}")
        await store.add_case_file(tx, scope, case_id, file_id, sealed_name, sealed, len(bare))


async def of_cases(tx: Transaction, scope: OperatorScope, case_ids: Sequence[UUID]) -> dict[UUID, list[CaseFile]]:
    """Name and size of what was sent with these cases, in order."""
    found: dict[UUID, list[CaseFile]] = {}
    for case_id, file_id, sealed_name, size in await store.case_files(tx, scope, case_ids) if case_ids else []:
        name = tx.installation.sealer.open(sealed_name, f"{_PURPOSE} {case_id} name {file_id}").decode()
        found.setdefault(case_id, []).append(CaseFile(file_id=file_id, name=name, size=size))
    return found


async def read(tx: Transaction, scope: OperatorScope, case_id: UUID, file_id: UUID) -> tuple[str, bytes]:
    """Name and content of a file, for handlers; the reading is in the audit. Raises NothingFound."""
    row = await store.case_file(tx, scope, case_id, file_id)
    if row is None:
        raise NothingFound
    await tx.record(CaseRead(case_id=case_id))
    name = tx.installation.sealer.open(row[0], f"{_PURPOSE} {case_id} name {file_id}").decode()
    return name, tx.installation.sealer.open(row[1], f"{_PURPOSE} {case_id} file {file_id}")
