"""The token flows of Open Data Spaces' identity layer (L3): JSON in, one envelope out.

People come by an authorization code with PKCE through our own sign-in page, systems by client credentials. A client is an API
key: `client_id` its id, `client_secret` the key. The envelope follows RFC 9457, with what was asked for under `data`.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import urlencode

import structlog

from meguri.dataspaces.strict import NotStrict, loads
from meguri.dataspaces.wire import JSON, Answer, Call, TooLarge, to_json
from meguri.identity import service as identity
from meguri.identity.clients import is_challenge
from meguri.identity.model import Client, Granted
from meguri.kernel.errors import Refusal, TooMany
from meguri.storage import Database

log = structlog.get_logger("meguri.ods")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
_LOGIN = re.compile(r"[a-z0-9_.\-@]{3,255}")
_SIGNS = "!@#$%^&*()"
_MOST = 64 << 10


class Unfit(Exception):
    """The request is not one that this contract knows."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        """`detail` goes to the caller."""
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


class Said:
    """The members of a request, each judged as it is taken. Members that the contract does not name are ignored."""

    def __init__(self, body: Any) -> None:
        """Raises Unfit when it is no object."""
        if not isinstance(body, dict):
            raise Unfit(400, "The body must be a JSON object.")
        self._body: dict[str, Any] = body

    @property
    def names_client(self) -> bool:
        """Whether a client proves itself here."""
        return "client_id" in self._body or "client_secret" in self._body

    def text(self, name: str, most: int = 4096) -> str:
        """A text of 1 to `most` characters. Raises Unfit."""
        value = self._body.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= most:
            _unfit(name, f"must be a text of 1 to {most} characters")
        return value

    def client_id(self) -> str:
        """As L3 writes ids of clients."""
        value = self.text("client_id", 255)
        if not _CLIENT_ID.fullmatch(value):
            _unfit("client_id", "may hold A-Z, a-z, 0-9, _ and - only")
        return value

    def login(self) -> str:
        """The account of a person."""
        value = self.text("login_user_id", 255)
        if not _LOGIN.fullmatch(value):
            _unfit("login_user_id", "must be 3 to 255 characters of a-z, 0-9, _ . - @")
        return value

    def password(self) -> str:
        """A password as L3 allows them."""
        value = self.text("password", 20)
        classes = (str.isupper, str.islower, str.isdigit, _SIGNS.__contains__)
        if len(value) < 8 or not value.isascii() or not all(any(has(one) for one in value) for has in classes):
            _unfit("password", f"must be 8 to 20 characters with upper and lower case, a digit and one of {_SIGNS}")
        return value


def _unfit(name: str, why: str) -> NoReturn:
    raise Unfit(400, f"{name} {why}.")


Asked = Callable[[Database, Call, Said], Awaitable[dict[str, Any]]]


async def _url(db: Database, call: Call, said: Said) -> dict[str, Any]:
    challenge, redirect_uri = said.text("code_challenge", 128), said.text("redirect_uri", 500)
    if not is_challenge(challenge):
        _unfit("code_challenge", "must be an S256 challenge: 43 characters of base64url")
    client = await identity.may_sign_in(db, said.client_id(), redirect_uri)
    asked = {
        "response_type": "code",
        "client_id": str(client.key_id),
        "redirect_uri": redirect_uri,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return {"url": f"{call.base}/authorize?{urlencode(asked)}"}


async def _code(db: Database, call: Call, said: Said) -> dict[str, Any]:
    code, redirect_uri = said.text("code"), said.text("redirect_uri", 500)
    verifier = said.text("code_verifier", 128)
    client = await client_of(db, call, said)
    return _tokens(await identity.exchange(db, client, code, redirect_uri, verifier, call.address))


async def _refresh(db: Database, call: Call, said: Said) -> dict[str, Any]:
    token = said.text("refresh_token")
    return _tokens(await identity.refresh_for(db, await client_of(db, call, said), token))


async def _revoke(db: Database, call: Call, said: Said) -> dict[str, Any]:
    token = said.text("refresh_token")
    await identity.revoke_for(db, await client_of(db, call, said), token)
    return {"active": False}


async def _alone(db: Database, call: Call, said: Said) -> dict[str, Any]:
    given = await identity.token_alone(db, await client_of(db, call, said))
    return {
        "access_token": given.access_token,
        "expires_in": given.expires_in,
        "token_type": "Bearer",
        "scope": given.scope,
    }


async def _password(db: Database, call: Call, said: Said) -> dict[str, Any]:
    account, password = said.login(), said.password()
    client = await client_of(db, call, said)
    return _tokens(await identity.with_password(db, client, account, password, call.address))


def _tokens(given: Granted) -> dict[str, Any]:
    return {
        "access_token": given.access_token,
        "expires_in": given.expires_in,
        "token_type": "Bearer",
        "not_before_policy": 0,
        "scope": given.scope,
        "refresh_token": given.refresh_token,
        "refresh_expires_in": given.refresh_expires_in,
        "id_token": given.id_token,
    }


async def _introspect(db: Database, call: Call, said: Said) -> dict[str, Any]:
    await _asking(db, call, said)
    info = await identity.introspect(db, said.text("access_token", 1 << 14))
    return {"active": info is not None, "token_info": info}


async def _verify(db: Database, call: Call, said: Said) -> dict[str, Any]:
    await _asking(db, call, said)
    found = await identity.check_api_key(db, said.text("verify_apikey", 256), call.address)
    return {"verify_result": found.known}


async def _asking(db: Database, call: Call, said: Said) -> None:
    """Whether something is good is told to a client that proves itself in the body, or to a key or token of this installation.

    Raises Unfit, ClientRefused, TokenMissing and its kin, AccessSuspended.
    """
    if said.names_client:
        await client_of(db, call, said)
    elif not await has_key(db, call):
        await identity.scope_of_token(db, call.bearer)


async def has_key(db: Database, call: Call) -> bool:
    """Whether an API key that holds stands in the head. Raises TooMany."""
    key = call.headers.get("api-key") or call.headers.get("x-api-key")
    return bool(key) and (await identity.check_api_key(db, key or "", call.address)).address_ok


FLOWS: dict[str, Asked] = {
    "/auth/url": _url,
    "/auth/token": _code,
    "/auth/token/refresh": _refresh,
    "/auth/token/revoke": _revoke,
    "/auth/token/client": _alone,
    "/auth/token/password": _password,
    "/auth/token/introspect": _introspect,
    "/auth/apikey/verify": _verify,
}


async def client_of(db: Database, call: Call, said: Said) -> Client:
    """The client that asks. Raises Unfit, ClientRefused, TooMany."""
    return await identity.authenticate_client(db, said.client_id(), said.text("client_secret", 512), call.address)


async def serve(db: Database, call: Call, flow: Asked) -> Answer:
    """The answer of one flow, whatever happens."""
    try:
        return envelope(200, "", await flow(db, call, await _said(call)))
    except Unfit as unfit:
        return envelope(unfit.status, unfit.detail, None, unfit.headers)
    except TooLarge:
        return envelope(413, "The body is larger than 64 KiB.", None)
    except TooMany as refusal:
        return envelope(429, refusal.sentence("en"), None, {"retry-after": str(refusal.values.get("retry_after", 1))})
    except Refusal as refusal:
        log.info("ods.token_refused", code=refusal.code, track=call.tracking)
        status = 400 if refusal.status == 422 else refusal.status
        return envelope(status, refusal.sentence("en"), None, {"retry-after": "5"} if status == 503 else {})


async def _said(call: Call) -> Said:
    if call.method != "POST":
        raise Unfit(405, "Only POST is served here.", {"allow": "POST"})
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Unfit(415, f"The body must be sent as {JSON}.")
    try:
        return Said(loads(await call.body(_MOST)))
    except NotStrict:
        raise Unfit(400, "The body is not JSON.") from None


def envelope(status: int, detail: str, data: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """One answer of L3. Tokens are never kept on the way (RFC 6749 §5.1)."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "data": data}
    return to_json(status, body, {"cache-control": "no-store", "pragma": "no-cache", **(headers or {})})
