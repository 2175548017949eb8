"""Public documents of who signs here, verification for everyone, and the keys of one's own company."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from meguri.dataspaces.did.documents import document, key_history, scope_of
from meguri.dataspaces.did.gathering import TTL, Gatherer, bitstring_list
from meguri.dataspaces.did.verification import Answered, verify_content
from meguri.dataspaces.dpp import answers
from meguri.dataspaces.exchange.errors import NotReadable
from meguri.jobs.outbound import Outbound, Reach
from meguri.kernel.errors import NotFound
from meguri.kernel.text import language_of
from meguri.passport.credentials.document import CONTEXT_PATH, context
from meguri.passport.credentials.holding import VCT_PATH
from meguri.passport.kinds import battery
from meguri.proof import keyring, status
from meguri.proof.errors import KeyWaiting, UnknownKey
from meguri.proof.store import StoredKey
from meguri.storage.audit import PLATFORM
from meguri.storage.database import Database
from meguri.web import Db, FromPath, Json, Unit, refusals, signed_in
from meguri.web.auth import PUBLIC, freshly_proved

AnyRequest = Request[Any, Any, Any]
DID, VC, LD = "application/did+ld+json", "application/vc+ld+json", "application/ld+json"


def _served(content: Any, media_type: str = "application/json", seconds: int = 600) -> Response[Any]:
    headers = {"cache-control": f"public, max-age={seconds}", "access-control-allow-origin": "*"}
    return Response(msgspec.json.encode(content), media_type=media_type, headers=headers)


def _found(content: Any, media_type: str = "application/json", seconds: int = 600) -> Response[Any]:
    if content is None:
        raise NotFound
    return _served(content, media_type, seconds)


@get("/.well-known/did.json", opt=PUBLIC, include_in_schema=False)
async def own_document(db: Db) -> Response[Any]:
    """The DID document of the platform itself."""
    return _found(await db.run(scope_of(PLATFORM), document), DID)


@get("/operators/{operator_id:uuid}/did.json", opt=PUBLIC, include_in_schema=False)
async def company_document(db: Db, operator_id: FromPath[UUID]) -> Response[Any]:
    """The DID document of a company."""
    return _found(await db.run(scope_of(operator_id), document), DID)


@get("/.well-known/meguri-key-history.json", opt=PUBLIC, include_in_schema=False)
async def own_history(db: Db) -> Response[Any]:
    """All keys of the platform with their times, signed."""
    return _served(await db.run(scope_of(PLATFORM), key_history))


@get("/operators/{operator_id:uuid}/key-history.json", opt=PUBLIC, include_in_schema=False)
async def company_history(db: Db, operator_id: FromPath[UUID]) -> Response[Any]:
    """All keys of a company with their times, signed."""
    if await db.run(scope_of(operator_id), document) is None:
        raise NotFound
    return _served(await db.run(scope_of(operator_id), key_history))


@get("/vc/v1/status/{operator_id:uuid}/bitstring/{purpose:str}/{number:int}", opt=PUBLIC, include_in_schema=False)
async def bitstring(
    db: Db, operator_id: FromPath[UUID], purpose: FromPath[str], number: FromPath[int]
) -> Response[Any]:
    """A Bitstring status list."""
    return _found(await bitstring_list(db, operator_id, purpose, number), VC, TTL)


@get("/vc/v1/status/{operator_id:uuid}/token/revocation/{number:int}", opt=PUBLIC, include_in_schema=False)
async def token_list(db: Db, operator_id: FromPath[UUID], number: FromPath[int]) -> Response[Any]:
    """A token status list."""
    found = await db.run(scope_of(operator_id), status.list_token, number) if 0 < number < 2**31 else None
    if found is None:
        raise NotFound
    headers = {"cache-control": f"public, max-age={TTL}", "access-control-allow-origin": "*"}
    return Response(found.encode(), media_type="application/statuslist+jwt", headers=headers)


def origin_of(request: AnyRequest) -> str:
    """Where this installation stands: the setting, else as the request came."""
    return str(request.app.state.get("public_url") or str(request.base_url)).rstrip("/")


@get(CONTEXT_PATH, opt=PUBLIC, include_in_schema=False)
async def passport_context(request: AnyRequest) -> Response[Any]:
    """The JSON-LD context of passport credentials."""
    terms = {key: f"urn:meguri:dict:{key}" for key in battery().attributes}
    return _served(context(origin_of(request), terms), LD, 86400)


@get(VCT_PATH, opt=PUBLIC, include_in_schema=False)
async def token_type(request: AnyRequest) -> Response[Any]:
    """The type of our SD-JWT credentials (SD-JWT VC type metadata)."""
    claims = [
        {"path": [key], "display": [{"lang": "ja", "label": one.name.ja}, {"lang": "en", "label": one.name.en}]}
        for key, one in battery().attributes.items()
    ]
    return _served(
        {"vct": f"{origin_of(request)}{VCT_PATH}", "name": "Battery passport", "claims": claims}, seconds=86400
    )


def gatherer_of(request: AnyRequest, db: Database) -> Gatherer:
    """The application's gatherer, made on first use."""
    state = request.app.state
    if "credential_gatherer" not in state:
        peers = state.get("reach") or Reach()
        state["credential_gatherer"] = Gatherer(db, db.installation.origin, Outbound(peers))
    gatherer: Gatherer = state["credential_gatherer"]
    return gatherer


