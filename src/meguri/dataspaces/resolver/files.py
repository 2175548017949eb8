"""Files beside the resolver: what it says of itself, and the JSON-LD of a passport's page."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from meguri.dataspaces.resolver.linkset import CONTEXT, VOC
from meguri.dataspaces.resolver.making import json_ld
from meguri.kernel.scope import OperatorScope
from meguri.passport import service
from meguri.passport.identifiers.gs1 import QUALIFIERS
from meguri.storage import Transaction
from meguri.web import Db, FromPath
from meguri.web.auth import PUBLIC

OPEN = {"access-control-allow-origin": "*", "access-control-allow-methods": "GET, HEAD, OPTIONS"}


@get("/.well-known/gs1resolver", opt=PUBLIC, include_in_schema=False)
async def description(db: Db) -> Response[bytes]:
    """What this resolver resolves, by which GS1 tools know it as one (GS1-Conformant Resolver 3)."""
    said = {
        "name": "Meguri",
        "resolverRoot": db.installation.origin,
        "supportedPrimaryKeys": list(QUALIFIERS),
        "supportedLinkType": [{"namespace": VOC, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "jsonLdContextLocation": CONTEXT,
    }
    headers = {"cache-control": "public, max-age=3600", **OPEN}
    return Response(msgspec.json.encode(said), media_type="application/json", headers=headers)


async def _document(tx: Transaction, _: OperatorScope, passport_id: UUID) -> Any:
    view = await service.read_public(tx, service.ANONYMOUS, str(passport_id))
    return json_ld(tx, view).document


@get("/passport/{passport_id:uuid}/document.jsonld", opt=PUBLIC, include_in_schema=False)
async def linked_data(db: Db, passport_id: FromPath[UUID]) -> Response[bytes]:
    """The public document as JSON-LD."""
    made = await db.run(service.ANONYMOUS, _document, passport_id)
    headers = {"cache-control": "public, no-cache", **OPEN}
    return Response(msgspec.json.encode(made), media_type="application/ld+json", headers=headers)


handlers: list[HTTPRouteHandler] = [description, linked_data]
