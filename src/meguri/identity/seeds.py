"""Accounts and keys that everybody knows: the tutorial's public sample, and whatever a demonstration shows."""

from functools import cache
from uuid import UUID

import msgspec

from meguri.identity import store
from meguri.identity.errors import SeedsRefused
from meguri.identity.events import MemberJoined
from meguri.identity.gate import gate_of
from meguri.identity.lockout import normal_account
from meguri.identity.model import Account, KeyAttribute, PublicAccount
from meguri.identity.passwords import hasher
from meguri.identity.rules import RuleInfo
from meguri.identity.service.keys import install_key
from meguri.identity.service.people import open_access
from meguri.kernel.ids import new_id
from meguri.kernel.scope import Role
from meguri.kernel.shipped import files
from meguri.storage.database import Database

_BY = "system:seeds"


class SeedCompany(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A company of the public sample; registered by the room of the companies."""

    operator_id: UUID
    name: str
    address: str
    open_operator_id: str
    global_operator_id: str


class SeedKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public API key."""

    secret: str
    name: str
    attribute: KeyAttribute
    operator_ids: tuple[UUID, ...]
    address_ranges: tuple[str, ...]


class Seeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything in `rules/tutorial_seeds.toml`."""

    rule: RuleInfo
    company: tuple[SeedCompany, ...]
    account: tuple[PublicAccount, ...]
    key: tuple[SeedKey, ...]


@cache
def tutorial_seeds() -> Seeds:
    """The public sample as the tutorials describe it."""
    text = files("meguri.rules").joinpath("tutorial_seeds.toml").read_bytes()
    return msgspec.toml.decode(text, type=Seeds)


async def seed_tutorial(db: Database) -> None:
    """Make the public sample's accounts and keys; again changes nothing. Raises SeedsRefused outside the tutorial."""
    if not gate_of(db).settings.seed_public_sample:
        raise SeedsRefused
    seeds = tutorial_seeds()
    for account in seeds.account:
        await seed_account(db, account)
    for key in seeds.key:
        await install_key(
            db, key.secret, key.name, key.attribute, key.operator_ids, list(key.address_ranges), is_public=True
        )


async def seed_account(db: Database, account: PublicAccount, role: Role = Role.ADMIN) -> None:
    """Make an account with a password that everybody knows, a member of its operator; again changes nothing.

    Raises SeedsRefused where the profile does not allow such accounts.
    """
    if not gate_of(db).settings.public_accounts:
        raise SeedsRefused
    await open_access(db, account.operator_id, _BY)
    email = normal_account(account.email)
    hashed = await hasher().hash(account.password)
    async with db.identity() as tx:
        known = await store.account_by_email(tx, email)
        person = known or Account(
            person_id=new_id(),
            email=email,
            name=account.name,
            password_hash=hashed,
            public_password=account.password,
        )
        if known is None and not await store.add_person(tx, person):
            return  # another process is seeding the same
        if await store.member(tx, account.operator_id, person.person_id) is None:
            await store.save_membership(tx, account.operator_id, person.person_id, role)
            joined = MemberJoined(operator_id=account.operator_id, by=_BY, person_id=person.person_id, role=role)
            await tx.record(joined)
    gate_of(db).memory.forget()


async def public_accounts(db: Database) -> list[PublicAccount]:
    """The accounts that everybody may try, for the sign-in page; none where the profile does not allow such."""
    if not gate_of(db).settings.public_accounts:
        return []
    async with db.identity() as tx:
        return await store.public_accounts(tx)
