"""Who is asking: a scope is minted only by `identity`, and every store function demands it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person may do within one operator.

    An admin may all that an editor may, an editor all that a viewer may.
    """

    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


class PlatformRole(StrEnum):
    """What a person may do on the platform as a whole; none of them reads a tenant's values."""

    PLATFORM_OPERATOR = "platform_operator"
    AUTHORITY = "authority"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class OperatorScope:
    """The right to act for one operator.

    operator_id    the tenant; every row read or written within the scope belongs to it
    actor          who acts, for the audit: `person:<uuid>`, `key:<uuid>` or `system:<room>`
    role           what the actor may do within the operator
    platform_role  what the actor may do on the platform, if anything
    person_id      the person, when a person acts
    """

    operator_id: UUID
    actor: str
    role: Role = Role.VIEWER
    platform_role: PlatformRole | None = None
    person_id: UUID | None = None

    @property
    def may_edit(self) -> bool:
        """Whether the actor may change the operator's records."""
        return self.role in (Role.ADMIN, Role.EDITOR)

    @property
    def may_administer(self) -> bool:
        """Whether the actor may manage people, keys and the operator's own record."""
        return self.role is Role.ADMIN
