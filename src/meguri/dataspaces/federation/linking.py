"""How two companies on two nodes come to trust each other: proposal, one code that people compare, consent of both."""

from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.dsp import token
from meguri.dataspaces.dsp.documents import Document, Documents
from meguri.dataspaces.dsp.token import TokenRefused
from meguri.dataspaces.federation import shadows, store
from meguri.dataspaces.federation.codes import link_code
from meguri.dataspaces.federation.errors import (
    LinkNotFound,
    NotInThisState,
    PeerAway,
    TooManyProposals,
    VersionMismatch,
)
from meguri.dataspaces.federation.events import KeysGone, LinkMoved
from meguri.dataspaces.federation.store import Link
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import federation
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import Refused, Reply, Unreachable
from meguri.kernel import clock
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.inbox import notify
from meguri.operators.model import Relation
from meguri.proof import keyring
from meguri.proof.multikey import PublicKey, thumbprint
from meguri.storage import Database, Transaction

SERVICE = "MeguriFederation"
MOVES = {
    "accept": ("PROPOSED", "ACTIVE", "SUSPENDED"),
    "reject": ("PROPOSED",),
    "suspend": ("ACTIVE",),
    "resume": ("SUSPENDED",),
    "end": ("PROPOSED", "ACTIVE", "SUSPENDED"),
}


def operator_of(did: str) -> UUID | None:
    """The company's id, which its DID ends with."""
    return parse_uuid(did.rpartition(":")[2])


def first_key(document: Document) -> PublicKey | None:
    """The key with which a party proves its requests."""
    listed = document.body.get("authentication", ())
    return next((key for one in listed if isinstance(one, str) and (key := document.authentication(one))), None)


def code_of(link: Link) -> str:
    """What both sides see and compare."""
    return link_code(link.our_thumbprint, link.peer_thumbprint, str(link.link_id))


