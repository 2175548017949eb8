"""The JSON-LD file of a passport's page."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from meguri.dataspaces.resolver.making import json_ld
from meguri.kernel.scope import OperatorScope
from meguri.passport import service
from meguri.storage import Transaction
from meguri.web import Db, FromPath
from meguri.web.auth import PUBLIC


async def _document(tx: Transaction, _: OperatorScope, passport_id: UUID) -> Any:
    view = await service.read_public(tx, service.ANONYMOUS, str(passport_id))
    return json_ld(tx, view).document


@get("/passport/{passport_id:uuid}/document.jsonld", opt=PUBLIC, include_in_schema=False)
async def linked_data(db: Db, passport_id: FromPath[UUID]) -> Response[bytes]:
    """The public document as JSON-LD."""
    made = await db.run(service.ANONYMOUS, _document, passport_id)
    headers = {"cache-control": "public, no-cache", "access-control-allow-origin": "*"}
    return Response(msgspec.json.encode(made), media_type="application/ld+json", headers=headers)


handlers: list[HTTPRouteHandler] = [linked_data]
