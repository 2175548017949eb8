"""Who is knocking: request tokens of the profile `MeguriDidJwt`, checked against the caller's DID document.

A refusal says nothing to the caller; why it was refused stands in our own audit, under the answer's tracking id.
"""

from datetime import UTC, datetime
from uuid import UUID

from meguri.dataspaces.dsp import store, store_tokens, token
from meguri.dataspaces.dsp.documents import Documents
from meguri.dataspaces.dsp.events import CallerRefused
from meguri.dataspaces.dsp.model import Caller, Participant
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import conformance
from meguri.dataspaces.wire import Call
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import origin_of
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction


class NotProved(Exception):
    """The caller has not proved who it is."""


class Gatekeeper:
    """Tells who a caller is. One per process: it remembers DID documents for some minutes."""

    def __init__(self, db: Database) -> None:
        """Fetches nothing yet."""
        self._db = db
        self.documents = Documents(db)

    async def caller(self, call: Call, participant: Participant, raw: bytes) -> Caller:
        """Who calls. Raises NotProved."""
        if node().conformance:
            return Caller(did=conformance().counterparty, anyone=True)
        try:
            return await self._proved(call, participant, raw)
        except token.TokenRefused as refused:
            scope = system_scope("dsp", participant.operator_id)
            await self._db.run(scope, _refuse, UUID(call.tracking), str(refused))
            raise NotProved from None

    async def _proved(self, call: Call, participant: Participant, raw: bytes) -> Caller:
        presented = call.bearer
        if not presented:
            raise token.TokenRefused("no token")
        header, payload = token.opened(presented)
        issuer, kid = str(payload.get("iss", "")), str(header.get("kid", ""))
        document = await self.documents.of(issuer, kid)
        claims = token.verify(
            presented,
            document.authentication,
            audience=participant.did,
            method=call.method,
            url=f"{node().url}{raw_path(call)}",
            raw=raw,
            now=clock.now().timestamp(),
        )
        scope = system_scope("dsp", participant.operator_id)
        until = datetime.fromtimestamp(claims.exp + token.SKEW_S, UTC)
        partner, fresh = await self._db.run(scope, _known, claims.iss, claims.jti, until)
        if not fresh:
            raise token.TokenRefused("replayed")
        named = frozenset(origin_of(one) for one in (*document.endpoints, *(partner.origins if partner else ())))
        return Caller(did=claims.iss, origins=named - {""}, partner=partner)


def raw_path(call: Call) -> str:
    """The path as it was sent, still encoded."""
    raw = call.scope.get("raw_path") or call.path.encode()
    return str(raw.split(b"?")[0].decode("latin-1"))


async def _known(tx: Transaction, scope: OperatorScope, did: str, jti: str, until: datetime):  # type: ignore[no-untyped-def]
    return await store.partner(tx, scope, did), await store_tokens.use_request_token(tx, scope, did, jti, until)


async def _refuse(tx: Transaction, scope: OperatorScope, tracking_id: UUID, why: str) -> None:
    await tx.record(CallerRefused(tracking_id=tracking_id, why=why))