async def _verified(request: AnyRequest, db: Database) -> Response[Any]:
    language = language_of(request.headers.get("accept-language") or "en")
    try:
        told: Any = await verify_content(gatherer_of(request, db), await request.body(), language)
    except NotReadable as refusal:
        track = str(request.scope.get("state", {}).get("tracking_id", ""))
        refused = answers.refused(refusal, language, track)
        return Response(
            msgspec.json.encode(answers.told(refused, basyx=False)), status_code=400, media_type="application/json"
        )
    return Response(msgspec.json.encode(told), media_type="application/json", headers={"cache-control": "no-store"})


@post("/v1/verify", opt=PUBLIC, status_code=200, responses={200: ResponseSpec(Answered)})
async def verify_credential(request: AnyRequest, db: Db) -> Response[Any]:
    """Verify a credential of Meguri or of anyone: free, unlimited, without account."""
    return await _verified(request, db)


@post("/vc/v1/verify", opt=PUBLIC, status_code=200, include_in_schema=False)
async def verify_alias(request: AnyRequest, db: Db) -> Response[Any]:
    """The same under another name."""
    return await _verified(request, db)


class KeyOut(msgspec.Struct, frozen=True, kw_only=True):
    """A signing key as its company sees it."""

    kid: str
    algorithm: str
    public_key: str
    signs_from: datetime
    replaced_at: datetime | None
    revoked_at: datetime | None
    revoked_reason: str | None


class KeysOut(msgspec.Struct, frozen=True, kw_only=True):
    """All signing keys of a company, oldest first."""

    did: str
    items: list[KeyOut]


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a key is no longer to be believed."""

    reason: str


def _shown(key: StoredKey) -> KeyOut:
    return KeyOut(
        kid=key.kid,
        algorithm=key.algorithm,
        public_key=key.multikey,
        signs_from=key.signs_from,
        replaced_at=key.replaced_at,
        revoked_at=key.revoked_at,
        revoked_reason=key.revoked_reason,
    )


@get("/signing-keys", guards=[signed_in])
async def signing_keys(unit: Unit) -> KeysOut:
    """The company's signing keys."""
    async with unit.db.transaction(unit.scope) as tx:
        found = await keyring.keys(tx, unit.scope.operator_id)
        return KeysOut(
            did=keyring.did_of(tx.installation.origin, unit.scope.operator_id), items=[_shown(key) for key in found]
        )


@post("/signing-keys", guards=[freshly_proved], status_code=201, responses=refusals(KeyWaiting))
async def new_signing_key(unit: Unit) -> KeyOut:
    """A new signing key: published now, signing from tomorrow."""
    return await unit.answering(_shown)(keyring.rotate)


@post("/signing-keys/{kid:str}/revoke", guards=[freshly_proved], status_code=204, responses=refusals(UnknownKey))
async def revoke_signing_key(unit: Unit, kid: FromPath[str], data: Json[Revocation]) -> None:
    """Take back a key that may be in other hands: nothing that it signed is believed any more."""
    await unit(keyring.revoke, kid, data.reason)


handlers: list[HTTPRouteHandler | Router] = [
    own_document,
    company_document,
    own_history,
    company_history,
    bitstring,
    token_list,
    passport_context,
    token_type,
    verify_credential,
    verify_alias,
    Router("/api/v1", route_handlers=[signing_keys, new_signing_key, revoke_signing_key], tags=["signing keys"]),
]
