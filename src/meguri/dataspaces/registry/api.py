"""The stand-in's own door, as the registry is described, and how one's own registrations stand."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from meguri.dataspaces.dpp import answers
from meguri.dataspaces.registry import service
from meguri.dataspaces.registry.bindings import StandIn
from meguri.dataspaces.registry.checks import problems_of
from meguri.dataspaces.registry.errors import EntryRejected
from meguri.dataspaces.registry.model import Entry, Problem
from meguri.dataspaces.registry.service import RegistrationOut
from meguri.kernel.errors import Refusal
from meguri.kernel.text import language_of
from meguri.passport.api.asking import named
from meguri.passport.errors import AuthenticationRequired, DppNotFound
from meguri.passport.strict_json import decoded
from meguri.storage import Database
from meguri.web import Asking, Db, FromPath, Unit, refusals, signed_in
from meguri.web.auth import PUBLIC

AnyRequest = Request[Any, Any, Any]
_OTHER_NAMES = {
    "upi": "uniqueProductIdentifier",
    "reoId": "uniqueEconomicOperatorIdentifier",
    "liveURL": "liveUrl",
    "backupURL": "backupUrl",
    "facilitiesId": "facilityIds",
    "granularityLevel": "granularity",
}
"""Names of the CIRPASS-2 trial registry."""
_UNSAID = Problem(
    "deactivated", "DEACTIVATED_MISSING", "個体には deactivated が必要です。", "An item says `deactivated`."
)
"""That registry wants it of every item, and of nothing else."""


@post("/v1/registerDPP", opt=PUBLIC, status_code=201, include_in_schema=False)
async def register(request: AnyRequest, db: Db, principal: Asking) -> Response[Any]:
    """Register a passport with the local stand-in (EN 18222 clause 5)."""
    return await _answered(request, db, principal, lambda said, _: {"registrationId": said})


@post("/metadata/v1/registerDPP", opt=PUBLIC, status_code=201, include_in_schema=False)
async def register_metadata(request: AnyRequest, db: Db, principal: Asking) -> Response[Any]:
    """The same in the words of the CIRPASS-2 trial registry."""
    return await _answered(request, db, principal, lambda said, body: {"registryId": said, "metadata": body})


async def _answered(request: AnyRequest, db: Database, principal: Any, shown: Any) -> Response[Any]:
    language = language_of(request.headers.get("accept-language") or "en")
    track = str(request.scope.get("state", {}).get("tracking_id", ""))
    try:
        if principal.scope is None:
            raise (
                principal.refusal
                if principal.refusal is not None and principal.kind != "nobody"
                else AuthenticationRequired()
            )
        body = decoded(await request.body())
        entry = _entry(body, db.installation.origin)
        if "granularityLevel" in body and entry.granularity == "item" and entry.deactivated is None:
            raise EntryRejected([_UNSAID, *(one for one in problems_of(entry) if not one.warning)])
        said = await StandIn(db).register(entry)
    except Refusal as refusal:
        told = answers.told(answers.refused(refusal, language, track), basyx=False)
        if isinstance(refusal, EntryRejected):
            told["checks"] = [msgspec.to_builtins(one) for one in refusal.problems]
        return _json(told, answers.status_of(refusal))
    return _json(shown(said.registration_id, body), 201)


def _json(content: Any, status: int) -> Response[Any]:
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json")


def _entry(body: Any, origin: str) -> Entry:
    """An entry in either set of names. Raises EntryRejected."""
    if isinstance(body, dict):
        said = {_OTHER_NAMES.get(name, name): value for name, value in body.items()}
        said["granularity"] = str(said.get("granularity", "item")).lower()
        facilities = said.get("facilityIds", [])
        said["facilityIds"] = facilities if isinstance(facilities, list) else [facilities]
        product = said.get("uniqueProductIdentifier", "")
        said.setdefault("digitalProductPassportId", product)
        said.setdefault("liveUrl", product)
        said.setdefault("dppApiEndpoint", f"{origin}/v1")
        said.setdefault("versionHash", "")
        try:
            return msgspec.convert(said, Entry)
        except msgspec.ValidationError as wrong:
            raise EntryRejected([Problem("", "INVALID_ENTRY", str(wrong), str(wrong))]) from None
    raise EntryRejected([Problem("", "INVALID_ENTRY", "オブジェクトを指定してください。", "An object is needed.")])


@get(
    "/api/v1/passports/{identifier:str}/registration",
    guards=[signed_in],
    responses=refusals(DppNotFound),
)
async def registration(unit: Unit, identifier: FromPath[str]) -> RegistrationOut:
    """How an own passport's registration stands, with a fresh proof when it is registered."""
    found = await unit(service.registration, named(identifier))
    if found.state == "registered" and found.registration_id:
        proof = await StandIn(unit.db).proof(found.registration_id)
        return msgspec.structs.replace(found, proof=proof)
    return found


handlers: list[HTTPRouteHandler] = [register, register_metadata, registration]
