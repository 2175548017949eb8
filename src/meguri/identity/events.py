"""What has happened in identity, for the audit of the operator concerned. None of it holds a secret or an e-mail
address.

`by` is who did it: `person:<id>`, `key:<id>`, or `system:<what>`.
"""

from uuid import UUID

from meguri.kernel.events import Event
from meguri.kernel.scope import Role


class _OfOperator(Event, frozen=True, kw_only=True):
    operator_id: UUID
    by: str

    def parties(self) -> tuple[UUID, ...]:
        """The operator concerned."""
        return (self.operator_id,)


class AccessChanged(_OfOperator, frozen=True, kw_only=True):
    """The operator's access was opened, suspended or ended."""

    tag = "identity:access:change"
    state: str
    reason: str


class MemberInvited(_OfOperator, frozen=True, kw_only=True):
    """A one-time link was made for somebody who shall join."""

    tag = "identity:member:invite"
    link_id: UUID
    role: Role


class InvitationWithdrawn(_OfOperator, frozen=True, kw_only=True):
    """A one-time link that was not used holds no longer."""

    tag = "identity:invitation:withdraw"
    link_id: UUID


class MemberJoined(_OfOperator, frozen=True, kw_only=True):
    """A person became a member."""

    tag = "identity:member:join"
    person_id: UUID
    role: Role


class RoleChanged(_OfOperator, frozen=True, kw_only=True):
    """A member's role changed from `before` to `role`."""

    tag = "identity:member:role"
    person_id: UUID
    before: Role
    role: Role


class MemberRemoved(_OfOperator, frozen=True, kw_only=True):
    """A person is no longer a member; what they signed in with for this operator has ended."""

    tag = "identity:member:remove"
    person_id: UUID


class PasswordChanged(_OfOperator, frozen=True, kw_only=True):
    """A person's password changed; their refresh tokens and other sessions have ended."""

    tag = "identity:password:change"
    person_id: UUID


class AccountLocked(_OfOperator, frozen=True, kw_only=True):
    """Too many failures: the account is locked for one client address; it stays open from others."""

    tag = "identity:account:lock"
    person_id: UUID
    client_address: str


class RefreshTokenCopied(_OfOperator, frozen=True, kw_only=True):
    """A refresh token came back after it had been replaced: somebody copied it. The whole sign-in was ended."""

    tag = "identity:refresh:copy"
    person_id: UUID
    sign_in_id: UUID


class KeyCreated(_OfOperator, frozen=True, kw_only=True):
    """An API key was made."""

    tag = "identity:key:create"
    key_id: UUID
    name: str
    role: Role
    address_ranges: tuple[str, ...]
    redirect_uris: tuple[str, ...] = ()


class KeyRevoked(_OfOperator, frozen=True, kw_only=True):
    """An API key holds no longer."""

    tag = "identity:key:revoke"
    key_id: UUID


class ProgramSignedIn(_OfOperator, frozen=True, kw_only=True):
    """A program got tokens with which it acts for a person: they agreed, or it held their password."""

    tag = "identity:program:sign_in"
    person_id: UUID
    key_id: UUID
    sign_in_id: UUID


class SignedInFromNewPlace(_OfOperator, frozen=True, kw_only=True):
    """A person signed in from a network or a kind of device not seen before; they were told."""

    tag = "identity:sign_in:new_place"
    person_id: UUID
    client_address: str
    sign_in_id: UUID


class SecondStepChanged(_OfOperator, frozen=True, kw_only=True):
    """A person's authenticator app was added or removed, or its recovery codes were made anew (`what`)."""

    tag = "identity:second_step:change"
    person_id: UUID
    what: str


class RecoveryCodeUsed(_OfOperator, frozen=True, kw_only=True):
    """A person came in by a recovery code instead of their authenticator app."""

    tag = "identity:recovery_code:use"
    person_id: UUID


class PasskeyAdded(_OfOperator, frozen=True, kw_only=True):
    """A person made a passkey."""

    tag = "identity:passkey:add"
    person_id: UUID
    passkey_id: UUID


class PasskeyRemoved(_OfOperator, frozen=True, kw_only=True):
    """One of a person's passkeys holds no longer."""

    tag = "identity:passkey:remove"
    person_id: UUID
    passkey_id: UUID


class OutsideAccountLinked(_OfOperator, frozen=True, kw_only=True):
    """A person agreed that an account with the provider `issuer` proves who they are."""

    tag = "identity:outside_account:link"
    person_id: UUID
    link_id: UUID
    issuer: str


class OutsideAccountRemoved(_OfOperator, frozen=True, kw_only=True):
    """An account elsewhere proves the person no longer."""

    tag = "identity:outside_account:remove"
    person_id: UUID
    link_id: UUID
