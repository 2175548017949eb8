"""What a verification needs from outside: from our own database for what is ours, else over the net, within limits."""

import time
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.did.documents import document, operator_of, scope_of
from meguri.jobs.outbound import Outbound, Refused, Unreachable
from meguri.kernel.ids import parse_uuid
from meguri.passport.credentials import later_version, superseded_by
from meguri.proof import status
from meguri.proof.did import address_of
from meguri.proof.multibase import NotDecodable
from meguri.proof.rules import proof_rules
from meguri.proof.verifying import Gathered, needs_of
from meguri.proof.verifying_token import needs_of_token, version_of_token
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
        self._kept: dict[str, tuple[float, bytes | None]] = {}

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

    async def gather_token(self, text: str) -> Gathered:
        """The same for an SD-JWT."""
        needs = needs_of_token(text)
        dids = {one: found for one in needs.dids if (found := await self._did(one)) is not None}
        tokens = {one: held for one in needs.lists if (held := await self._token_list(one)) is not None}
        named = version_of_token(text)
        successor = await self._db.run(scope_of(UUID(int=0)), later_version, *named) if named else None
        return Gathered(dids=dids, tokens=tokens, superseded_by=None if successor is None else str(successor))

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

    async def _token_list(self, address: str) -> str | None:
        own = f"{self._origin}/vc/v1/status/"
        if not address.startswith(own):
            return read_as_token(await self._kept_body(address, MOST_LIST))
        parts = address.removeprefix(own).split("/")
        operator_id = parse_uuid(parts[0]) if len(parts) == 4 and parts[1:3] == ["token", "revocation"] else None
        if operator_id is None or not (parts[3].isascii() and parts[3].isdigit() and 0 < int(parts[3][:10]) < 2**31):
            return None
        return await self._db.run(scope_of(operator_id), status.list_token, int(parts[3]))

    async def _fetched(self, address: str, most: int) -> dict[str, Any] | None:
        return read_as_object(await self._kept_body(address, most))

    async def _kept_body(self, address: str, most: int) -> bytes | None:
        kept = self._kept.get(address)
        if kept is not None and time.monotonic() - kept[0] < KEPT_S:
            return kept[1]
        found = await fetched(self._outbound, address, most)
        while len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[address] = (time.monotonic(), found)
        return found

    async def _successor(self, credential_id: str) -> str | None:
        internal = parse_uuid(credential_id.removeprefix("urn:uuid:"))
        if internal is None:
            return None
        version = await self._db.run(scope_of(UUID(int=0)), superseded_by, internal)
        return None if version is None else str(version)


async def gather_over_the_net(outbound: Outbound, credential: dict[str, Any] | str) -> Gathered:
    """All that can be had over the net alone for a credential or a token, for a command without a database."""
    needs = needs_of_token(credential) if isinstance(credential, str) else needs_of(credential)
    dids: dict[str, dict[str, Any]] = {}
    for did in needs.dids:
        try:
            found = read_as_object(await fetched(outbound, address_of(did), MOST_DOCUMENT))
        except NotDecodable:
            found = None
        if found is not None:
            dids[did] = found
    lists: dict[str, dict[str, Any]] = {}
    tokens: dict[str, str] = {}
    for address in needs.lists:
        body = await fetched(outbound, address, MOST_LIST)
        if isinstance(credential, str):
            if (token := read_as_token(body)) is not None:
                tokens[address] = token
        elif (listed := read_as_object(body)) is not None:
            lists[address] = listed
    return Gathered(dids=dids, lists=lists, tokens=tokens)


async def fetched(outbound: Outbound, address: str, most: int) -> bytes | None:
    """What stands at an address, None when it cannot be had."""
    try:
        reply = await outbound.send("GET", address, timeout_s=SECONDS, most_bytes=most)
    except (Refused, Unreachable):
        return None
    return reply.body if reply.status == 200 else None


def read_as_object(body: bytes | None) -> dict[str, Any] | None:
    """A document that is a JSON object."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any]) if body is not None else None
    except msgspec.DecodeError:
        return None


def read_as_token(body: bytes | None) -> str | None:
    """A token: a line of ASCII."""
    return body.decode("ascii").strip() if body is not None and body.isascii() else None


async def bitstring_list(db: Database, operator_id: UUID, purpose: str, number: int) -> dict[str, Any] | None:
    """A list of this installation, signed; None when there is none."""
    if purpose not in ("revocation", "suspension") or not 0 < number < 2**31:
        return None
    kind: status.Purpose = "revocation" if purpose == "revocation" else "suspension"
    return await db.run(scope_of(operator_id), status.list_credential, kind, number)


TTL = proof_rules().status.ttl_s
