"""What a verification needs from outside: from our own database for what is ours, else over the net, within limits."""

import time
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.did.documents import document, operator_of, scope_of
from meguri.jobs.outbound import Outbound, Refused, Unreachable
from meguri.kernel.ids import parse_uuid
from meguri.passport.credentials import superseded_by
from meguri.proof import status
from meguri.proof.did import address_of
from meguri.proof.multibase import NotDecodable
from meguri.proof.rules import proof_rules
from meguri.proof.verifying import Gathered, needs_of
from meguri.storage.database import Database

MOST_DOCUMENT = 64 << 10
MOST_LIST = 4 << 20
SECONDS = 5.0
KEPT_S = 300.0
_MOST_KEPT = 512


class Gatherer:
    """Fetches DID documents and status lists; what came over the net is kept for five minutes. One per application."""

    def __init__(self, db: Database, origin: str, outbound: Outbound) -> None:
        """Nothing is fetched yet."""
        self._db, self._origin, self._outbound = db, origin, outbound
        self._kept: dict[str, tuple[float, dict[str, Any] | None]] = {}

    async def gather(self, credential: dict[str, Any]) -> Gathered:
        """All that can be had for this credential; what is missing stays out, and the verification says so."""
        needs = needs_of(credential)
        dids = {one: found for one in needs.dids if (found := await self._did(one)) is not None}
        lists = {one: found for one in needs.lists if (found := await self._list(one)) is not None}
        for one in {issuer for held in lists.values() for issuer in needs_of(held).dids} - dids.keys():
            found = await self._did(one)
            if found is not None:
                dids[one] = found
        return Gathered(dids=dids, lists=lists, superseded_by=await self._successor(str(credential.get("id", ""))))

    async def _did(self, did: str) -> dict[str, Any] | None:
        operator_id = operator_of(did, self._origin)
        if operator_id is not None:
            return await self._db.run(scope_of(operator_id), document)
        try:
            return await self._fetched(address_of(did), MOST_DOCUMENT)
        except NotDecodable:
            return None

    async def _list(self, address: str) -> dict[str, Any] | None:
        own = f"{self._origin}/vc/v1/status/"
        if not address.startswith(own):
            return await self._fetched(address, MOST_LIST)
        parts = address.removeprefix(own).split("/")
        operator_id = parse_uuid(parts[0]) if len(parts) == 4 else None
        if operator_id is None or parts[1] != "bitstring" or not parts[3].isdigit():
            return None
        return await bitstring_list(self._db, operator_id, parts[2], int(parts[3]))

    async def _fetched(self, address: str, most: int) -> dict[str, Any] | None:
        kept = self._kept.get(address)
        if kept is not None and time.monotonic() - kept[0] < KEPT_S:
            return kept[1]
        found = await self._fetch(address, most)
        while len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[address] = (time.monotonic(), found)
        return found

    async def _fetch(self, address: str, most: int) -> dict[str, Any] | None:
        try:
            reply = await self._outbound.send("GET", address, timeout_s=SECONDS, most_bytes=most)
            return msgspec.json.decode(reply.body, type=dict[str, Any]) if reply.status == 200 else None
        except (Refused, Unreachable, msgspec.DecodeError):
            return None

    async def _successor(self, credential_id: str) -> str | None:
        internal = parse_uuid(credential_id.removeprefix("urn:uuid:"))
        if internal is None:
            return None
        version = await self._db.run(scope_of(UUID(int=0)), superseded_by, internal)
        return None if version is None else str(version)


async def gather_over_the_net(outbound: Outbound, credential: dict[str, Any]) -> Gathered:
    """All that can be had over the net alone, for a command without a database."""

    async def fetched(address: str, most: int) -> dict[str, Any] | None:
        try:
            reply = await outbound.send("GET", address, timeout_s=SECONDS, most_bytes=most)
            return msgspec.json.decode(reply.body, type=dict[str, Any]) if reply.status == 200 else None
        except (Refused, Unreachable, msgspec.DecodeError):
            return None

    needs = needs_of(credential)
    dids, lists = {}, {}
    for did in needs.dids:
        try:
            found = await fetched(address_of(did), MOST_DOCUMENT)
        except NotDecodable:
            found = None
        if found is not None:
            dids[did] = found
    for address in needs.lists:
        found = await fetched(address, MOST_LIST)
        if found is not None:
            lists[address] = found
    return Gathered(dids=dids, lists=lists)


async def bitstring_list(db: Database, operator_id: UUID, purpose: str, number: int) -> dict[str, Any] | None:
    """A list of this installation, signed; None when there is none."""
    if purpose not in ("revocation", "suspension") or not 0 < number < 2**31:
        return None
    kind: status.Purpose = "revocation" if purpose == "revocation" else "suspension"
    return await db.run(scope_of(operator_id), status.list_credential, kind, number)


TTL = proof_rules().status.ttl_s
