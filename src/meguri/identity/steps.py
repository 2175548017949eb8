"""Steps of a way of signing in that takes more than one request: sealed tickets that pages carry, and that are taken once.

A ticket is content that this installation sealed: who holds it can neither read nor change it. Nothing is kept for a step
that is begun, so strangers who begin a million steps leave no trace; a step that is taken is remembered until it would have
ended, so that nobody takes it again.
"""

import base64
import binascii
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

import msgspec

from meguri.identity import store_proofs
from meguri.kernel import clock
from meguri.kernel.errors import Unauthenticated
from meguri.kernel.text import Text
from meguri.storage.sealing import Sealer, WrongSecret
from meguri.storage.transaction import Transaction

_LONGEST = 8192


class StepOver(Unauthenticated):
    """The step was taken already, took too long, or was not begun here."""

    code = "identity.step_over"
    say = Text(
        ja="時間がたったか、すでに使われた手順です。もう一度はじめからやり直してください。",
        en="This step took too long or was used already. Please begin again.",
        de="Dieser Schritt hat zu lange gedauert oder wurde schon benutzt. Bitte beginnen Sie von vorn.",
    )


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What every ticket holds: when it ends."""

    ends_at: datetime


class CodeStep(Step, frozen=True, kw_only=True):
    """The password was right; the code of the authenticator app is next."""

    person_id: UUID


class PasskeyStep(Step, frozen=True, kw_only=True):
    """A passkey's answer to `challenge` is next. `person_id`: whose it must be; None when anybody signs in."""

    challenge: bytes
    purpose: str
    person_id: UUID | None = None


class ProviderStep(Step, frozen=True, kw_only=True):
    """The way back from a provider elsewhere is next.

    state, nonce, verifier   random texts of OpenID Connect and PKCE (RFC 7636)
    back                     the page to go to afterwards
    session_id               the page session that proves itself again, or links an account; None for signing in
    fresh                    whether the provider must have asked the person anew
    """

    state: str
    nonce: str
    verifier: str
    back: str
    session_id: UUID | None = None
    fresh: bool = False


class LinkStep(Step, frozen=True, kw_only=True):
    """Somebody proved an account elsewhere; the owner of the account here has to agree to the link."""

    issuer: str
    subject: str
    email: str
    person_id: UUID
    back: str


class GrantStep(Step, frozen=True, kw_only=True):
    """A person agreed that a program acts for them; it comes for the tokens next (the authorization code of RFC 6749).

    sign_in_id  under which the tokens will stand, so that a code that comes twice ends them
    """

    client_id: UUID
    operator_id: UUID
    person_id: UUID
    redirect_uri: str
    challenge: str
    sign_in_id: UUID


S = TypeVar("S", bound=Step)


def ends_in(seconds: int) -> datetime:
    """When a step that begins now ends."""
    return clock.now() + timedelta(seconds=seconds)


def ticket(sealer: Sealer, step: Step) -> str:
    """The step as text that a page may carry."""
    sealed = sealer.seal(msgspec.msgpack.encode(step), _purpose(type(step)))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read(sealer: Sealer, kind: type[S], given: str) -> S:
    """The step of a ticket, not taken yet. Raises StepOver."""
    try:
        if len(given) > _LONGEST:
            raise StepOver
        sealed = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
        step = msgspec.msgpack.decode(sealer.open(sealed, _purpose(kind)), type=kind)
    except (binascii.Error, ValueError, WrongSecret, msgspec.MsgspecError):
        raise StepOver from None
    if clock.now() >= step.ends_at:
        raise StepOver
    return step


async def take(tx: Transaction, given: str, step: Step) -> None:
    """Take the step. Raises StepOver when somebody did before."""
    if not await store_proofs.spend_step(tx, sha256(_sealed_bytes(given)).digest(), step.ends_at):
        raise StepOver


def _sealed_bytes(given: str) -> bytes:
    """What was sealed, however its text was padded: one step must not be taken under two spellings."""
    return base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))


def _purpose(kind: type[Step]) -> str:
    return f"identity.step.{kind.__name__}"
