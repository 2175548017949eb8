"""API keys: for programs of an operator, and for the systems that the platform connects."""

from ipaddress import ip_network
from uuid import UUID

from meguri.identity import clients, store, store_access
from meguri.identity.errors import BadAddressRange, KeyNotFound
from meguri.identity.events import KeyCreated, KeyRevoked
from meguri.identity.gate import gate_of
from meguri.identity.model import KeyAttribute, KeyView, NewApiKey
from meguri.identity.secret import hash_of, new_secret
from meguri.kernel.errors import FieldError, Forbidden, Invalid
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.text import Text
from meguri.storage.database import Database

PREFIX = "mgk_"
_HINT = 8
_MOST_RANGES = 50
_LONGEST_NAME = 100
_NAME = Text(ja="名前は1〜100文字で入力してください。", en="Please give a name of 1 to 100 characters.")
_RANGES = Text(ja="アドレス範囲は1〜50件で指定してください。", en="Please give 1 to 50 address ranges.")
_ROLE = Text(ja="APIキーには管理者の権限を与えられません。", en="An API key can't be an administrator.")


async def create_api_key(
    db: Database,
    scope: OperatorScope,
    name: str,
    role: Role,
    address_ranges: list[str],
    redirect_uris: list[str] | None = None,
) -> NewApiKey:
    """A key with which the operator's own programs act alone, from these address ranges (CIDR), as `role`.

    redirect_uris  where a program with this key may send the operator's people back to after they agreed to sign in for it

    Its secret is shown this once. Raises Forbidden, Invalid, BadAddressRange, BadRedirectUri.
    """
    if not scope.may_administer or scope.person_id is None:
        raise Forbidden
    _demand_fit(name, role, address_ranges)
    ranges, secret, key_id = networks(address_ranges), new_secret(PREFIX), new_id()
    returns = clients.redirect_uris(redirect_uris or [])
    async with db.identity() as tx:
        await store_access.add_key(
            tx,
            key_id=key_id,
            key_hash=hash_of(secret),
            hint=secret[:_HINT],
            name=name.strip(),
            attribute=KeyAttribute.APPLICATION,
            role=role,
            owner_id=scope.operator_id,
            address_ranges=ranges,
            by=scope.actor,
            redirect_uris=returns,
        )
        await store_access.bind_key(tx, key_id, scope.operator_id)
        made = KeyCreated(
            operator_id=scope.operator_id,
            by=scope.actor,
            key_id=key_id,
            name=name,
            role=role,
            address_ranges=ranges,
            redirect_uris=returns,
        )
        await tx.record(made)
    return NewApiKey(key_id=key_id, secret=secret)


async def install_key(
    db: Database,
    secret: str,
    name: str,
    attribute: KeyAttribute,
    operators: tuple[UUID, ...],
    address_ranges: list[str],
    *,
    is_public: bool = False,
) -> bool:
    """A key that opens a façade's door for these operators but never acts alone; False when it is there already.

    For commands that the platform's operator runs; there is no route to it. `is_public`: everybody knows the secret, so
    it holds in the tutorial profile only.
    """
    key_id, ranges = new_id(), networks(address_ranges)
    async with db.identity() as tx:
        added = await store_access.add_key(
            tx,
            key_id=key_id,
            key_hash=hash_of(secret),
            hint=secret[:_HINT],
            name=name,
            attribute=attribute,
            role=Role.EDITOR,
            owner_id=None,
            address_ranges=ranges,
            by="system:command",
            is_public=is_public,
        )
        for operator_id in operators if added else ():
            await store_access.bind_key(tx, key_id, operator_id)
            made = KeyCreated(
                operator_id=operator_id,
                by="system:command",
                key_id=key_id,
                name=name,
                role=Role.EDITOR,
                address_ranges=ranges,
            )
            await tx.record(made)
    gate_of(db).memory.forget()
    return added


async def list_api_keys(db: Database, scope: OperatorScope, after: UUID | None, limit: int) -> list[KeyView]:
    """The operator's own keys after the one named, oldest first, revoked ones too. Raises Forbidden."""
    if not scope.may_administer:
        raise Forbidden
    async with db.identity() as tx:
        return await store_access.keys_of(tx, scope.operator_id, after, limit)


async def revoke_api_key(db: Database, scope: OperatorScope, key_id: UUID) -> None:
    """End a key from the next request on, and all tokens that its program got; again changes nothing.

    Raises Forbidden, KeyNotFound.
    """
    if not scope.may_administer:
        raise Forbidden
    async with db.identity() as tx:
        if await store_access.revoke_key(tx, scope.operator_id, key_id):
            await store.revoke_families_of_client(tx, key_id, "the program's key was revoked")
            await tx.record(KeyRevoked(operator_id=scope.operator_id, by=scope.actor, key_id=key_id))
        elif await store_access.own_key(tx, scope.operator_id, key_id) is None:
            raise KeyNotFound
    gate_of(db).memory.forget()


def networks(address_ranges: list[str]) -> tuple[str, ...]:
    """The ranges in canonical CIDR form, host bits cut off. Raises BadAddressRange."""
    found = []
    for given in address_ranges:
        try:
            found.append(str(ip_network(given.strip(), strict=False)))
        except ValueError:
            raise BadAddressRange(given=given[:50]) from None
    return tuple(dict.fromkeys(found))


def _demand_fit(name: str, role: Role, address_ranges: list[str]) -> None:
    broken = []
    if not 1 <= len(name.strip()) <= _LONGEST_NAME:
        broken.append(FieldError("name", _NAME, {}))
    if role is Role.ADMIN:
        broken.append(FieldError("role", _ROLE, {}))
    if not 1 <= len(address_ranges) <= _MOST_RANGES:
        broken.append(FieldError("address_ranges", _RANGES, {}))
    if broken:
        raise Invalid(fields=tuple(broken))
