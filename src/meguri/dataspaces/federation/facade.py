"""The doors between nodes: links, the inbox, receipts, and messages for those who cannot be called."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from meguri.dataspaces.dsp import store_tokens, token
from meguri.dataspaces.dsp.documents import Document
from meguri.dataspaces.dsp.identity import raw_path
from meguri.dataspaces.federation import linking, receiving, sending, shadows, store
from meguri.dataspaces.federation.errors import LinkNotFound, NotInThisState, TooManyProposals
from meguri.dataspaces.federation.linking import MOVES, SERVICE, common_version, first_key, operator_of
from meguri.dataspaces.federation.receiving import Fault, answer_of
from meguri.dataspaces.federation.store import Link
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import federation
from meguri.dataspaces.strict import NotStrict, loads
from meguri.dataspaces.wire import Answer, Call, TooLarge, to_json
from meguri.jobs.model import system_scope
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.proof import data_integrity, keyring
from meguri.proof.multikey import thumbprint
from meguri.storage import Database, Transaction

log = structlog.get_logger("meguri.federation")


def owns(path: str) -> bool:
    """Whether a path is this façade's."""
    return path.startswith("/federation/v1/")


class Doors:
    """Serves the messages of every company of this node."""

    def __init__(self, db: Database) -> None:
        """Knows nobody yet."""
        self._db = db
        self._linker = linking.Linker(db)

    async def serve(self, call: Call) -> Answer:
        """The answer to one call, whatever happens."""
        try:
            return await self._routed(call)
        except Fault as fault:
            return answer_of(fault)
        except TooLarge:
            return answer_of(Fault(413, "TOO_LARGE"))
        except TooManyProposals:
            return Answer(429, answer_of(Fault(429, "TOO_MANY")).body, {"retry-after": "3600"})
        except (LinkNotFound, NotInThisState):
            return answer_of(Fault(404, "NOT_FOUND"))
        except Refusal as refusal:
            log.warning("federation.refused", code=refusal.code, track=call.tracking)
            answer = answer_of(Fault(503, "BUSY"))
            return Answer(answer.status, answer.body, {"retry-after": "2"})
        except Exception as error:
            log.error("federation.unexpected", track=call.tracking, exc_info=error)
            return answer_of(Fault(500, "INTERNAL"))

    async def _routed(self, call: Call) -> Answer:
        rest = call.segments[2:]
        raw = await call.body(federation().body_bytes) if call.method == "POST" else b""
        receiver, document = await self._proved(call, raw)
        sender = document.did
        scope = system_scope("federation", receiver)
        match (call.method, *rest):
            case ("POST", "links"):
                return await self._proposed(scope, document, raw)
            case ("POST", "links", link_id, word) if word in MOVES:
                link = await self._link_of(scope, sender, parse_uuid(link_id))
                after = await self._db.run(scope, linking.moved, link.link_id, word, True)
                if after.state == "ACTIVE":
                    await shadows.ensure(self._db, after.partner_operator_id, after.peer_name, after.peer_number)
                return to_json(200, {"linkId": str(after.link_id), "state": after.state})
            case ("POST", "inbox"):
                return await self._inbox(scope, document, raw)
            case ("GET", "receipts", message_id):
                return await self._receipt(scope, sender, parse_uuid(message_id))
            case ("GET", "messages"):
                return await self._messages(call, scope, sender)
        raise Fault(404, "NOT_FOUND")

    async def _proved(self, call: Call, raw: bytes) -> tuple[UUID, Document]:
        """(our company that is meant, the caller's document). Whoever proves nothing finds nothing. Raises Fault."""
        try:
            header, payload = token.opened(call.bearer)
            issuer, audience = str(payload.get("iss", "")), str(payload.get("aud", ""))
            receiver = operator_of(audience)
            document = await self._linker.documents.of(issuer, str(header.get("kid", "")))
            claims = token.verify(
                call.bearer,
                document.authentication,
                audience=audience,
                method=call.method,
                url=f"{node().url}{raw_path(call)}",
                raw=raw,
                now=clock.now().timestamp(),
            )
        except token.TokenRefused as refused:
            log.info("federation.unproved", why=str(refused), track=call.tracking)
            raise Fault(404, "NOT_FOUND") from None
        if receiver is None or not await self._db.run(system_scope("federation", receiver), _ours, audience):
            raise Fault(404, "NOT_FOUND")
        scope = system_scope("federation", receiver)
        if not await self._db.run(scope, _first_time, claims.iss, claims.jti, claims.exp):
            raise Fault(404, "NOT_FOUND")
        return receiver, document

    async def _proposed(self, scope: OperatorScope, document: Document, raw: bytes) -> Answer:
        try:
            said: Any = loads(raw)
        except NotStrict:
            raise Fault(400, "SCHEMA_INVALID") from None
        link_id = parse_uuid(str(said.get("linkId", ""))) if isinstance(said, dict) else None
        key, base = first_key(document), document.endpoint(SERVICE)
        ours = operator_of(document.did) is not None and said.get("proposer") == document.did if link_id else False
        if link_id is None or not ours or key is None or not base:
            raise Fault(400, "SCHEMA_INVALID")
        _check_signed(said, document)
        version = common_version(said.get("supported"))
        if version is None:
            rules = federation()
            supported = [{"protocol": rules.protocol, "min": min(rules.versions), "max": max(rules.versions)}]
            raise Fault(409, "VERSION_MISMATCH", supported=supported)
        name = str(said.get("name") or document.did)[:256]
        partner = await self._db.run(scope, shadows.of_party, document.did)
        link = Link(
            operator_id=scope.operator_id,
            link_id=link_id,
            peer_did=document.did,
            peer_base=base,
            peer_name=name,
            partner_operator_id=partner,
            proposed_by_us=False,
            state="PROPOSED",
            we_accept=False,
            they_accept=False,
            our_thumbprint="",
            peer_thumbprint=thumbprint(key),
            version=version,
            peer_number=str(said.get("openOperatorId", ""))[:20],
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        ours, number = await self._db.run(scope, linking.proposed, link)
        return to_json(202, {"linkId": str(link_id), "state": "PROPOSED", "name": ours, "openOperatorId": number})

    async def _link_of(self, scope: OperatorScope, sender: str, link_id: UUID | None) -> Link:
        link = await self._db.run(scope, _link, link_id) if link_id else None
        if link is None or link.peer_did != sender:
            raise Fault(404, "NOT_FOUND")
        return link

    async def _inbox(self, scope: OperatorScope, document: Document, raw: bytes) -> Answer:
        message = receiving.read(raw)
        if message["sender"] != document.did:
            raise Fault(400, "SCHEMA_INVALID", "sender")
        link = await self._link_of(scope, document.did, UUID(message["linkId"]))
        if link.state != "ACTIVE":
            raise Fault(404, "NOT_FOUND")
        if message["receiver"] != await self._db.run(scope, _own_did):
            raise Fault(400, "WRONG_RECEIVER")
        receiving.check_times(message)
        kid = receiving.check_proof(message, document)
        link = await self._db.run(scope, linking.keys_seen, link.link_id, document, kid)
        if link.state != "ACTIVE":
            raise Fault(404, "NOT_FOUND")
        shadow = shadows.scope_of(link.partner_operator_id)
        return await self._db.run(shadow, receiving.accept, link, message, raw, kid, document)

    async def _receipt(self, scope: OperatorScope, sender: str, message_id: UUID | None) -> Answer:
        for link in await self._db.run(scope, _links) if message_id else []:
            if link.peer_did == sender and message_id is not None:
                found = await self._db.run(scope, receiving.receipt_for, link, message_id)
                if found is not None:
                    return to_json(200, found)
        raise Fault(404, "NOT_FOUND")

    async def _messages(self, call: Call, scope: OperatorScope, sender: str) -> Answer:
        """Messages to the caller, for one who cannot be called, or who misses some."""
        link = await self._link_of(scope, sender, parse_uuid(call.value("linkId") or ""))
        if link.state != "ACTIVE":  # what waits for a link to be resumed is not fetched meanwhile
            raise Fault(404, "NOT_FOUND")
        numbers = [call.value(name) for name in ("after", "from", "to", "limit")]
        if any(one is not None and not (one.isascii() and one.isdigit() and len(one) < 18) for one in numbers):
            raise Fault(400, "SCHEMA_INVALID", "after, from, to and limit are numbers")
        after = int(numbers[0] or 0) if numbers[1] is None else int(numbers[1]) - 1
        until = int(numbers[2]) if numbers[2] is not None else 2**62
        rows = min(int(numbers[3] or federation().page), federation().page)
        found = await self._db.run(scope, _to_pull, link, after, until, rows)
        return to_json(200, {"messages": found})


def _check_signed(said: dict[str, Any], document: Document) -> None:
    proofs = data_integrity.proofs_of(said)
    kid = str(proofs[0].get("verificationMethod", "")) if proofs else ""
    key = document.assertion(kid)
    if key is None or not data_integrity.verifies(said, proofs[0], key):  # type: ignore[arg-type]
        raise Fault(400, "PROOF_INVALID")


async def _ours(tx: Transaction, scope: OperatorScope, did: str) -> bool:
    known = await operators.operator_exists(tx, scope, scope.operator_id)
    return known and keyring.did_of(tx.installation.origin, scope.operator_id) == did


async def _own_did(tx: Transaction, scope: OperatorScope) -> str:
    return keyring.did_of(tx.installation.origin, scope.operator_id)


async def _first_time(tx: Transaction, scope: OperatorScope, issuer: str, jti: str, exp: int) -> bool:
    until = datetime.fromtimestamp(exp + token.SKEW_S, UTC)
    return await store_tokens.use_request_token(tx, scope, issuer, jti, until)


async def _link(tx: Transaction, scope: OperatorScope, link_id: UUID) -> Link | None:
    return await store.link(tx, scope.operator_id, link_id)


async def _links(tx: Transaction, scope: OperatorScope) -> list[Link]:
    return await store.links(tx, scope.operator_id)


async def _to_pull(tx: Transaction, scope: OperatorScope, link: Link, after: int, until: int, rows: int) -> list[Any]:
    found = await store.out_page(tx, scope.operator_id, link.link_id, after, until, rows)
    return [msgspec.json.decode((await sending.signed(tx, scope, one, link)).body) for one in found]
