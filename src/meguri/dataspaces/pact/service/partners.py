"""Partners: who may ask us, and where we may ask."""

import secrets
from hashlib import sha256
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from meguri.dataspaces.pact import store
from meguri.dataspaces.pact.credentials import Client, mark_of, same
from meguri.dataspaces.pact.errors import BadAddress, PartnerNotFound
from meguri.dataspaces.pact.events import PartnerChanged
from meguri.dataspaces.pact.house import PURPOSE, the_house
from meguri.dataspaces.pact.model import NewPartner, Partner, PartnerInput, PartnerRow
from meguri.kernel import clock
from meguri.kernel.errors import FieldError, Forbidden, Invalid
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction

_PREFIX = "mgp_"
_NAME = Text(ja="名前は1〜200文字で入力してください。", en="Please give a name of 1 to 200 characters.")


async def add_partner(
    tx: Transaction,
    scope: OperatorScope,
    given: PartnerInput,
    *,
    partner_id: UUID | None = None,
    secret: str | None = None,
) -> NewPartner:
    """A new partner with credentials for our PACT service; the secret is shown this once.

    `partner_id`, `secret`: for seeds of profiles that are for trying out. Raises Forbidden, Invalid, BadAddress.
    """
    if not scope.may_administer:
        raise Forbidden
    _check(given)
    secret = secret or _PREFIX + secrets.token_urlsafe(32)
    row = PartnerRow(
        operator_id=scope.operator_id,
        partner_id=partner_id or new_id(),
        **_described(given, None),
        secret_hash=_hash(secret),
        ended=False,
        created_at=clock.now(),
    )
    await store.save_partner(tx, scope, row)
    await tx.record(PartnerChanged(partner_id=row.partner_id, what="added"))
    return NewPartner(partner=shown(row), client_secret=secret)


async def change_partner(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, given: PartnerInput, *, ended: bool = False
) -> Partner:
    """Another description; an outgoing secret left out stays. `ended`: its credentials open nothing any more.

    Raises Forbidden, PartnerNotFound, Invalid, BadAddress.
    """
    if not scope.may_administer:
        raise Forbidden
    _check(given)
    before = await _found(tx, scope, partner_id)
    after = msgspec.structs.replace(before, **_described(given, before.outgoing_secret), ended=ended)
    await store.save_partner(tx, scope, after)
    await tx.record(PartnerChanged(partner_id=partner_id, what="ended" if ended else "changed"))
    return shown(after)


async def new_secret(tx: Transaction, scope: OperatorScope, partner_id: UUID) -> NewPartner:
    """Other credentials; the former secret opens nothing any more. Raises Forbidden, PartnerNotFound."""
    if not scope.may_administer:
        raise Forbidden
    before = await _found(tx, scope, partner_id)
    secret = _PREFIX + secrets.token_urlsafe(32)
    after = msgspec.structs.replace(before, secret_hash=_hash(secret), ended=False)
    await store.save_partner(tx, scope, after)
    await tx.record(PartnerChanged(partner_id=partner_id, what="new secret"))
    return NewPartner(partner=shown(after), client_secret=secret)


async def partners(tx: Transaction, scope: OperatorScope) -> list[Partner]:
    """All partners, oldest first."""
    return [shown(row) for row in await store.partners(tx, scope)]


async def client_mark(tx: Transaction, scope: OperatorScope, client: Client, secret: str | None) -> str | None:
    """The mark of the client's secret; None unless the client exists, is not ended and (unless None) has this secret."""
    row = await store.partner(tx, scope, client.partner_id)
    if row is None or row.ended or (secret is not None and not same(row.secret_hash, _hash(secret))):
        return None
    return mark_of(row.secret_hash)


async def learn_address(tx: Transaction, scope: OperatorScope, partner_id: UUID, source: str) -> None:
    """For test kits: a partner without address is reached where its event says that it comes from."""
    row = await store.partner(tx, scope, partner_id)
    address = f"https:{source}" if source.startswith("//") else source
    if row is None or row.base_url is not None or not _usable(address, private=True):
        return
    base = address.rstrip("/").removesuffix("/3/events")
    await store.save_partner(tx, scope, msgspec.structs.replace(row, base_url=base, private_network=True))


def shown(row: PartnerRow) -> Partner:
    """A partner without what is secret."""
    return Partner(
        partner_id=row.partner_id,
        name=row.name,
        client_id=Client(row.operator_id, row.partner_id).client_id,
        base_url=row.base_url,
        outgoing_client_id=row.outgoing_client_id,
        private_network=row.private_network,
        says_denied=row.says_denied,
        by_hand=row.by_hand,
        ended=row.ended,
        created_at=row.created_at,
    )


async def _found(tx: Transaction, scope: OperatorScope, partner_id: UUID) -> PartnerRow:
    row = await store.partner(tx, scope, partner_id)
    if row is None:
        raise PartnerNotFound
    return row


def _described(given: PartnerInput, kept_secret: bytes | None) -> dict[str, Any]:
    sealed = the_house().sealer.seal(given.outgoing_secret.encode(), PURPOSE) if given.outgoing_secret else kept_secret
    return {
        "name": given.name.strip(),
        "base_url": given.base_url.strip().rstrip("/").removesuffix("/3/events") if given.base_url else None,
        "outgoing_client_id": given.outgoing_client_id or None,
        "outgoing_secret": sealed,
        "private_network": given.private_network,
        "says_denied": given.says_denied,
        "by_hand": given.by_hand,
    }


def _check(given: PartnerInput) -> None:
    if not 1 <= len(given.name.strip()) <= 200:
        raise Invalid(fields=(FieldError("name", _NAME, {}),))
    private = given.private_network and the_house().private_allowed
    if given.private_network and not private:
        raise BadAddress(fields=(FieldError("private_network", BadAddress.say, {}),))
    if given.base_url and not _usable(given.base_url, private=private):
        raise BadAddress(fields=(FieldError("base_url", BadAddress.say, {}),))


def _usable(address: str, *, private: bool) -> bool:
    try:
        parts = urlsplit(address.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username or parts.query or parts.fragment:
        return False
    if private:
        return parts.scheme in ("https", "http")
    try:
        inside = not ip_address(host).is_global
    except ValueError:
        inside = host == "localhost"
    return parts.scheme == "https" and not inside


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
