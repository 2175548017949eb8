"""Interfaces of partners that we may call: where they are, with which token, and how the token is renewed."""

from typing import Any
from urllib.parse import urlencode

import msgspec

from meguri.dataspaces.dsp import store
from meguri.dataspaces.dsp.errors import ProcessNotFound
from meguri.dataspaces.dsp.kinds import KINDS
from meguri.dataspaces.dsp.model import Process
from meguri.dataspaces.dsp.offering import taking_part
from meguri.dataspaces.dsp.signing import authorization
from meguri.dataspaces.dsp.states import Kind, Role
from meguri.dataspaces.dsp.terms import TX_AUTH
from meguri.dataspaces.node import node
from meguri.dataspaces.strict import NotStrict, loads
from meguri.jobs.outbound import Refused, Reply, Unreachable
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

MOST_BYTES = 8 << 20


class NotNow(Exception):
    """The partner's interface could not be called just now; a job is tried again."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How an interface is called: the address, and the token for `Authorization: Bearer`."""

    pid: str
    did: str
    endpoint: str
    token: str


async def open_interface(tx: Transaction, scope: OperatorScope, peer_did: str, key: str) -> Process | None:
    """The newest running transfer of a partner's interface of this kind, or None."""
    return await store.open_interface(tx, scope, peer_did, KINDS[key].type_iri)


async def access(db: Database, scope: OperatorScope, pid: str) -> Access:
    """How an interface is called now, with a fresh token. Raises ProcessNotFound, NotNow."""
    process = await db.run(scope, _running, pid)
    return _access(await renewed(db, scope, process))


async def call(db: Database, scope: OperatorScope, pid: str, method: str, path: str, body: bytes = b"") -> Reply:
    """Call below an interface's address; a token that has run out is renewed once. Raises ProcessNotFound, NotNow."""
    process = await db.run(scope, _running, pid)
    reply = await _sent(_access(process), method, path, body)
    if reply.status == 401:
        reply = await _sent(_access(await renewed(db, scope, process)), method, path, body)
    return reply


def _access(process: Process) -> Access:
    address = process.data_address or {}
    token = _properties(address).get("authorization", "")
    return Access(
        pid=process.pid,
        did=process.peer_did,
        endpoint=str(address.get("endpoint", "")).rstrip("/"),
        token=token.removeprefix("Bearer "),
    )


def _properties(address: dict[str, Any]) -> dict[str, str]:
    found = address.get("endpointProperties", ())
    return {str(one.get("name")): str(one.get("value", "")) for one in found if isinstance(one, dict)}


async def _sent(to: Access, method: str, path: str, body: bytes) -> Reply:
    headers = {"authorization": f"Bearer {to.token}", "accept": "application/json"}
    if body:
        headers["content-type"] = "application/json"
    try:
        return await node().outbound.send(
            method, to.endpoint + path, headers=headers, body=body, most_bytes=MOST_BYTES, timeout_s=30
        )
    except (Refused, Unreachable) as error:
        raise NotNow("unreachable") from error


async def renewed(db: Database, scope: OperatorScope, process: Process) -> Process:
    """The transfer with new tokens, if the partner gives some. Raises NotNow."""
    said = _properties(process.data_address or {})
    where, refresh = said.get(TX_AUTH + "refreshEndpoint", ""), said.get(TX_AUTH + "refreshToken", "")
    if not where or not refresh:
        return process
    body = urlencode({"grant_type": "refresh_token", "refresh_token": refresh}).encode()
    proof = await db.run(scope, _proof, process.peer_did, where, body)
    headers = {**proof, "content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    try:
        reply = await node().outbound.send("POST", where, headers=headers, body=body, most_bytes=65_536)
        given = loads(reply.body) if reply.status == 200 else {}
    except (Refused, Unreachable, NotStrict) as error:
        raise NotNow("refresh") from error
    if not isinstance(given, dict) or not isinstance(given.get("access_token"), str):
        raise NotNow("refresh")
    fresh = {"authorization": given["access_token"]}
    if isinstance(given.get("refresh_token"), str):
        fresh[TX_AUTH + "refreshToken"] = given["refresh_token"]
    return await db.run(scope, _keep, process.pid, fresh)


async def _proof(tx: Transaction, scope: OperatorScope, did: str, url: str, body: bytes) -> dict[str, str]:
    return await authorization(tx, scope, await taking_part(tx, scope), did, "POST", url, body)


async def _keep(tx: Transaction, scope: OperatorScope, pid: str, fresh: dict[str, str]) -> Process:
    process = await _running(tx, scope, pid, locked=True)
    address = dict(process.data_address or {})
    address["endpointProperties"] = [
        {**one, "value": fresh.get(str(one.get("name")), one.get("value"))}
        for one in address.get("endpointProperties", ())
    ]
    return await store.update_process(tx, msgspec.structs.replace(process, data_address=address))


async def _running(tx: Transaction, scope: OperatorScope, pid: str, *, locked: bool = False) -> Process:
    """A running transfer of ours as the consumer. Raises ProcessNotFound."""
    found = await store.process(tx, scope, pid, locked=locked)
    mine = found is not None and found.kind is Kind.TRANSFER and found.role is Role.CONSUMER
    if found is None or not mine or found.state != "STARTED" or not found.data_address:
        raise ProcessNotFound
    return found