class Linker:
    """Proposes, and tells the other side what our people decided."""

    def __init__(self, db: Database) -> None:
        """Talks to nobody yet."""
        self._db = db
        self.documents = Documents(db)

    async def propose(self, scope: OperatorScope, peer_did: str) -> Link:
        """Ask a company on another node for a link. Raises PeerAway, VersionMismatch."""
        document = await self._document(peer_did)
        base, key = document.endpoint(SERVICE), first_key(document)
        if not base or key is None or operator_of(peer_did) is None:
            raise PeerAway
        partner = await self._db.run(scope, shadows.of_party, peer_did)
        link_id = new_id()
        body, ours = await self._db.run(scope, _proposal, link_id)
        reply = await self.call(scope, peer_did, "POST", f"{base}/links", body)
        if reply.status == 409:
            raise VersionMismatch
        if reply.status != 202:
            raise PeerAway
        said = msgspec.json.decode(reply.body)
        link = Link(
            operator_id=scope.operator_id,
            link_id=link_id,
            peer_did=peer_did,
            peer_base=base,
            peer_name=str(said.get("name", peer_did))[:256],
            partner_operator_id=partner,
            proposed_by_us=True,
            state="PROPOSED",
            we_accept=False,
            they_accept=False,
            our_thumbprint=ours,
            peer_thumbprint=thumbprint(key),
            version=1,
            peer_number=str(said.get("openOperatorId", ""))[:20],
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        await self._db.run(scope, _keep, link)
        return link

    async def move(self, scope: OperatorScope, link_id: UUID, word: str) -> Link:
        """Our people's decision, told to the other side. Raises LinkNotFound, NotInThisState, PeerAway."""
        if word == "accept":  # from now on the partner's messages may act here
            known = await self._db.run(scope, _linked, link_id)
            await shadows.ensure(self._db, known.partner_operator_id, known.peer_name, known.peer_number)
        link = await self._db.run(scope, moved, link_id, word, False)
        reply = await self.call(scope, link.peer_did, "POST", f"{link.peer_base}/links/{link_id}/{word}", b"{}")
        if reply.status not in (200, 404):
            raise PeerAway
        return link

    async def call(self, scope: OperatorScope, peer_did: str, method: str, url: str, body: bytes) -> Reply:
        """A request that proves who asks. Raises PeerAway."""
        headers = await self._db.run(scope, _signed, peer_did, method, url, body)
        try:
            sent = {"content-type": "application/json", "accept": "application/json", **headers}
            return await node().outbound.send(method, url, headers=sent, body=body)
        except (Refused, Unreachable) as error:
            raise PeerAway from error

    async def _document(self, did: str) -> Document:
        try:
            return await self.documents.of(did)
        except TokenRefused as error:
            raise PeerAway from error


async def _signed(
    tx: Transaction, scope: OperatorScope, audience: str, method: str, url: str, body: bytes
) -> dict[str, str]:
    signer = await keyring.signer(tx, scope)
    now = int(clock.now().timestamp())
    made = token.issue(signer.key, signer.method, signer.did, audience, method, url, body, now)
    return {"authorization": f"Bearer {made}"}


async def _proposal(tx: Transaction, scope: OperatorScope, link_id: UUID) -> tuple[bytes, str]:
    signer = await keyring.signer(tx, scope)
    company = await operators.own(tx, scope)
    rules = federation()
    said = {
        "linkId": str(link_id),
        "proposer": signer.did,
        "name": company.name,
        "openOperatorId": company.open_operator_id,
        "globalOperatorId": company.global_operator_id,
        "supported": [{"protocol": rules.protocol, "min": min(rules.versions), "max": max(rules.versions)}],
        "capabilities": ["trade", "cfp"],
    }
    bare = {name: value for name, value in said.items() if value is not None}
    return msgspec.json.encode(signer.sign(bare)), thumbprint(signer.key.public_key())


async def _linked(tx: Transaction, scope: OperatorScope, link_id: UUID) -> Link:
    found = await store.link(tx, scope.operator_id, link_id)
    if found is None:
        raise LinkNotFound
    return found


async def _keep(tx: Transaction, scope: OperatorScope, link: Link) -> None:
    if await store.add_link(tx, link):
        await tx.record(LinkMoved(link_id=link.link_id, peer_did=link.peer_did, state="PROPOSED"))


def common_version(supported: Any) -> int | None:
    """The highest version that both sides speak; None: there is none."""
    rules = federation()
    best: int | None = None
    for one in supported if isinstance(supported, list) else ():
        if not isinstance(one, dict) or one.get("protocol") != rules.protocol:
            continue
        low, high = one.get("min"), one.get("max")
        if isinstance(low, int) and isinstance(high, int):
            fitting = [version for version in rules.versions if low <= version <= high]
            best = max([*fitting, *([best] if best else [])], default=None)
    return best


async def proposed(tx: Transaction, scope: OperatorScope, link: Link) -> tuple[str, str]:
    """A proposal that came: kept until our people decide. (our name, our public number).

    Raises TooManyProposals.
    """
    waiting, theirs = await store.proposals(tx, scope.operator_id, link.peer_did)
    rules = federation()
    again = await store.link(tx, scope.operator_id, link.link_id) is not None
    if not again and (waiting >= rules.most_proposals or theirs >= rules.most_proposals_of_one):
        raise TooManyProposals
    signer = await keyring.signer(tx, scope)
    link = msgspec.structs.replace(link, our_thumbprint=thumbprint(signer.key.public_key()))
    await _keep(tx, scope, link)
    company = await operators.own(tx, scope)
    return company.name, company.open_operator_id


async def moved(tx: Transaction, scope: OperatorScope, link_id: UUID, word: str, by_peer: bool) -> Link:
    """The link after a decision of ours, or of the other side; again changes nothing.

    Raises LinkNotFound, NotInThisState.
    """
    link = await _linked(tx, scope, link_id)
    after = _after(link, word, by_peer=by_peer)
    if after == link:
        return link
    foreign = word == "resume" and (link.suspended_by == "peer") is not by_peer
    if link.state not in MOVES[word] or foreign:
        raise NotInThisState(state=link.state)
    await store.move_link(tx, after)
    if after.state != link.state:
        await tx.record(LinkMoved(link_id=link_id, peer_did=link.peer_did, state=after.state))
    return after


def _after(link: Link, word: str, *, by_peer: bool) -> Link:
    if word == "accept":
        agreed = msgspec.structs.replace(
            link, we_accept=link.we_accept or not by_peer, they_accept=link.they_accept or by_peer
        )
        both = agreed.we_accept and agreed.they_accept and link.state == "PROPOSED"
        return msgspec.structs.replace(agreed, state="ACTIVE") if both else agreed
    state = {"reject": "REJECTED", "suspend": "SUSPENDED", "resume": "ACTIVE", "end": "ENDED"}[word]
    by = link.suspended_by
    if word == "suspend" and link.state == "ACTIVE":
        by = "peer" if by_peer else "us"
    elif word == "suspend" and not by_peer:
        by = "us"
    return msgspec.structs.replace(link, state=state, suspended_by=by if state == "SUSPENDED" else None)


async def keys_seen(tx: Transaction, scope: OperatorScope, link_id: UUID, document: Document, kid: str) -> Link:
    """The link, in the light of the key that has signed and of those that the partner's document has now.

    A key that was replaced stays there for what it signed; one that is gone was revoked. If the key that our people have
    compared is gone, or one that we relied on, the link is suspended until they have compared the codes again. Raises LinkNotFound.
    """
    link, key = await _linked(tx, scope, link_id), document.assertion(kid)
    if key is None or link.state != "ACTIVE" or thumbprint(key) == link.peer_thumbprint:
        return link
    await store.move_link(tx, msgspec.structs.replace(link, peer_thumbprint=thumbprint(key)))
    return await _compared(tx, scope, link, document, thumbprint(key))


async def keys_now(tx: Transaction, scope: OperatorScope, link_id: UUID, document: Document) -> Link:
    """The link, in the light of the partner's document alone: looked at now and then, so that a key that was revoked is
    known before its owner sends anything. Raises LinkNotFound."""
    link = await _linked(tx, scope, link_id)
    if link.peer_thumbprint in {thumbprint(one) for one in document.keys}:
        return await _compared(tx, scope, link, document, link.peer_thumbprint)
    signs = document.signs_now  # what our people compare next
    return await _compared(tx, scope, link, document, thumbprint(signs) if signs else link.peer_thumbprint)


async def _compared(tx: Transaction, scope: OperatorScope, link: Link, document: Document, compared: str) -> Link:
    """Mark what came under keys that are gone; suspend the link for it, or for the key that our people have compared."""
    gone = [one for one in await store.kids_in(tx, scope.operator_id, link.link_id) if document.assertion(one) is None]
    marked = await store.mark_gone(tx, scope.operator_id, link.link_id, gone) if gone else 0
    if marked:
        await tx.record(KeysGone(link_id=link.link_id, peer_did=link.peer_did, kids=sorted(gone), messages=marked))
        await notify(tx, scope.operator_id, "FED_KEY_GONE", link.partner_operator_id, _about(scope, link))
    after = msgspec.structs.replace(link, peer_thumbprint=compared)
    lost = bool(marked) or link.peer_thumbprint not in {thumbprint(one) for one in document.keys}
    if link.state == "ACTIVE" and lost:
        after = msgspec.structs.replace(after, state="SUSPENDED", suspended_by="key")
        await tx.record(LinkMoved(link_id=link.link_id, peer_did=link.peer_did, state=after.state))
        await store.move_link(tx, after)
    return after


def _about(scope: OperatorScope, link: Link) -> Relation:
    return Relation(
        trade_id=link.link_id,
        request_id=link.link_id,
        downstream_operator_id=scope.operator_id,
        upstream_operator_id=link.partner_operator_id,
        downstream_trace_id=link.link_id,
    )


async def look_at_keys(db: Database) -> None:
    """Look at the documents of all partners; whoever cannot be asked now is asked next time."""
    documents = Documents(db)
    for operator_id, link_id, did in await db.run(system_scope("federation"), _watched):
        try:
            document = await documents.of(did)
        except TokenRefused:
            continue
        await db.run(system_scope("federation", operator_id), keys_now, link_id, document)


async def _watched(tx: Transaction, _: OperatorScope) -> list[tuple[UUID, UUID, str]]:
    return await store.watched(tx)
