"""Access tokens of a data space's own identity component (Open Data Spaces, L3): by its published keys, or by asking it.

A token is believed when an issuer that this installation names has signed it, or when the component says that it is active.
The claim `operator_id` says for whom it speaks; what that company may do here is decided here (`service.scope_of_outside`).
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import jwt
import msgspec

from meguri.identity.errors import ProviderAway, ProviderRefused, TokenExpired, TokenInvalid, UserInfoRefused
from meguri.identity.oidc import ALGORITHMS, SKEW_S, Provider, ProviderSettings
from meguri.identity.rules import ProviderRule
from meguri.identity.secret import hash_of
from meguri.jobs.outbound import Outbound, Reach, Refused, Unreachable, origin_of
from meguri.kernel import clock

_LONGEST = 16384  # characters
_AGAIN_S = 5.0  # the shortest time after which keys are fetched anew for a key id that nobody knows
_KEPT = 4096
_PATIENCE_S = 10


class IssuerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Whose access tokens are taken besides our own.

    issuers        their `iss`, whose keys are found by OpenID Connect Discovery 1.0
    audience       what `aud` has to name; None: not asked, as in the public reference
    user_info      whether the issuer is asked about the account as well (OpenID Connect Core 1.0 §5.3)
    introspection  address of L3's `/auth/token/introspect`, with the client that asks there
    """

    issuers: tuple[str, ...] = ()
    audience: str | None = None
    user_info: bool = False
    introspection: str | None = None
    client_id: str | None = None
    client_secret: str | None = None

    @property
    def any(self) -> bool:
        """Whether anybody else's tokens are taken at all."""
        return bool(self.issuers or self.introspection)


class Issuer(Provider):
    """One issuer of access tokens; keeps its documents, and tokens that it has judged, for a while."""

    def __init__(self, issuer: str, settings: IssuerSettings, rule: ProviderRule) -> None:
        """Asks nothing yet."""
        super().__init__(ProviderSettings(issuer=issuer, client_id=""), rule)
        self._of, self._asked_at = settings, 0.0
        self._judged: dict[bytes, dict[str, Any]] = {}

    async def claims(self, token: str) -> dict[str, Any]:
        """What a token says, once its signature, issuer, audience and time are right.

        Raises TokenInvalid, TokenExpired, UserInfoRefused, ProviderAway.
        """
        key = hash_of(token)
        found = self._judged.get(key)
        if found is None:
            found = await self._signed(token)
            _demand_now(found)
            if self._of.user_info:
                await self._account(token, found)
            while len(self._judged) >= _KEPT:
                self._judged.pop(next(iter(self._judged)))
            self._judged[key] = found
        _demand_now(found)
        return found

    async def _signed(self, token: str) -> dict[str, Any]:
        metadata = await self._about()
        options: Any = {"require": ["exp", "iss"], "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise TokenInvalid
            key = await self._key(metadata, header.get("kid"), header["alg"])
            found: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[header["alg"]],
                audience=self._of.audience,
                issuer=metadata.issuer,
                options=options | {"verify_aud": self._of.audience is not None},
            )
        except (jwt.PyJWTError, ProviderRefused, ValueError, TypeError, RecursionError):
            raise TokenInvalid from None
        return found

    async def _account(self, token: str, claims: Mapping[str, Any]) -> None:
        """The issuer's word that the account is still there. Raises UserInfoRefused."""
        metadata = await self._about()
        try:
            if metadata.userinfo_endpoint is None:
                raise UserInfoRefused
            await self._more(metadata.userinfo_endpoint, token, dict(claims))
        except (ProviderAway, ProviderRefused, KeyError):
            raise UserInfoRefused from None

    async def _jwks(self, metadata: Any, *, again: bool) -> list[dict[str, Any]]:
        """As the provider's, but key ids that nobody knows do not make us ask it over and over."""
        soon = time.monotonic() - self._asked_at < _AGAIN_S
        if again and soon and self._keys:
            return self._keys[0]
        if again or not self._keys:
            self._asked_at = time.monotonic()
        return await super()._jwks(metadata, again=again)


class Issuers:
    """All of them, and the component that may be asked about a token."""

    def __init__(self, settings: IssuerSettings, rule: ProviderRule, *, own: str) -> None:
        """Asks nobody yet. `own`: what our own tokens say about who made them."""
        self._settings, self._own = settings, own
        self._issuers = {one: Issuer(one, settings, rule) for one in settings.issuers}

    def takes(self, token: str) -> bool:
        """Whether a token is one that these are asked about: it names one of them, or whoever is not us may be asked."""
        named = issuer_named(token)
        return named in self._issuers or (self._settings.introspection is not None and named != self._own)

    async def claims(self, token: str) -> dict[str, Any]:
        """What a token says, once it is known to hold. Raises TokenInvalid and its kin, UserInfoRefused, ProviderAway."""
        known = self._issuers.get(issuer_named(token) or "")
        if known is not None:
            return await known.claims(token)
        if self._settings.introspection is None:
            raise TokenInvalid
        return await self._introspected(self._settings.introspection, token)

    async def _introspected(self, url: str, token: str) -> dict[str, Any]:
        """What L3 says of a token: `{type, title, status, detail, data: {active, token_info}}`."""
        said = {
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret,
            "access_token": token,
        }
        outbound = Outbound(Reach(origins=frozenset({origin_of(url)})))
        try:
            reply = await outbound.send(
                "POST",
                url,
                headers={"content-type": "application/json", "accept": "application/json"},
                body=msgspec.json.encode(said),
                timeout_s=_PATIENCE_S,
            )
        except (Refused, Unreachable):
            raise ProviderAway from None
        finally:
            await outbound.close()
        if reply.status >= 500:
            raise ProviderAway
        try:
            data = msgspec.json.decode(reply.body)["data"]
            active, info = data["active"], data.get("token_info")
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            raise TokenInvalid from None
        if reply.status != 200 or active is not True or not isinstance(info, dict):
            raise TokenInvalid
        _demand_now(info)
        if self._settings.audience is not None and self._settings.audience not in _listed(info.get("aud")):
            raise TokenInvalid
        return info


def issuer_named(token: str) -> str | None:
    """Who a token says has made it, unproved; None when it is no token."""
    try:
        if len(token) > _LONGEST:
            return None
        found = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _listed(said: Any) -> Sequence[Any]:
    return said if isinstance(said, list) else [said]


def _demand_now(claims: Mapping[str, Any]) -> None:
    """By our own clock. Raises TokenInvalid, TokenExpired."""
    now, ends, begins = clock.now().timestamp(), claims.get("exp"), claims.get("nbf", claims.get("iat", 0))
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in (ends, begins)):
        raise TokenInvalid
    if now >= float(ends or 0):
        raise TokenExpired
    if float(begins) > now + SKEW_S:
        raise TokenInvalid
