"""What partners read: only what is shared with them."""

from typing import Any

import msgspec

from meguri.dataspaces.pact import store
from meguri.dataspaces.pact.credentials import Client
from meguri.dataspaces.pact.errors import AccessDenied, NotFoundHere
from meguri.dataspaces.pact.filters import Listing
from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import encode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

_NOT_FOUND = "The specified footprint does not exist"


async def list_for(
    tx: Transaction, scope: OperatorScope, client: Client, listing: Listing
) -> tuple[list[dict[str, Any]], str | None]:
    """(footprints, cursor of the rest or None) that the partner may read and asked for; none for a limit of 0."""
    if listing.limit == 0:
        return [], None
    one_more = msgspec.structs.replace(listing, limit=listing.limit + 1)
    rows = await store.listed(tx, scope, client.partner_id, one_more)
    shown = rows[: listing.limit]
    rest = encode_cursor(shown[-1][1].isoformat(), str(shown[-1][0])) if len(rows) > listing.limit else None
    return [row[2] for row in shown], rest


async def read_for(tx: Transaction, scope: OperatorScope, client: Client, footprint_id: str) -> dict[str, Any]:
    """One footprint, deprecated ones too. Raises NotFoundHere; AccessDenied where the company chose to say so."""
    wanted = parse_uuid(footprint_id)
    found = await store.readable(tx, scope, client.partner_id, wanted) if wanted else None
    if found is None:
        raise NotFoundHere(_NOT_FOUND)
    body, may_read = found
    if not may_read:
        partner = await store.partner(tx, scope, client.partner_id)
        raise AccessDenied("Access denied") if partner and partner.says_denied else NotFoundHere(_NOT_FOUND)
    return body
