"""Does this password belong to this account? Answered in the same words and the same time whether or not it exists."""

import structlog

from meguri.identity import store
from meguri.identity.errors import SignInRefused
from meguri.identity.events import AccountLocked
from meguri.identity.gate import gate_of
from meguri.identity.lockout import account_key, address_key, after_failure, is_locked, normal_account
from meguri.identity.model import Account
from meguri.identity.passwords import hasher
from meguri.identity.rules import identity_rules
from meguri.kernel import clock
from meguri.kernel.errors import TooMany
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

log = structlog.get_logger(__name__)


async def prove(db: Database, account: str, password: str, client_address: str) -> Account:
    """The person whose account (e-mail address) and password these are.

    Attempts of one (account, client address) pair are judged one after another: otherwise a hundred at once would
    all be judged before the first failure counts. A pair that is locked is answered as if the password were wrong.

    Raises SignInRefused, TooMany, SignInBusy.
    """
    address = address_key(client_address, identity_rules().lockout)
    wait = gate_of(db).sign_ins.take(address)
    if wait:
        raise TooMany(retry_after=wait)
    email, pair = _storable(normal_account(account)), (account_key(account), address)
    async with gate_of(db).one_at_a_time(pair):
        async with db.identity() as tx:
            known = _allowed(db, await store.account_by_email(tx, email))
            locked = is_locked(await store.attempts(tx, *pair), clock.now())
        right = await _matches(known, password, locked=locked)
        async with db.identity() as tx:
            if known is None or not right:
                await _count_failure(tx, pair, known)
            else:
                await _welcome(tx, pair, known, password)
    if known is None or not right:
        raise SignInRefused
    return known


def _allowed(db: Database, known: Account | None) -> Account | None:
    """An account whose password everybody knows exists only where the profile allows such."""
    public = known is not None and known.public_password is not None
    return None if public and not gate_of(db).settings.public_accounts else known


async def _matches(known: Account | None, password: str, *, locked: bool) -> bool:
    most = identity_rules().password.most_characters
    usable = known is not None and not locked and len(password) <= most
    return await hasher().matches(known.password_hash if known and usable else None, password[:most])


async def _count_failure(tx: Transaction, pair: tuple[bytes, str], known: Account | None) -> None:
    rule = identity_rules().lockout
    before = await store.lock_attempts(tx, *pair)
    after = after_failure(before, clock.now(), rule)
    await store.save_attempts(tx, *pair, after)
    log.info("identity.sign_in_refused", person_id=str(known.person_id) if known else None)
    if known and after.locked_until and after != before:
        for row in await store.memberships(tx, known.person_id):
            event = AccountLocked(
                operator_id=row.operator_id, by="system:identity", person_id=known.person_id, client_address=pair[1]
            )
            await tx.record(event)


async def _welcome(tx: Transaction, pair: tuple[bytes, str], known: Account, password: str) -> None:
    await store.forget_attempts(tx, *pair)
    if hasher().is_outdated(known.password_hash):
        await store.renew_hash(tx, known.person_id, await hasher().hash(password))


def _storable(email: str) -> str:
    """An address that nobody can have stands for whatever no column could hold."""
    try:
        email.encode()
    except UnicodeEncodeError:
        return ""
    return "" if "\x00" in email or len(email) > 320 else email
