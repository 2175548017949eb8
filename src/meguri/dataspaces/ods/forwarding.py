"""Queries of our own people to a partner's metadata: only where a partner's record or identity document says that it is.

Source: Open Data Spaces Protocols, query interface (`target`).
"""

from uuid import UUID

from meguri.dataspaces.dsp import store
from meguri.dataspaces.dsp.documents import Documents
from meguri.dataspaces.dsp.model import Partner
from meguri.dataspaces.dsp.offering import taking_part
from meguri.dataspaces.dsp.signing import authorization
from meguri.dataspaces.dsp.token import TokenRefused
from meguri.dataspaces.node import node
from meguri.dataspaces.ods.querying import Refused
from meguri.dataspaces.rules import ods
from meguri.dataspaces.wire import Answer
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import Refused as NotCalled
from meguri.jobs.outbound import Unreachable, origin_of
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

_TYPES = ("application/sparql-results+json", "application/ld+json", "application/json")
_MOST_BYTES = 8 << 20


async def forward(db: Database, operator_id: UUID, query: str, target: str) -> Answer:
    """The partner's answer as it came. Raises Refused (TARGET_NOT_ALLOWED, TARGET_FAILED)."""
    scope = system_scope("ods", operator_id)
    partner = await _asked(db, scope, target)
    body = query.encode()
    signed = await db.run(scope, _signed, partner.did, target, body)
    headers = {"content-type": "application/sparql-query", "accept": ", ".join(_TYPES), **signed}
    try:
        reply = await node().outbound.send(
            "POST", target, headers=headers, body=body, timeout_s=ods().query_seconds + 5, most_bytes=_MOST_BYTES
        )
    except (NotCalled, Unreachable):
        raise Refused(502, "TARGET_FAILED") from None
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if reply.status != 200 or kind not in _TYPES:
        raise Refused(502, "TARGET_FAILED", f"status {reply.status}")
    more = {name: reply.headers[name] for name in ("x-meguri-truncated",) if name in reply.headers}
    return Answer(200, reply.body, {"cache-control": "no-store", **more}, kind)


async def _asked(db: Database, scope: OperatorScope, target: str) -> Partner:
    """The partner whose endpoint this is. Raises Refused (TARGET_NOT_ALLOWED)."""
    origin = origin_of(target)
    if not origin or not target.removeprefix(origin).endswith("/sparql"):
        raise Refused(400, "TARGET_NOT_ALLOWED")
    documents = Documents(db)
    known = [one for one in await db.run(scope, _partners) if not one.blocked]
    for one in known:
        if origin in {*one.origins, origin_of(one.base_url or "")}:
            return one
    for one in known:  # only then are identity documents asked for
        try:
            document = await documents.of(one.did)
        except TokenRefused:
            continue
        if origin in {origin_of(address) for address in document.endpoints}:
            return one
    raise Refused(400, "TARGET_NOT_ALLOWED")


async def _partners(tx: Transaction, scope: OperatorScope) -> list[Partner]:
    return await store.partners(tx, scope)


async def _signed(tx: Transaction, scope: OperatorScope, did: str, target: str, body: bytes) -> dict[str, str]:
    return await authorization(tx, scope, await taking_part(tx, scope), did, "POST", target, body)
