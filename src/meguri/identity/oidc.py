"""Signing in with an OpenID provider (OpenID Connect Core 1.0, Discovery 1.0; RFC 7636 PKCE; RFC 9207).

The authorization code flow, with state, nonce and PKCE each time. An ID token is believed when the provider's own key signed
it for us just now; symmetric signatures and none at all are never taken.
"""

import base64
import hmac
import secrets
import time
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

import jwt
import msgspec
import structlog

from meguri.identity.errors import ProviderAway, ProviderRefused
from meguri.identity.rules import ProviderRule
from meguri.jobs.outbound import Outbound, Reach, Refused, Reply, Unreachable, origin_of
from meguri.kernel import clock
from meguri.kernel.scope import Role

log = structlog.get_logger(__name__)

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
SKEW_S = 60
_PATIENCE_S = 10
T = TypeVar("T")
_RANK = (Role.VIEWER, Role.EDITOR, Role.ADMIN)


class ProviderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID provider that this installation trusts.

    name         the words on the button
    role_claim   the claim (dots lead into objects) whose values `roles` turns into roles of the operator `operator_id`
    operator_id  whose people the provider manages: they come in, and get their role, by its word; None: nobody's
    """

    issuer: str
    client_id: str
    client_secret: str | None = None
    name: str = "OpenID"
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    role_claim: str | None = None
    roles: dict[str, Role] = {}
    operator_id: UUID | None = None


class Metadata(msgspec.Struct, frozen=True):
    """What the provider says of itself (Discovery 1.0 §3), as far as it is needed."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _TokenAnswer(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str = ""


