"""What signing in needs besides the database: settings, keys that sign, remembered rights, limits. One per
`Database`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary, WeakValueDictionary

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from meguri.identity import keyring, store
from meguri.identity.issuers import Issuers, IssuerSettings
from meguri.identity.keyring import SigningKey
from meguri.identity.limits import Buckets
from meguri.identity.memory import Memory, listen
from meguri.identity.oidc import Provider, ProviderSettings
from meguri.identity.rules import TokenRule, identity_rules
from meguri.kernel import clock
from meguri.storage.database import Database
from meguri.storage.sealing import Sealer

_SEALED_FOR = "identity.signing_key"
_PUBLISHED_ANEW_S = 300.0
_AT_ONCE = 5


class IdentitySettings(msgspec.Struct, frozen=True, kw_only=True):
    """How this installation signs people in.

    secret             at least 32 random bytes that never leave the installation; seals the signing keys
    issuer, audience   what tokens say about who made them, and for whom
    access_ttl_s       life of an access token; None for the rule's figure
    requests_per_s     what one key or one address may go on asking; five times as many for a moment
    seed_public_sample whether the public accounts and keys of the tutorial may exist (tutorial profile only)
    public_accounts    whether people may sign in with passwords that everybody knows (demonstration and tutorial)
    provider           an OpenID provider with which people may sign in
    outside            whose access tokens the doors of a data space take besides our own
    """

    secret: bytes
    issuer: str = "meguri"
    audience: str = "meguri"
    access_ttl_s: int | None = None
    requests_per_s: float = 2000
    seed_public_sample: bool = False
    public_accounts: bool = False
    provider: ProviderSettings | None = None
    outside: IssuerSettings = IssuerSettings()

    @property
    def token_rule(self) -> TokenRule:
        """The rule for tokens with this installation's life of access tokens."""
        rule = identity_rules().token
        return rule if self.access_ttl_s is None else msgspec.structs.replace(rule, access_ttl_s=self.access_ttl_s)


class Gate:
    """The state of sign-in in this process for one database."""

    def __init__(self, db: Database, settings: IdentitySettings) -> None:
        """Nothing is read yet."""
        limit = identity_rules().limit
        self.settings = settings
        self.memory = Memory()
        self.by_key, self.by_address = (
            Buckets(name, settings.requests_per_s, settings.requests_per_s * _AT_ONCE) for name in ("key", "address")
        )
        self.provider = Provider(settings.provider, identity_rules().provider) if settings.provider else None
        outside, rule = settings.outside, identity_rules().provider
        self.issuers = Issuers(outside, rule, own=settings.issuer) if outside.any else None
        self.sign_ins = Buckets("sign_in", limit.sign_in_per_s, limit.sign_in_burst)
        self._sealer = Sealer(settings.secret)
        self._conninfo = str(db.pool.conninfo)
        self._pairs: WeakValueDictionary[object, asyncio.Lock] = WeakValueDictionary()
        self._keys: list[SigningKey] = []
        self._public: dict[str, ec.EllipticCurvePublicKey] = {}
        self._private: dict[str, ec.EllipticCurvePrivateKey] = {}
        self._read_at = -_PUBLISHED_ANEW_S

    def one_at_a_time(self, pair: object) -> asyncio.Lock:
        """Sign-ins of one (account, address) pair come one after another, so that five failures are five."""
        return self._pairs.setdefault(pair, asyncio.Lock())

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Within: changes of rights are heard, so that rights may be remembered (`identity/memory.py`)."""
        task = asyncio.create_task(listen(self._conninfo, self.memory), name="identity-listen")
        try:
            yield
        finally:
            while not task.done():  # a wait that ends in the same moment may swallow one cancellation
                task.cancel()
                await asyncio.wait({task}, timeout=0.2)

    async def signing_key(self, db: Database) -> tuple[str, ec.EllipticCurvePrivateKey]:
        """The key that signs now (its id, the key); made if there is none, and its successor made in time."""
        now, rule = clock.now(), self.settings.token_rule
        if keyring.signing_now(self._keys, now) is None or keyring.next_start(self._keys, now, rule) is not None:
            await self._rotate(db)
        key = keyring.signing_now(self._keys, now)
        if key is None:
            raise LookupError("no signing key although one was made just now: is the clock going backwards?")
        if key.kid not in self._private:
            self._private[key.kid] = keyring.from_pkcs8(self._sealer.open(key.private_sealed, _SEALED_FOR))
        return key.kid, self._private[key.kid]

    async def public_keys(self, db: Database, kid: str | None = None) -> dict[str, ec.EllipticCurvePublicKey]:
        """The published keys by id, read anew now and then, and when `kid` is not among them."""
        elapsed = asyncio.get_running_loop().time() - self._read_at
        if elapsed >= _PUBLISHED_ANEW_S or (kid is not None and kid not in self._public and elapsed >= 1):
            await self._read(db)
        return self._public

    async def jwks(self, db: Database) -> dict[str, list[dict[str, str]]]:
        """The published keys as a JWK set (RFC 7517)."""
        await self.signing_key(db)
        return {"keys": [key.public_jwk for key in self._keys if key.published_until > clock.now()]}

    async def _read(self, db: Database) -> None:
        async with db.identity() as tx:
            self._know(await store.signing_keys(tx))

    async def _rotate(self, db: Database) -> None:
        async with db.identity() as tx:
            await store.lock_signing_keys(tx)
            keys = await store.signing_keys(tx)
            start = keyring.next_start(keys, clock.now(), self.settings.token_rule)
            if start is not None:
                made = self._new_key(start)
                await store.add_signing_key(tx, made)
                keys.append(made)
        self._know(keys)

    def _new_key(self, start: datetime) -> SigningKey:
        rule = self.settings.token_rule
        private = keyring.new_private_key()
        jwk = keyring.jwk_of(private.public_key())
        until = start + timedelta(seconds=rule.key_signs_s)
        return SigningKey(
            kid=jwk["kid"],
            private_sealed=self._sealer.seal(keyring.to_pkcs8(private), _SEALED_FOR),
            public_jwk=jwk,
            signs_from=start,
            signs_until=until,
            published_until=keyring.published_until(until, rule),
        )

    def _know(self, keys: list[SigningKey]) -> None:
        if {key.kid for key in keys} != set(self._public):
            self.memory.forget_signatures()
            self._public = {key.kid: keyring.public_key_of(key.public_jwk) for key in keys}
            self._private = {kid: key for kid, key in self._private.items() if kid in self._public}
        self._keys = keys
        self._read_at = asyncio.get_running_loop().time()


_gates: WeakKeyDictionary[Database, Gate] = WeakKeyDictionary()


def open_gate(db: Database, settings: IdentitySettings) -> Gate:
    """Make the gate of `db`; called once by the composition root, and by commands."""
    gate = _gates[db] = Gate(db, settings)
    return gate


def gate_of(db: Database) -> Gate:
    """The gate that `open_gate` made. Raises LookupError when nobody did."""
    try:
        return _gates[db]
    except KeyError:
        raise LookupError("open_gate was not called for this database") from None
