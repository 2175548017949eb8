"""The second step after a password: a code of an authenticator app, or a recovery code. Codes are taken once."""

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from uuid import UUID

from meguri.identity import store, store_proofs, totp
from meguri.identity.errors import AppExists, CodeWrong, NoApp, PersonNotFound
from meguri.identity.events import SecondStepChanged
from meguri.identity.gate import gate_of
from meguri.identity.lockout import after_failure, is_locked
from meguri.identity.model import NoticeKind, Proofs
from meguri.identity.rules import identity_rules
from meguri.identity.service.notices import person_of, tell
from meguri.kernel import clock
from meguri.kernel.errors import Forbidden
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.sealing import Sealer
from meguri.storage.transaction import Transaction

_SEALED_FOR = "identity.authenticator_app"
_EVERYWHERE = "code"  # in place of an address: failures of one person's codes from all addresses together


class Verdict(Enum):
    """What a code is worth."""

    RIGHT = "right"
    WRONG = "wrong"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class NewApp:
    """An authenticator app that waits for its first code: the only time that its secret is shown."""

    secret: str
    address: str


async def judge(tx: Transaction, sealer: Sealer, person_id: UUID, code: str) -> Verdict:
    """Whether `code` is right now; it is used up by that. A failure is counted for the person, whatever the address."""
    if totp.is_recovery_code(code):
        taken = await store_proofs.use_recovery_code(tx, person_id, totp.recovery_hash(code))
        return Verdict.RECOVERY if taken else Verdict.WRONG
    rule, pair = identity_rules().second_step, (_counter_of(person_id), _EVERYWHERE)
    before = await store.lock_attempts(tx, *pair)
    app = await store_proofs.app_of(tx, person_id)
    if app is None or is_locked(before, clock.now()):
        return Verdict.WRONG
    step = totp.step_of(sealer.open(app.secret_sealed, _SEALED_FOR).decode(), code, clock.now(), rule)
    if step is not None and await store_proofs.use_app_step(tx, person_id, step):
        await store.forget_attempts(tx, *pair)
        return Verdict.RIGHT
    await store.save_attempts(tx, *pair, after_failure(before, clock.now(), rule.lockout))
    return Verdict.WRONG


async def begin_app(db: Database, scope: OperatorScope) -> NewApp:
    """A secret for the person's authenticator app; it counts once its first code has come. Raises AppExists."""
    person_id, secret = person_of(scope), totp.new_secret()
    async with db.identity() as tx:
        person = await store.account_by_id(tx, person_id)
        sealed = tx.installation.sealer.seal(secret.encode(), _SEALED_FOR)
        if person is None or not await store_proofs.begin_app(tx, person_id, sealed):
            raise AppExists
    return NewApp(secret, totp.address(secret, person.email, identity_rules().second_step))


async def waiting_app(db: Database, scope: OperatorScope) -> NewApp:
    """The app that waits for its first code, shown again while its owner types. Raises NoApp."""
    async with db.identity() as tx:
        person = await store.account_by_id(tx, person_of(scope))
        app = await store_proofs.app_of(tx, person_of(scope))
        if person is None or app is None or app.confirmed_at is not None:
            raise NoApp
        secret = tx.installation.sealer.open(app.secret_sealed, _SEALED_FOR).decode()
    return NewApp(secret, totp.address(secret, person.email, identity_rules().second_step))


async def confirm_app(db: Database, scope: OperatorScope, code: str, *, session_id: UUID | None = None) -> list[str]:
    """The first code of a new app: from now on a password needs one. The recovery codes, shown this once.

    Raises NoApp, CodeWrong.
    """
    person_id = person_of(scope)
    async with db.identity() as tx:
        app = await store_proofs.app_of(tx, person_id)
        if app is None or app.confirmed_at is not None:
            raise NoApp
        secret = tx.installation.sealer.open(app.secret_sealed, _SEALED_FOR).decode()
        step = totp.step_of(secret, code, clock.now(), identity_rules().second_step)
        if step is None or not await store_proofs.use_app_step(tx, person_id, step):
            raise CodeWrong
        await store_proofs.confirm_app(tx, person_id)
        codes = await _new_codes(tx, person_id)
        await _changed(tx, scope, person_id, NoticeKind.APP_ADDED, session_id)
    return codes


async def renew_codes(db: Database, scope: OperatorScope, *, session_id: UUID | None = None) -> list[str]:
    """New recovery codes; the old ones hold no longer. Raises NoApp."""
    person_id = person_of(scope)
    async with db.identity() as tx:
        app = await store_proofs.app_of(tx, person_id)
        if app is None or app.confirmed_at is None:
            raise NoApp
        codes = await _new_codes(tx, person_id)
        await _changed(tx, scope, person_id, NoticeKind.CODES_RENEWED, session_id)
    return codes


async def remove_app(db: Database, scope: OperatorScope, *, session_id: UUID | None = None) -> None:
    """The person's password alone suffices again. Raises NoApp."""
    person_id = person_of(scope)
    async with db.identity() as tx:
        if not await store_proofs.remove_second_step(tx, person_id):
            raise NoApp
        await _changed(tx, scope, person_id, NoticeKind.APP_REMOVED, session_id)


async def free_member(db: Database, scope: OperatorScope, person_id: UUID) -> None:
    """An administrator takes the second step off a member who lost the device; the password is still needed.

    Only for people who belong to this operator alone and hold no platform role. Raises Forbidden, PersonNotFound, NoApp.
    """
    if not scope.may_administer:
        raise Forbidden
    async with db.identity() as tx:
        member = await store.member(tx, scope.operator_id, person_id)
        person = await store.account_by_id(tx, person_id)
        if member is None or person is None:
            raise PersonNotFound
        if person.platform_role or await store.memberships_elsewhere(tx, scope.operator_id, person_id):
            raise Forbidden
        if not await store_proofs.remove_second_step(tx, person_id):
            raise NoApp
        await _changed(tx, scope, person_id, NoticeKind.APP_REMOVED)
    gate_of(db).memory.forget()


async def proofs_of(db: Database, scope: OperatorScope) -> Proofs:
    """By what the person can prove who they are. Raises PersonNotFound."""
    person_id = person_of(scope)
    async with db.identity() as tx:
        person = await store.account_by_id(tx, person_id)
        if person is None:
            raise PersonNotFound
        app = await store_proofs.app_of(tx, person_id)
        return Proofs(
            password=bool(person.password_hash),
            passkeys=await store_proofs.passkeys_of(tx, person_id),
            app_since=app.confirmed_at if app else None,
            codes_left=await store_proofs.recovery_codes_left(tx, person_id),
            outside=await store_proofs.outside_accounts_of(tx, person_id),
        )


async def _new_codes(tx: Transaction, person_id: UUID) -> list[str]:
    codes = [totp.new_recovery_code() for _ in range(identity_rules().second_step.recovery_codes)]
    await store_proofs.replace_recovery_codes(tx, person_id, [totp.recovery_hash(code) for code in codes])
    return codes


async def _changed(
    tx: Transaction, scope: OperatorScope, person_id: UUID, kind: NoticeKind, session_id: UUID | None = None
) -> None:
    """`session_id`: in which the person did it themselves, and which needs not be told."""
    await tell(tx, person_id, scope.operator_id, kind, sign_in_id=session_id)
    await tx.record(
        SecondStepChanged(operator_id=scope.operator_id, by=scope.actor, person_id=person_id, what=kind.value)
    )


def _counter_of(person_id: UUID) -> bytes:
    return sha256(b"codes of\0" + person_id.bytes).digest()
