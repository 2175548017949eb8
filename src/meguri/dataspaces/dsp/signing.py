"""What we sign ourselves: request tokens and payloads, with the key of the company's DID."""

from typing import Any

from meguri.dataspaces.dsp import token
from meguri.dataspaces.dsp.model import Participant
from meguri.dataspaces.node import node
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.proof import keyring
from meguri.storage import Transaction


async def authorization(
    tx: Transaction, scope: OperatorScope, participant: Participant, audience: str, method: str, url: str, body: bytes
) -> dict[str, str]:
    """The header that proves to `audience` who asks for exactly this."""
    if node().conformance:
        return {"authorization": f"Bearer {participant.did}"}
    signer = await keyring.signer(tx, scope)
    now = int(clock.now().timestamp())
    made = token.issue(signer.key, signer.method, participant.did, audience, method, url, body, now)
    return {"authorization": f"Bearer {made}"}


async def payload_proof(tx: Transaction, scope: OperatorScope, bare: dict[str, Any]) -> dict[str, Any]:
    """The payload with our proof (eddsa-jcs-2022), so that whoever has it can show later what it was given."""
    return (await keyring.signer(tx, scope)).sign(bare)
