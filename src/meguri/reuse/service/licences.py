"""Use cases of recyclers' licences: registered by the company, checked by the platform's operator who has seen the proof.

Only with a checked licence in force may a company see and buy what failed the safety gate.
"""

from uuid import UUID

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.reuse import store
from meguri.reuse.errors import LicenceNotFound, ProofNeeded
from meguri.reuse.events import LicenceChecked, LicenceRegistered
from meguri.reuse.law import JAPAN
from meguri.reuse.notices import tell
from meguri.reuse.records import KeptLicence, Licence, OthersLicence
from meguri.storage import Transaction

RECYCLER = "recycler"
NOTICE = "REUSE_LICENCE"


async def register(tx: Transaction, scope: OperatorScope, licence: Licence) -> KeptLicence:
    """The company's licence to take waste batteries. Another number, authority or end is to be checked anew."""
    await store.save_licence(tx, scope, licence)
    await tx.record(LicenceRegistered(kind=licence.kind, number=licence.number))
    found = await store.licence(tx, scope.operator_id, licence.kind)
    assert found is not None  # noqa: S101 - it was saved just now
    return found


async def own(tx: Transaction, scope: OperatorScope, kind: str = RECYCLER) -> KeptLicence | None:
    """The company's licence and whether it was checked; None when it registered none."""
    return await store.licence(tx, scope.operator_id, kind)


async def licensed(tx: Transaction, operator_id: UUID) -> bool:
    """Whether a company's recycler's licence was checked and is in force today, Japan's day."""
    async with tx.across():
        found = await store.licence(tx, operator_id, RECYCLER)
    today = clock.now().astimezone(JAPAN).date()
    return found is not None and found.checked_at is not None and found.valid_until >= today


async def all_licences(tx: Transaction, scope: OperatorScope) -> list[OthersLicence]:
    """Every company's licence, those that wait first, then the oldest. For the platform's operator only."""
    async with tx.across():
        return await store.licences_across(tx)


async def check(
    tx: Transaction, scope: OperatorScope, operator_id: UUID, number: str, proof: str, kind: str = RECYCLER
) -> None:
    """The platform's operator has seen the proof of the licence of that number; what it was stays with the record.

    number  as it was looked at: a licence that was changed meanwhile is not checked by it
    Raises ProofNeeded, LicenceNotFound.
    """
    if not proof.strip():
        raise ProofNeeded
    async with tx.across():
        if not await store.check_licence_across(tx, operator_id, kind, number, proof.strip(), scope.actor):
            raise LicenceNotFound
    await _told(tx, scope, operator_id, kind, "checked")


async def refuse(
    tx: Transaction, scope: OperatorScope, operator_id: UUID, number: str, why: str, kind: str = RECYCLER
) -> None:
    """The proof does not hold, or holds no more: from now on the company buys nothing that failed the gate.

    Raises ProofNeeded (a reason is due), LicenceNotFound.
    """
    if not why.strip():
        raise ProofNeeded
    async with tx.across():
        if not await store.refuse_licence_across(tx, operator_id, kind, number, why.strip()):
            raise LicenceNotFound
    await _told(tx, scope, operator_id, kind, "refused")


async def _told(tx: Transaction, scope: OperatorScope, operator_id: UUID, kind: str, state: str) -> None:
    await tx.record(LicenceChecked(holder_id=operator_id, kind=kind, state=state))
    await tell(tx, scope, NOTICE, [operator_id], operator_id, operator_id)
