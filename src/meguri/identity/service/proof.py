"""Does this password belong to this account? Answered in the same words and the same time whether or not it exists."""

from uuid import UUID

import structlog

from meguri.identity import steps, store
from meguri.identity.errors import CodeWrong, SecondStepNeeded, SignInRefused
from meguri.identity.events import AccountLocked, RecoveryCodeUsed
from meguri.identity.gate import gate_of
from meguri.identity.lockout import account_key, address_key, after_failure, is_locked, normal_account
from meguri.identity.model import Account, NoticeKind
from meguri.identity.passwords import hasher
from meguri.identity.rules import identity_rules
from meguri.identity.service.notices import tell
from meguri.identity.service.second_step import Verdict, judge
from meguri.identity.steps import CodeStep, StepOver
from meguri.kernel import clock
from meguri.kernel.errors import TooMany
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

log = structlog.get_logger(__name__)


async def prove(
    db: Database,
    account: str,
    password: str,
    client_address: str,
    *,
    code: str | None = None,
    second_step: bool = True,
) -> Account:
    """The person whose account (e-mail address) and password these are.

    Attempts of one (account, client address) pair are judged one after another: otherwise a hundred at once would
    all be judged before the first failure counts. A pair that is locked is answered as if the password were wrong.

    code         of the authenticator app, or a recovery code, for an account that has such an app
    second_step  False where a session that holds already shows that the second step was taken

    Raises SignInRefused; SecondStepNeeded when the password is right and only the code is missing; CodeWrong; TooMany,
    SignInBusy.
    """
    address = _demand_patience(db, client_address)
    email, pair = _storable(normal_account(account)), (account_key(account), address)
    async with gate_of(db).one_at_a_time(pair):
        async with db.identity() as tx:
            known = allowed(db, await store.account_by_email(tx, email))
            locked = is_locked(await store.attempts(tx, *pair), clock.now())
        right = await _matches(known, password, locked=locked)
        needs_code = known is not None and known.two_steps and second_step
        if known is not None and right and needs_code and not code:
            raise SecondStepNeeded(known.person_id)
        async with db.identity() as tx:
            if known is None or not right:
                await _count_failure(tx, pair, known)
                refusal: SignInRefused | None = SignInRefused()
            elif needs_code and not await _code_right(tx, known, code or ""):
                await _count_failure(tx, pair, known)
                refusal = CodeWrong()
            else:
                await _welcome(tx, pair, known, password)
                refusal = None
    if known is None or refusal is not None:
        raise refusal or SignInRefused()
    return known


async def prove_code(db: Database, given: str, code: str, client_address: str) -> Account:
    """The person who gave their password a moment ago (`given` is the ticket) and now the code.

    Failures count as those of the password do, in the same pair. Raises StepOver, CodeWrong, TooMany.
    """
    address = _demand_patience(db, client_address)
    step = steps.read(db.installation.sealer, CodeStep, given)
    async with db.identity() as tx:
        known = allowed(db, await store.account_by_id(tx, step.person_id))
    if known is None:
        raise StepOver  # the account went in between
    pair = (account_key(known.email), address)
    async with gate_of(db).one_at_a_time(pair), db.identity() as tx:
        locked = is_locked(await store.attempts(tx, *pair), clock.now())
        right = not locked and await _code_right(tx, known, code)
        if right:
            await steps.take(tx, given, step)
            await store.forget_attempts(tx, *pair)
        else:
            await _count_failure(tx, pair, known)
    if not right:
        raise CodeWrong
    return known


def code_ticket(db: Database, person_id: UUID) -> str:
    """The ticket for the code, after the password."""
    ends_at = steps.ends_in(identity_rules().second_step.ticket_s)
    return steps.ticket(db.installation.sealer, CodeStep(ends_at=ends_at, person_id=person_id))


def _demand_patience(db: Database, client_address: str) -> str:
    """The address as it is counted. Raises TooMany."""
    address = address_key(client_address, identity_rules().lockout)
    wait = gate_of(db).sign_ins.take(address)
    if wait:
        raise TooMany(retry_after=wait)
    return address


async def _code_right(tx: Transaction, known: Account, code: str) -> bool:
    verdict = await judge(tx, tx.installation.sealer, known.person_id, code)
    if verdict is Verdict.RECOVERY:
        for place, row in enumerate(await store.memberships(tx, known.person_id)):
            if place == 0:
                await tell(tx, known.person_id, row.operator_id, NoticeKind.RECOVERY_USED)
            used = RecoveryCodeUsed(
                operator_id=row.operator_id, by=f"person:{known.person_id}", person_id=known.person_id
            )
            await tx.record(used)
    return verdict is not Verdict.WRONG


def allowed(db: Database, known: Account | None) -> Account | None:
    """An account whose password everybody knows exists only where the profile allows such."""
    public = known is not None and known.public_password is not None
    return None if public and not gate_of(db).settings.public_accounts else known


async def _matches(known: Account | None, password: str, *, locked: bool) -> bool:
    most = identity_rules().password.most_characters
    usable = known is not None and not locked and len(password) <= most
    return await hasher().matches((known.password_hash or None) if known and usable else None, password[:most])


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