class Outsider(msgspec.Struct, frozen=True, kw_only=True):
    """Who came, by the word of the provider. `auth_time`: when it asked them to prove themselves, in Unix seconds."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    auth_time: int | None
    role: Role | None


class Provider:
    """One provider; keeps its documents for a while."""

    def __init__(self, settings: ProviderSettings, rule: ProviderRule) -> None:
        """Asks nothing yet."""
        self.settings, self._rule = settings, rule
        self._metadata: tuple[Metadata, float] | None = None
        self._keys: tuple[list[dict[str, Any]], float] | None = None

    async def way_there(self, *, redirect_uri: str, state: str, nonce: str, verifier: str, fresh: bool) -> str:
        """The address that the browser is sent to. `fresh`: the provider shall ask the person anew. Raises ProviderAway."""
        metadata = await self._about()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        if fresh:
            asked |= {"prompt": "login", "max_age": "0"}
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        return f"{metadata.authorization_endpoint}{joint}{urlencode(asked)}"

    async def who(
        self, *, code: str, said_issuer: str | None, redirect_uri: str, nonce: str, verifier: str
    ) -> Outsider:
        """Who stands behind the code of an answer. Raises ProviderAway, ProviderRefused."""
        metadata = await self._about()
        if said_issuer is None and metadata.authorization_response_iss_parameter_supported:
            raise _refused("no iss in the answer")
        if said_issuer is not None and said_issuer != metadata.issuer:
            raise _refused("iss of another provider")
        answer = await self._redeem(metadata, code, redirect_uri, verifier)
        claims = await self._verified(metadata, answer.id_token, nonce)
        if "email" not in claims and metadata.userinfo_endpoint and answer.access_token:
            claims = await self._more(metadata.userinfo_endpoint, answer.access_token, claims)
        auth_time = claims.get("auth_time")
        return Outsider(
            issuer=metadata.issuer,
            subject=str(claims["sub"]),
            email=str(claims.get("email") or "").strip().lower(),
            email_verified=claims.get("email_verified") in (True, "true"),
            name=str(claims.get("name") or claims.get("preferred_username") or ""),
            auth_time=auth_time if isinstance(auth_time, int) else None,
            role=role_in(claims, self.settings),
        )

    async def _about(self) -> Metadata:
        if self._metadata and time.monotonic() < self._metadata[1]:
            return self._metadata[0]
        issuer = self.settings.issuer
        reply = await self._ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration", {origin_of(issuer)})
        found = _decoded(reply, Metadata)
        if found.issuer != issuer:
            raise _away("the provider calls itself by another name")
        self._metadata = (found, time.monotonic() + self._rule.document_s)
        return found

    async def _redeem(self, metadata: Metadata, code: str, redirect_uri: str, verifier: str) -> _TokenAnswer:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        secret = self.settings.client_secret
        if secret is None:
            form["client_id"] = self.settings.client_id
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote(self.settings.client_id, safe='')}:{quote(secret, safe='')}"  # RFC 6749 §2.3.1
            headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": self.settings.client_id, "client_secret": secret}
        reply = await self._ask(
            "POST", metadata.token_endpoint, {origin_of(metadata.token_endpoint)}, headers, urlencode(form).encode()
        )
        if reply.status == 400:
            raise _refused("the provider does not take the code")
        return _decoded(reply, _TokenAnswer)

    async def _verified(self, metadata: Metadata, token: str, nonce: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise _refused("an algorithm that is not taken")
            key = await self._key(metadata, header.get("kid"), header["alg"])
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[header["alg"]],
                audience=self.settings.client_id,
                issuer=metadata.issuer,
                options={"require": ["exp", "iat", "iss", "aud", "sub"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError as error:
            raise _refused(type(error).__name__) from error
        self._demand_now(claims, nonce)
        return claims

    def _demand_now(self, claims: dict[str, Any], nonce: str) -> None:
        """By our own clock, which tests may set; and that the token answers this very question."""
        now = clock.now().timestamp()
        if not (claims["iat"] - SKEW_S <= now < claims["exp"] + SKEW_S):
            raise _refused("the token's time is over")
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise _refused("another nonce")
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != self.settings.client_id:
            raise _refused("issued to somebody else")

    async def _key(self, metadata: Metadata, kid: str | None, algorithm: str) -> Any:
        for again in (False, True):
            keys = await self._jwks(metadata, again=again)
            fitting = [key for key in keys if (kid is None or key.get("kid") == kid) and key.get("use") != "enc"]
            if len(fitting) == 1:
                return jwt.PyJWK(fitting[0], algorithm=algorithm).key
        raise _refused("no key fits")

    async def _jwks(self, metadata: Metadata, *, again: bool) -> list[dict[str, Any]]:
        if self._keys and not again and time.monotonic() < self._keys[1]:
            return self._keys[0]
        reply = await self._ask("GET", metadata.jwks_uri, {origin_of(metadata.jwks_uri)})
        keys = _decoded(reply, dict[str, list[dict[str, Any]]]).get("keys", [])
        self._keys = (keys, time.monotonic() + self._rule.document_s)
        return keys

    async def _more(self, url: str, access_token: str, claims: dict[str, Any]) -> dict[str, Any]:
        reply = await self._ask("GET", url, {origin_of(url)}, {"authorization": f"Bearer {access_token}"})
        more = _decoded(reply, dict[str, Any])
        if more.get("sub") != claims["sub"]:  # Core 1.0 §5.3.2
            raise _refused("userinfo of somebody else")
        return more | claims

    async def _ask(
        self, method: str, url: str, origins: set[str], headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """The provider is named by whoever runs this installation, and its addresses by the provider: they may be private."""
        outbound = Outbound(Reach(origins=frozenset(origins)))
        try:
            return await outbound.send(method, url, headers=headers, body=body, timeout_s=_PATIENCE_S)
        except (Refused, Unreachable) as error:
            raise _away(str(error)) from error
        finally:
            await outbound.close()


def new_text() -> str:
    """256 random bits for state, nonce or verifier."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """What PKCE shows of a verifier before it is due (RFC 7636 §4.2, S256)."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def role_in(claims: dict[str, Any], settings: ProviderSettings) -> Role | None:
    """The highest role that the claims' values stand for; None for none."""
    found: Any = claims
    for part in (settings.role_claim or "").split("."):
        found = found.get(part) if isinstance(found, dict) else None
    said = found if isinstance(found, list) else [found]
    roles = [settings.roles[value] for value in said if isinstance(value, str) and value in settings.roles]
    return max(roles, key=_RANK.index, default=None)


def _decoded(reply: Reply, kind: type[T]) -> T:
    if reply.status != 200:
        raise _away(f"status {reply.status}")
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _away("an answer of another form") from error


def _away(why: str) -> ProviderAway:
    log.warning("identity.provider_away", why=why)
    return ProviderAway(retry_after=30)


def _refused(why: str) -> ProviderRefused:
    log.info("identity.provider_refused", why=why)
    return ProviderRefused()
