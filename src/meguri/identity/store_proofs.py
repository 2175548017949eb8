"""What identity keeps of further proofs: passkeys, authenticator apps, providers elsewhere, known places, what people are told."""

from datetime import datetime
from uuid import UUID

import msgspec

from meguri.identity.model import MailedNotice, Notice, OutsideView, PasskeyView
from meguri.identity.store import queries
from meguri.kernel import clock
from meguri.storage.transaction import Transaction


class PasskeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey as an answer is judged by it."""

    credential_id: bytes
    passkey_id: UUID
    person_id: UUID
    public_key: bytes
    sign_count: int


class AppRow(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticator app; None in `confirmed_at` while its first code has not come."""

    secret_sealed: bytes
    confirmed_at: datetime | None
    last_step: int
    last_used_at: datetime | None


class Place(msgspec.Struct, frozen=True):
    """From where somebody signs in: the network of the address, and the kind of device."""

    network: str
    device: str


async def spend_step(tx: Transaction, step_hash: bytes, ends_at: datetime) -> bool:
    """Take a step of signing in; False when it was taken before."""
    return await tx.run(queries.spend_step, step_hash=step_hash, ends_at=ends_at) == 1


async def add_passkey(
    tx: Transaction, person_id: UUID, view: PasskeyView, public_key: bytes, sign_count: int
) -> bool:  # fmt: skip
    """Keep a passkey; False when this credential is known already."""
    added = await tx.run(
        queries.add_passkey,
        credential_id=view.credential_id,
        passkey_id=view.passkey_id,
        person_id=person_id,
        name=view.name,
        public_key=public_key,
        sign_count=sign_count,
        synced=view.synced,
        at=view.made_at,
    )
    return added == 1


async def passkeys_of(tx: Transaction, person_id: UUID) -> list[PasskeyView]:
    """A person's passkeys, oldest first."""
    return await tx.all(queries.passkeys_of, PasskeyView, person_id=person_id)


async def passkey(tx: Transaction, credential_id: bytes) -> PasskeyRow | None:
    """The passkey of a credential, locked."""
    return await tx.one(queries.passkey_by_credential, PasskeyRow, credential_id=credential_id)


async def use_passkey(tx: Transaction, credential_id: bytes, sign_count: int, *, synced: bool) -> None:
    """The passkey was used."""
    values = {"credential_id": credential_id, "sign_count": sign_count, "synced": synced}
    await tx.run(queries.use_passkey, **values, at=clock.now())


async def remove_passkey(tx: Transaction, person_id: UUID, passkey_id: UUID) -> bool:
    """Forget one of a person's passkeys; False when there is none."""
    return await tx.run(queries.remove_passkey, person_id=person_id, passkey_id=passkey_id) == 1


async def begin_app(tx: Transaction, person_id: UUID, secret_sealed: bytes) -> bool:
    """A new secret that waits for its first code; False when an app is confirmed already."""
    values = {"person_id": person_id, "secret_sealed": secret_sealed}
    return await tx.run(queries.begin_app, **values, at=clock.now()) == 1


async def app_of(tx: Transaction, person_id: UUID) -> AppRow | None:
    """A person's authenticator app, confirmed or not."""
    return await tx.one(queries.app_of, AppRow, person_id=person_id)


async def confirm_app(tx: Transaction, person_id: UUID) -> bool:
    """The first code came; False when it was confirmed before."""
    return await tx.run(queries.confirm_app, person_id=person_id, at=clock.now()) == 1


async def use_app_step(tx: Transaction, person_id: UUID, step: int) -> bool:
    """Take the code of a time step; False when it, or a later one, was taken before."""
    return await tx.run(queries.use_app_step, person_id=person_id, step=step, at=clock.now()) == 1


async def remove_second_step(tx: Transaction, person_id: UUID) -> bool:
    """Forget the authenticator app and its recovery codes; False when there was no app."""
    await tx.run(queries.remove_recovery_codes, person_id=person_id)
    return await tx.run(queries.remove_app, person_id=person_id) == 1


async def remove_passkeys(tx: Transaction, person_id: UUID) -> int:
    """Forget all of a person's passkeys; how many there were."""
    return await tx.run(queries.remove_passkeys, person_id=person_id)


