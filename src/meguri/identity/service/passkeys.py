"""Passkeys (W3C WebAuthn Level 2): discoverable credentials whose device has recognised its owner, so that they need no password.

The server's challenge is a sealed ticket (`steps`): a page carries it, and it is answered once.
"""

import base64
import binascii
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import structlog
import webauthn
from webauthn.helpers.exceptions import InvalidCBORData, InvalidJSONStructure, WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from meguri.identity import steps, store, store_access, store_proofs
from meguri.identity.errors import PasskeyNotFound, PasskeyRefused, PersonNotFound, SessionNotFound, TooManyPasskeys
from meguri.identity.events import PasskeyAdded, PasskeyRemoved
from meguri.identity.gate import gate_of
from meguri.identity.lockout import address_key
from meguri.identity.model import Account, NoticeKind, PasskeyView
from meguri.identity.rules import identity_rules
from meguri.identity.secret import random_bytes
from meguri.identity.service.notices import person_of, tell
from meguri.identity.service.outside import demand_other_proof
from meguri.identity.service.proof import allowed
from meguri.identity.steps import PasskeyStep
from meguri.identity.store_proofs import PasskeyRow
from meguri.kernel import clock
from meguri.kernel.errors import TooMany
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.web.principal import Principal

log = structlog.get_logger(__name__)

_NAME = "Meguri"
_LONGEST_NAME = 60
_LONGEST_ANSWER = 20_000
_BAD = (WebAuthnException, InvalidJSONStructure, InvalidCBORData, ValueError, KeyError, TypeError, IndexError)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a page asks the browser: `options` as JSON of WebAuthn, and the ticket to send back with the answer."""

    step: str
    options: str


async def ask_new(db: Database, scope: OperatorScope, origin: str) -> Question:
    """What makes a new passkey for the person. Raises PersonNotFound."""
    person_id = person_of(scope)
    async with db.identity() as tx:
        person = await store.account_by_id(tx, person_id)
        known = await store_proofs.passkeys_of(tx, person_id)
        if person is None:
            raise PersonNotFound
        step = _step("new", person_id)
        made = webauthn.generate_registration_options(
            rp_id=rp_of(origin),
            rp_name=_NAME,
            user_id=person_id.bytes,
            user_name=person.email,
            user_display_name=person.name,
            challenge=step.challenge,
            timeout=identity_rules().passkey.challenge_s * 1000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
        )
        return Question(step=steps.ticket(tx.installation.sealer, step), options=webauthn.options_to_json(made))


async def add(
    db: Database,
    scope: OperatorScope,
    origin: str,
    given: str,
    answer: str,
    name: str,
    *,
    session_id: UUID | None = None,
) -> PasskeyView:
    """Keep the passkey that the browser made. Raises StepOver, PasskeyRefused, TooManyPasskeys."""
    person_id, sealer = person_of(scope), db.installation.sealer
    step = steps.read(sealer, PasskeyStep, given)
    if step.purpose != "new" or step.person_id != person_id:
        raise steps.StepOver
    try:
        proved = webauthn.verify_registration_response(
            credential=_json(answer),
            expected_challenge=step.challenge,
            expected_rp_id=rp_of(origin),
            expected_origin=origin,
            require_user_verification=True,
        )
    except _BAD as error:
        raise _refused(error) from error
    view = PasskeyView(
        passkey_id=new_id(),
        credential_id=proved.credential_id,
        name=_named(name),
        synced=proved.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        made_at=clock.now(),
        last_used_at=None,
    )
    async with db.identity() as tx:
        await steps.take(tx, given, step)
        if len(await store_proofs.passkeys_of(tx, person_id)) >= identity_rules().passkey.most:
            raise TooManyPasskeys
        if not await store_proofs.add_passkey(
            tx, person_id, view, proved.credential_public_key, proved.sign_count
        ):  # fmt: skip
            raise PasskeyRefused
        await tell(tx, person_id, scope.operator_id, NoticeKind.PASSKEY_ADDED, sign_in_id=session_id)
        added = PasskeyAdded(
            operator_id=scope.operator_id, by=scope.actor, person_id=person_id, passkey_id=view.passkey_id
        )
        await tx.record(added)
    return view


async def remove(db: Database, scope: OperatorScope, passkey_id: UUID, *, session_id: UUID | None = None) -> None:
    """Forget one of the person's own passkeys. Raises PasskeyNotFound, LastProof."""
    person_id = person_of(scope)
    async with db.identity() as tx:
        await demand_other_proof(tx, person_id, but_passkey=passkey_id)
        if not await store_proofs.remove_passkey(tx, person_id, passkey_id):
            raise PasskeyNotFound
        await tell(tx, person_id, scope.operator_id, NoticeKind.PASSKEY_REMOVED, sign_in_id=session_id)
        gone = PasskeyRemoved(operator_id=scope.operator_id, by=scope.actor, person_id=person_id, passkey_id=passkey_id)
        await tx.record(gone)


