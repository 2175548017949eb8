"""What this façade needs from rooms that offer it in their own words: the composition root fits them together.

Parts, requests, companies, disclosures, footprints and certificates are called directly: their use cases fit as they are.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import msgspec

from meguri.dataspaces.ods.gateway.model import Route
from meguri.dataspaces.ods.gateway.passing import Asked, Back
from meguri.dataspaces.ouranos.bodies.dd import DdInput, DdItem
from meguri.identity.model import ApiKey, Tokens
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction


class Door(Protocol):
    """Who may come in. All refusals are those of `identity.errors`."""

    async def key(self, presented: str, client_address: str) -> ApiKey:
        """What is known of an API key that was presented from this address; never raises for a wrong key."""

    async def scope_of(self, token: str) -> OperatorScope:
        """The right that an access token gives. Raises TokenInvalid and its kin, AccessSuspended."""

    async def sign_in(self, account: str, password: str, client_address: str) -> Tokens:
        """Access token and a refresh token that does not rotate. Raises SignInRefused, SignInBusy."""

    async def refresh(self, refresh_token: str) -> Tokens:
        """A new access token; the refresh token goes on. Raises RefreshRefused."""

    async def change_password(self, scope: OperatorScope, new_password: str) -> None:
        """A new password for the person who asks; their refresh tokens end. Raises WeakPassword."""


class DdRow(msgspec.Struct, frozen=True, kw_only=True):
    """A due-diligence result of a part. `kind`: own, total or response; all values None: not disclosed."""

    dd_id: UUID | None
    trace_id: UUID
    kind: str
    result: str | None
    score: Decimal | None
    assessed_at: date | None
    valid_until: date | None
    standard: str | None
    comment: str | None
    items: Sequence[DdItem]


class Diligence(Protocol):
    """Due-diligence results as the exchange carries them."""

    async def declare(self, tx: Transaction, scope: OperatorScope, said: DdInput) -> DdRow:
        """Keeps the result of an own part. Raises PartNotOwn."""

    async def rows(self, tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID]) -> list[DdRow]:
        """What may be shown of each own part, in the order asked; parts of others are left out."""


class Reset(Protocol):
    """Emptying trial companies."""

    async def __call__(self, tx: Transaction, scope: OperatorScope, operator_ids: Sequence[UUID]) -> None:
        """Removes plants, parts, structures, requests, footprints and certificates of these companies."""


class Gateway(Protocol):
    """The gateway of Open Data Spaces: who asks, what they may call, and what stands behind routes of its own."""

    async def enter(self, token: str) -> tuple[OperatorScope, dict[str, Any]]:
        """Who asks, and what their token says. Raises TokenInvalid and its kin, AccessSuspended, ProviderAway."""

    async def route(self, method: str, path: str) -> Route | None:
        """The route that takes a request, or None."""

    async def allows(
        self, scope: OperatorScope, endpoint_id: str, claims: dict[str, Any], token: str, tracking: str
    ) -> bool:
        """Whether they may call it; `endpoint_id` such as `meguri.cfp.read`. Raises Undecided."""

    async def passed(self, route: Route, asked: Asked) -> Back:
        """The answer from behind a route. Raises NotPassed and its kin, outbound.Refused."""
