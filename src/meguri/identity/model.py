"""What goes in and out of identity."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from meguri.kernel.scope import OperatorScope, PlatformRole, Role


class RefreshKind(StrEnum):
    """`native` refresh tokens rotate; `plain` ones (the data-exchange façade's) never do."""

    NATIVE = "native"
    PLAIN = "plain"


class KeyAttribute(StrEnum):
    """What kind of system an API key was given to."""

    APPLICATION = "Application"
    DATA_SPACE = "DataSpace"
    TRACEABILITY = "Traceability"


class AccessState(StrEnum):
    """Whether an operator may use the service."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class LinkPurpose(StrEnum):
    """What a one-time link lets its holder do: join as an administrator, join, or set a new password."""

    FIRST_ADMIN = "first_admin"
    INVITATION = "invitation"
    NEW_PASSWORD = "new_password"  # noqa: S105 - a name, no secret


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A program that asks for tokens: an API key and for whom it stands.

    owner_id       the operator that it may act for alone; None for one that only acts with people
    state          whether that operator may use the service
    operator_ids   the operators for whose people it may get tokens
    redirect_uris  where it may send a person's browser back to
    """

    key_id: UUID
    name: str
    role: Role
    owner_id: UUID | None
    state: AccessState | None
    operator_ids: tuple[UUID, ...]
    redirect_uris: tuple[str, ...]


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens given to a program: a person's with refresh token and identity, or its own without. Lives in seconds."""

    access_token: str
    expires_in: int
    scope: str
    refresh_token: str | None = None
    refresh_expires_in: int | None = None
    id_token: str | None = None


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in or a refresh gives.

    `refresh_token` is None when the old one goes on; `expires_in` is the access token's life in seconds.
    """

    access_token: str
    refresh_token: str | None
    expires_in: int
    operator_id: UUID
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """What is found about an API key that was presented.

    known         whether it exists and is not revoked
    address_ok    whether the client's address is within its ranges; judged only for a known key
    operator_ids  on whose behalf it may be used
    """

    known: bool
    address_ok: bool = False
    attribute: KeyAttribute | None = None
    key_id: UUID | None = None
    operator_ids: tuple[UUID, ...] = ()


class NewApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key just made: the only time that `secret` is shown."""

    key_id: UUID
    secret: str


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """An API key as its owner sees it. `hint` is its first signs, to tell keys apart.

    redirect_uris  where a program with this key may send a person's browser back to with a code
    """

    key_id: UUID
    name: str
    hint: str
    attribute: KeyAttribute
    role: Role
    address_ranges: list[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    redirect_uris: list[str] = []


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person within an operator."""

    person_id: UUID
    email: str
    name: str
    role: Role
    since: datetime


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has been invited and has not come yet."""

    link_id: UUID
    purpose: LinkPurpose
    operator_id: UUID
    email: str
    name: str
    role: Role
    made_at: datetime
    ends_at: datetime


class NewLink(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time link just made: the only time that its `token` is shown."""

    link_id: UUID
    token: str
    ends_at: datetime


class SignInView(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in that lasts: a browser's, or a program's with refresh tokens."""

    sign_in_id: UUID
    kind: Literal["page", "native", "plain"]
    operator_id: UUID
    client_address: str
    user_agent: str
    started_at: datetime
    seen_at: datetime
    ends_at: datetime


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """A page session just begun: `cookie` is its secret, shown once; forms are signed with `csrf_secret`."""

    cookie: str
    session_id: UUID
    csrf_secret: bytes
    operator_id: UUID
    ends_at: datetime


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """One operator that a person may act for."""

    operator_id: UUID
    role: Role


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified access token says; times in Unix seconds.

    sign_in_id  the sign-in that it stems from, whose end ends it too; None for a token without this claim
    proved_at   when the password was given
    client_id   the program (an API key) to which the token was given; also `person_id` when it acts alone
    """

    operator_id: UUID
    person_id: UUID
    email: str
    expires_at: int
    sign_in_id: UUID | None = None
    proved_at: int = 0
    client_id: UUID | None = None

    @property
    def program_alone(self) -> bool:
        """Whether no person is behind the token, only the operator's own program."""
        return self.client_id is not None and self.client_id == self.person_id


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person as sign-in needs them.

    password_hash    empty for somebody who signs in with a provider elsewhere or a passkey alone
    public_password  set where everybody knows it (demonstration, tutorial)
    two_steps        whether a password needs the code of an authenticator app beside it
    """

    person_id: UUID
    email: str
    name: str
    password_hash: str
    public_password: str | None = None
    platform_role: PlatformRole | None = None
    two_steps: bool = False


class PublicAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that everybody may try."""

    email: str
    name: str
    password: str
    operator_id: UUID


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an operator may use the service, since when and why."""

    operator_id: UUID
    state: AccessState
    since: datetime
    reason: str


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A page session that holds: who acts, for whom, the secret of its forms, whether the person has news of their account."""

    session_id: UUID
    scope: OperatorScope
    name: str
    email: str
    csrf_secret: bytes
    proved_at: datetime
    noticed: bool = False


class NoticeKind(StrEnum):
    """What a person is told about their own account."""

    NEW_PLACE = "new_place"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a name, no secret
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    APP_ADDED = "app_added"
    APP_REMOVED = "app_removed"
    RECOVERY_USED = "recovery_used"
    CODES_RENEWED = "codes_renewed"
    PROVIDER_LINKED = "provider_linked"
    PROVIDER_REMOVED = "provider_removed"
    GLASS_BROKEN = "glass_broken"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of news of one's account. `sign_in_id`: the sign-in that it is about, if it is about one."""

    notice_id: UUID
    kind: NoticeKind
    at: datetime
    client_address: str
    device: str
    sign_in_id: UUID | None


class MailedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """The same with whom to write to."""

    notice_id: UUID
    person_id: UUID
    operator_id: UUID
    kind: NoticeKind
    at: datetime
    client_address: str
    device: str
    email: str
    name: str


class PasskeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey as its owner sees it. `synced`: it is kept by a service that copies it between devices."""

    passkey_id: UUID
    credential_id: bytes
    name: str
    synced: bool
    made_at: datetime
    last_used_at: datetime | None


class OutsideView(msgspec.Struct, frozen=True, kw_only=True):
    """An account with a provider elsewhere that is linked to a person here."""

    link_id: UUID
    person_id: UUID
    issuer: str
    email: str
    linked_at: datetime
    last_used_at: datetime | None


class Proofs(msgspec.Struct, frozen=True, kw_only=True):
    """By what a person can prove who they are.

    app_since   when the authenticator app was confirmed; None without one
    codes_left  recovery codes not used yet
    """

    password: bool
    passkeys: list[PasskeyView]
    app_since: datetime | None
    codes_left: int
    outside: list[OutsideView]
