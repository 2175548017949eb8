"""Verification statements about a result. A statement names the result by its hash; any other hash is refused."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from meguri.footprint.declarations import store
from meguri.footprint.declarations.errors import HashMismatch, StepNotAllowed, VerificationNotFound
from meguri.footprint.declarations.model import Verification, VerificationInput
from meguri.footprint.events import VerificationMoved
from meguri.footprint.worksheets import service as worksheets
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

Move = Literal["submit", "return", "verify", "refuse", "withdraw"]
_MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    "submit": (("draft", "returned"), "submitted"),
    "return": (("submitted",), "returned"),
    "verify": (("submitted",), "verified"),
    "refuse": (("submitted",), "refused"),
    "withdraw": (("verified", "expired"), "withdrawn"),
}


async def add_verification(tx: Transaction, scope: OperatorScope, given: VerificationInput) -> Verification:
    """A new statement, as a draft. Raises ResultNotFound, HashMismatch."""
    kept = await worksheets.result(tx, scope, given.result_id)
    if kept.hash != given.result_hash:
        raise HashMismatch
    now = clock.now()
    made = Verification(verification_id=new_id(), state="draft", body=given, version=1, created_at=now, updated_at=now)
    await store.add_verification(tx, scope, made)
    await tx.record(VerificationMoved(verification_id=made.verification_id, state="draft"))
    return made


async def move_verification(
    tx: Transaction,
    scope: OperatorScope,
    verification_id: UUID,
    move: Move,
    *,
    findings: list[str] | None = None,
    completed_at: datetime | None = None,
) -> Verification:
    """The next step of a statement. Raises VerificationNotFound, StepNotAllowed, Stale."""
    found = await store.verification(tx, scope, verification_id)
    if found is None:
        raise VerificationNotFound
    allowed, state = _MOVES[move]
    if present(found) not in allowed:
        raise StepNotAllowed(state=present(found), act=move)
    told = msgspec.structs.replace(
        found.body,
        findings=[*found.body.findings, *(findings or ())],
        completed_at=completed_at or found.body.completed_at or (clock.now() if move == "verify" else None),
    )
    after = msgspec.structs.replace(found, state=state, body=told)
    if not await store.move_verification(tx, scope, after):
        raise Stale
    await tx.record(VerificationMoved(verification_id=verification_id, state=state))
    files = await store.statement_files(tx, scope, [verification_id])
    return msgspec.structs.replace(after, version=found.version + 1, files=files)


async def verifications_of(tx: Transaction, scope: OperatorScope, result_id: UUID) -> list[Verification]:
    """Statements about a result with their files, newest first; one whose time is over is `expired`."""
    found = await store.verifications(tx, scope, result_id)
    files = await store.statement_files(tx, scope, [one.verification_id for one in found]) if found else []
    return [
        msgspec.structs.replace(
            one,
            state=present(one),
            files=[file for file in files if file.verification_id == one.verification_id],
        )
        for one in found
    ]


def present(found: Verification) -> str:
    """The state as of now."""
    over = found.body.valid_to is not None and clock.now() > found.body.valid_to
    return "expired" if found.state == "verified" and over else found.state