async def replace_recovery_codes(tx: Transaction, person_id: UUID, hashes: list[bytes]) -> None:
    """These recovery codes hold from now on, and no others."""
    await tx.run(queries.remove_recovery_codes, person_id=person_id)
    for code_hash in hashes:
        await tx.run(queries.add_recovery_code, person_id=person_id, code_hash=code_hash)


async def use_recovery_code(tx: Transaction, person_id: UUID, code_hash: bytes) -> bool:
    """Use a recovery code up; False when it is unknown or used."""
    return await tx.run(queries.use_recovery_code, person_id=person_id, code_hash=code_hash, at=clock.now()) == 1


async def recovery_codes_left(tx: Transaction, person_id: UUID) -> int:
    """How many recovery codes were not used yet."""
    return int(await tx.value(queries.recovery_codes_left, person_id=person_id))


async def outside_account(tx: Transaction, issuer: str, subject: str) -> OutsideView | None:
    """The link of an account elsewhere."""
    return await tx.one(queries.outside_account, OutsideView, issuer=issuer, subject=subject)


async def outside_accounts_of(tx: Transaction, person_id: UUID) -> list[OutsideView]:
    """A person's accounts elsewhere."""
    return await tx.all(queries.outside_accounts_of, OutsideView, person_id=person_id)


async def add_outside_account(
    tx: Transaction, issuer: str, subject: str, link_id: UUID, person_id: UUID, email: str
) -> bool:
    """Link an account elsewhere; False when it is linked already."""
    values = {"issuer": issuer, "subject": subject, "link_id": link_id, "person_id": person_id, "email": email}
    return await tx.run(queries.add_outside_account, **values, at=clock.now()) == 1


async def use_outside_account(tx: Transaction, issuer: str, subject: str) -> None:
    """The account elsewhere was used."""
    await tx.run(queries.use_outside_account, issuer=issuer, subject=subject, at=clock.now())


async def remove_outside_account(tx: Transaction, person_id: UUID, link_id: UUID) -> bool:
    """Undo a link; False when there is none."""
    return await tx.run(queries.remove_outside_account, person_id=person_id, link_id=link_id) == 1


async def known_places(tx: Transaction, person_id: UUID, since: datetime) -> list[Place]:
    """From where a person has signed in since then."""
    return await tx.all(queries.known_places, Place, person_id=person_id, since=since)


async def know_place(tx: Transaction, person_id: UUID, place: Place) -> None:
    """The person signed in from there."""
    await tx.run(queries.know_place, person_id=person_id, network=place.network, device=place.device, at=clock.now())


async def add_notice(tx: Transaction, person_id: UUID, operator_id: UUID, notice: Notice) -> None:
    """Keep a piece of news of a person's account."""
    await tx.run(queries.add_notice, **msgspec.structs.asdict(notice), person_id=person_id, operator_id=operator_id)


async def open_notices(tx: Transaction, person_id: UUID, own: UUID | None) -> list[Notice]:
    """What the person has not seen, the youngest first; without that of the session `own` itself."""
    return await tx.all(queries.open_notices, Notice, person_id=person_id, own=own)


async def own_notice(tx: Transaction, person_id: UUID, notice_id: UUID, own: UUID | None) -> Notice | None:
    """One of the person's notices."""
    return await tx.one(queries.own_notice, Notice, person_id=person_id, notice_id=notice_id, own=own)


async def see_notice(tx: Transaction, person_id: UUID, notice_id: UUID) -> None:
    """The person has seen it."""
    await tx.run(queries.see_notice, person_id=person_id, notice_id=notice_id, at=clock.now())


async def notices_to_mail(tx: Transaction, since: datetime) -> list[MailedNotice]:
    """What no letter was written about yet, the oldest first."""
    return await tx.all(queries.notices_to_mail, MailedNotice, since=since)


async def note_mailed(tx: Transaction, person_id: UUID, notice_id: UUID) -> None:
    """A letter was written about it."""
    await tx.run(queries.note_mailed, person_id=person_id, notice_id=notice_id, at=clock.now())


async def forget_places(tx: Transaction, before: datetime, notices_before: datetime) -> int:
    """Remove places not seen since `before` and seen notices older than `notices_before`; how many rows."""
    gone = await tx.run(queries.forget_places_before, before=before)
    return gone + await tx.run(queries.forget_notices_before, before=notices_before)
