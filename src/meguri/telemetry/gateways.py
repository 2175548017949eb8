"""Devices that send measurements by themselves: a token for one battery, some, or the whole fleet of a company.

A token is `mgw_<operator>_<gateway>_<secret>`: it tells where to look, and the secret, kept as a hash, proves it.
"""

import hashlib
import secrets
from hmac import compare_digest
from uuid import UUID

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.transaction import Transaction
from meguri.telemetry import store
from meguri.telemetry.errors import BatteryUnknown, GatewayRefused, GatewayUnknown
from meguri.telemetry.events import GatewayIssued, GatewayRevoked
from meguri.telemetry.model import Gateway, GatewayInput
from meguri.telemetry.model import GatewayIssued as Issued

PREFIX = "mgw_"


async def issue(tx: Transaction, scope: OperatorScope, new: GatewayInput) -> Issued:
    """A new gateway; its token is shown this once. Raises BatteryUnknown."""
    for battery_id in new.batteries or ():
        if await store.battery(tx, scope, battery_id) is None:
            raise BatteryUnknown
    gateway_id, secret = new_id(), secrets.token_urlsafe(32)
    await store.add_gateway(tx, scope, gateway_id, new.label, _hash(secret), new.batteries)
    await tx.record(GatewayIssued(gateway_id=gateway_id, label=new.label, batteries=new.batteries))
    made = Gateway(
        gateway_id=gateway_id,
        label=new.label,
        batteries=new.batteries,
        created_at=clock.now(),
        last_used_at=None,
        revoked_at=None,
    )
    return Issued(gateway=made, token=f"{PREFIX}{scope.operator_id.hex}_{gateway_id.hex}_{secret}")


async def gateways(tx: Transaction, scope: OperatorScope) -> list[Gateway]:
    """Gateways of this company, newest first."""
    return await store.gateways(tx, scope)


async def revoke(tx: Transaction, scope: OperatorScope, gateway_id: UUID) -> None:
    """Take a token back, at once. Raises GatewayUnknown."""
    if not await store.revoke_gateway(tx, scope, gateway_id):
        raise GatewayUnknown
    await tx.record(GatewayRevoked(gateway_id=gateway_id))


def scope_named(token: str) -> OperatorScope:
    """On whose behalf a token speaks, if it is genuine; `of_token` proves that. Raises GatewayRefused."""
    parts = token.removeprefix(PREFIX).split("_", 2)
    if not token.startswith(PREFIX) or len(parts) != 3:
        raise GatewayRefused
    try:
        operator_id, gateway_id = UUID(hex=parts[0]), UUID(hex=parts[1])
    except ValueError:
        raise GatewayRefused from None
    return OperatorScope(operator_id, f"gateway:{gateway_id}", Role.VIEWER)


async def of_token(tx: Transaction, scope: OperatorScope, token: str, battery_ids: set[UUID]) -> UUID:
    """The gateway whose token this is; it may send for all of `battery_ids`. Raises GatewayRefused for all else."""
    gateway_id = UUID(scope.actor.removeprefix("gateway:"))
    found = await store.gateway_hash(tx, scope, gateway_id)
    secret = token.removeprefix(PREFIX).split("_", 2)[2]
    if found is None or not compare_digest(found[0], _hash(secret)):
        raise GatewayRefused
    if found[1] is not None and not battery_ids <= set(found[1]):
        raise GatewayRefused
    await store.gateway_used(tx, scope, gateway_id)
    return gateway_id


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
