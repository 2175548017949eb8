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
    """An API key as its owner sees it. `hint` is its first signs, to tell keys apart."""

    key_id: UUID
    name: str
    hint: str
    attribute: KeyAttribute
    role: Role
    address_ranges: list[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


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
    """

    operator_id: UUID
    person_id: UUID
    email: str
    expires_at: int
    sign_in_id: UUID | None = None
    proved_at: int = 0


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person as sign-in needs them. `public_password` is set where everybody knows it (demonstration, tutorial)."""

    person_id: UUID
    email: str
    name: str
    password_hash: str
    public_password: str | None = None
    platform_role: PlatformRole | None = None


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
    """A page session that holds: who acts, for whom, and the secret of its forms."""

    session_id: UUID
    scope: OperatorScope
    name: str
    email: str
    csrf_secret: bytes
    proved_at: datetime
