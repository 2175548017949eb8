"""Status lists of each company: a place at random for each credential, set when it is revoked, served as a signed list."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.proof import bitstring, keyring, store, token_status
from meguri.proof.rules import proof_rules
from meguri.proof.store import Place
from meguri.storage.transaction import Transaction

Form = Literal["bitstring", "token"]
Purpose = Literal["revocation", "suspension"]


def list_address(origin: str, operator_id: UUID, form: Form, purpose: Purpose, number: int) -> str:
    """Where a list is served."""
    return f"{origin}/vc/v1/status/{operator_id}/{form}/{purpose}/{number}"


async def take(
    tx: Transaction,
    scope: OperatorScope,
    subjects: Sequence[str],
    form: Form = "bitstring",
    purpose: Purpose = "revocation",
) -> dict[str, Place]:
    """A place for each of `subjects` (ids of credentials); one that has its place keeps it."""
    found = {one.subject: one for one in await store.entries_of(tx, scope, form, purpose, subjects)}
    waiting = [subject for subject in dict.fromkeys(subjects) if subject not in found]
    while waiting:
        number, room = await _list_with_room(tx, scope, form, purpose)
        batch = waiting[:room]
        places = secrets.SystemRandom().sample(range(proof_rules().status.places), len(batch))
        taken = await store.add_entries(tx, scope, form, purpose, number, places, batch)
        await store.grow_list(tx, scope, form, purpose, number, len(taken))
        found |= {one.subject: one for one in taken}
        waiting = [subject for subject in waiting if subject not in found]
    return found


async def _list_with_room(tx: Transaction, scope: OperatorScope, form: Form, purpose: Purpose) -> tuple[int, int]:
    number, taken = await store.open_list(tx, scope, form, purpose) or (1, 0)
    most = proof_rules().status.most_taken
    return (number, most - taken) if taken < most else (number + 1, most)


async def entry(tx: Transaction, scope: OperatorScope, subject: str, purpose: Purpose = "revocation") -> dict[str, Any]:
    """The `credentialStatus` of the credential `subject`."""
    place = (await take(tx, scope, [subject], "bitstring", purpose))[subject]
    return entry_at(tx.installation.origin, scope.operator_id, place, purpose)


def entry_at(origin: str, operator_id: UUID, place: Place, purpose: Purpose = "revocation") -> dict[str, Any]:
    """The `credentialStatus` of a place that was taken."""
    return bitstring.entry(list_address(origin, operator_id, "bitstring", purpose, place.number), place.place, purpose)


async def reference(tx: Transaction, scope: OperatorScope, subject: str) -> dict[str, Any]:
    """The claim `status` of the token `subject`."""
    place = (await take(tx, scope, [subject], "token"))[subject]
    address = list_address(tx.installation.origin, scope.operator_id, "token", "revocation", place.number)
    return token_status.reference(address, place.place)


async def revoke(tx: Transaction, scope: OperatorScope, subjects: Sequence[str]) -> int:
    """Revoke credentials and tokens, for good; how many were not yet."""
    return await store.mark(tx, scope, "revocation", subjects, clock.now())


async def suspend(tx: Transaction, scope: OperatorScope, subjects: Sequence[str], *, suspended: bool = True) -> int:
    """Suspend credentials, or take it back; how many changed."""
    return await store.mark(tx, scope, "suspension", subjects, clock.now() if suspended else None)


async def list_credential(
    tx: Transaction, owner: OperatorScope, purpose: Purpose, number: int
) -> dict[str, Any] | None:
    """A bitstring list as a signed credential, in a transaction of its owner; None when there is no such list."""
    places = await store.set_places(tx, owner.operator_id, "bitstring", purpose, number)
    if places is None:
        return None
    signer = await keyring.signer(tx, owner)
    address = list_address(tx.installation.origin, owner.operator_id, "bitstring", purpose, number)
    listed = bitstring.credential(address, signer.did, _bits(places), clock.seconds_z(clock.now()), purpose)
    listed["credentialSubject"]["ttl"] = proof_rules().status.ttl_s * 1000
    return signer.sign(listed)


async def list_token(tx: Transaction, owner: OperatorScope, number: int) -> str | None:
    """A token status list as `statuslist+jwt`, in a transaction of its owner; None when there is no such list."""
    places = await store.set_places(tx, owner.operator_id, "token", "revocation", number)
    if places is None:
        return None
    signer = await keyring.signer(tx, owner)
    address = list_address(tx.installation.origin, owner.operator_id, "token", "revocation", number)
    bits = _token_bits(places)
    said: Mapping[str, Any] = token_status.claims(
        address, bits, int(clock.now().timestamp()), proof_rules().status.ttl_s
    )
    return signer.token({**said, "iss": signer.did}, token_status.TYP)


def _bits(places: Sequence[int]) -> bytes:
    made = bytearray(proof_rules().status.places // 8)
    for place in places:
        made[place // 8] |= 0x80 >> (place % 8)
    return bytes(made)


def _token_bits(places: Sequence[int]) -> bytes:
    made = bytearray(proof_rules().status.places // 8)
    for place in places:
        made[place // 8] |= 1 << (place % 8)
    return bytes(made)