def ask_anybody(db: Database, origin: str) -> Question:
    """What lets somebody sign in with a passkey of this site, whoever they are: nothing here says which accounts exist."""
    return _ask(db, origin, _step("sign_in", None), ())


async def ask_again(db: Database, scope: OperatorScope, origin: str) -> Question | None:
    """What lets the person of a session prove themselves again; None for one without passkeys."""
    person_id = person_of(scope)
    async with db.identity() as tx:
        known = await store_proofs.passkeys_of(tx, person_id)
    allowed_here = tuple(one.credential_id for one in known)
    return _ask(db, origin, _step("again", person_id), allowed_here) if known else None


async def sign_in(db: Database, origin: str, given: str, answer: str, client_address: str) -> Account:
    """The person whose passkey answered. Raises StepOver, PasskeyRefused, TooMany."""
    wait = gate_of(db).sign_ins.take(address_key(client_address, identity_rules().lockout))
    if wait:
        raise TooMany(retry_after=wait)
    return await _answered(db, origin, given, answer, "sign_in", None)


async def prove_again(db: Database, principal: Principal, origin: str, given: str, answer: str) -> None:
    """The person of a page session proves themselves by a passkey. Raises StepOver, PasskeyRefused, SessionNotFound."""
    if principal.kind != "session" or principal.session_id is None:
        raise SessionNotFound
    person = await _answered(db, origin, given, answer, "again", principal.proved.person_id)
    async with db.identity() as tx:
        await store_access.prove_session(tx, person.person_id, principal.session_id)
    gate_of(db).memory.forget()


async def _answered(
    db: Database, origin: str, given: str, answer: str, purpose: str, person_id: UUID | None
) -> Account:  # fmt: skip
    step = steps.read(db.installation.sealer, PasskeyStep, given)
    if step.purpose != purpose or step.person_id != person_id:
        raise steps.StepOver
    said = _json(answer)
    async with db.identity() as tx:
        await steps.take(tx, given, step)
        known = await store_proofs.passkey(tx, _credential_of(said))
        if known is None or (person_id is not None and known.person_id != person_id):
            raise PasskeyRefused
        await _verify(tx, origin, step, said, known)
        person = allowed(db, await store.account_by_id(tx, known.person_id))
        if person is None:
            raise PasskeyRefused
    return person


async def _verify(
    tx: Transaction, origin: str, step: PasskeyStep, said: dict[str, object], known: PasskeyRow
) -> None:  # fmt: skip
    if _owner_in(said) not in (None, known.person_id.bytes):
        raise PasskeyRefused
    try:
        proved = webauthn.verify_authentication_response(
            credential=said,
            expected_challenge=step.challenge,
            expected_rp_id=rp_of(origin),
            expected_origin=origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except _BAD as error:
        raise _refused(error) from error
    synced = proved.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    await store_proofs.use_passkey(tx, known.credential_id, proved.new_sign_count, synced=synced)


def rp_of(origin: str) -> str:
    """The name that passkeys are bound to: the host of our address."""
    return urlsplit(origin).hostname or ""


def _step(purpose: str, person_id: UUID | None) -> PasskeyStep:
    ends_at = steps.ends_in(identity_rules().passkey.challenge_s)
    return PasskeyStep(ends_at=ends_at, challenge=random_bytes(), purpose=purpose, person_id=person_id)


def _ask(db: Database, origin: str, step: PasskeyStep, allowed_here: tuple[bytes, ...]) -> Question:
    made = webauthn.generate_authentication_options(
        rp_id=rp_of(origin),
        challenge=step.challenge,
        timeout=identity_rules().passkey.challenge_s * 1000,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in allowed_here],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Question(step=steps.ticket(db.installation.sealer, step), options=webauthn.options_to_json(made))


def _json(answer: str) -> dict[str, object]:
    """The browser's answer. Raises PasskeyRefused for what is none."""
    if len(answer) > _LONGEST_ANSWER:
        raise PasskeyRefused
    try:
        return msgspec.json.decode(answer, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeEncodeError):
        raise PasskeyRefused from None


def _credential_of(said: dict[str, object]) -> bytes:
    return _bytes(said.get("rawId")) or b""


def _owner_in(said: dict[str, object]) -> bytes | None:
    response = said.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    return _bytes(handle) if handle else None


def _bytes(text: object) -> bytes | None:
    if not isinstance(text, str):
        return None
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None


def _named(name: str) -> str:
    plain = "".join(sign for sign in name if sign.isprintable()).strip()[:_LONGEST_NAME]
    return plain or clock.now().strftime("%Y-%m-%d")


def _refused(error: BaseException) -> PasskeyRefused:
    log.info("identity.passkey_refused", why=type(error).__name__)
    return PasskeyRefused()
