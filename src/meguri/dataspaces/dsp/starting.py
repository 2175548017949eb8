"""Starting a transfer as the provider: tokens, and the address where the consumer fetches.

Refresh tokens are made from the participant's key and their number, so that none is stored and the current one can be told again.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta

from meguri.dataspaces.dsp import engine, store, store_tokens
from meguri.dataspaces.dsp.messages import Message
from meguri.dataspaces.dsp.model import Participant, Process
from meguri.dataspaces.dsp.states import Move
from meguri.dataspaces.dsp.terms import HTTP_ENDPOINT, PUSH, TX_AUTH
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import limits
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.proof.multibase import base64url
from meguri.storage import Transaction

PREFIX = "mgt_"
REFRESH_FOR = timedelta(days=400)


def root_of(participant: Participant) -> str:
    """The participant's `<root>`; the test kit knows one participant only, without a tenant's word."""
    return f"{node().url}/dsp" if node().conformance else f"{node().url}/t/{participant.tenant}/dsp"


def base_of(participant: Participant) -> str:
    """The participant's `<base>`: where messages of version 2025-1 go."""
    return f"{root_of(participant)}/2025-1"


def refresh_token(key: bytes, pid: str, generation: int) -> str:
    """The refresh token of this number of a transfer."""
    return PREFIX + base64url(hmac.digest(key, f"{pid}\n{generation}".encode(), hashlib.sha256))


async def access_token(tx: Transaction, scope: OperatorScope, pid: str) -> str:
    """A new token for the data of a transfer."""
    made = PREFIX + secrets.token_urlsafe(32)
    expires = clock.now() + timedelta(seconds=limits().token_ttl_s)
    await store_tokens.add_token(tx, scope, made, pid, expires, refresh=False, generation=0)
    return made


async def started_with(tx: Transaction, scope: OperatorScope, process: Process) -> tuple[Process, Message]:
    """The start message: with an address for pull, without one for push and for a consumer that resumes."""
    participant = await store.participant(tx, scope)
    if participant is None or process.role != "provider" or process.format == PUSH:
        return process, engine.message_of(process, Move.START)
    key = await store.token_key(tx, scope)
    latest = await store_tokens.latest_refresh(tx, scope, process.pid)
    generation = latest + 1
    await store_tokens.retire_refresh(tx, scope, process.pid, latest)  # at most two live
    refresh = refresh_token(key, process.pid, generation)
    await store_tokens.add_token(
        tx, scope, refresh, process.pid, clock.now() + REFRESH_FOR, refresh=True, generation=generation
    )
    root = root_of(participant)
    properties = {
        "authorization": await access_token(tx, scope, process.pid),
        "authType": "bearer",
        TX_AUTH + "refreshToken": refresh,
        TX_AUTH + "refreshEndpoint": f"{root}/token",
        TX_AUTH + "expiresIn": str(limits().token_ttl_s),
    }
    address = {
        "@type": "DataAddress",
        "endpointType": HTTP_ENDPOINT,
        "endpoint": f"{root}/data/{process.pid}",
        "endpointProperties": [
            {"@type": "EndpointProperty", "name": name, "value": value} for name, value in properties.items()
        ],
    }
    return process, engine.message_of(process, Move.START, dataAddress=address)
