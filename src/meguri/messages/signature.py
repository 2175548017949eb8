"""Signatures of webhooks after the Standard Webhooks scheme 1.0.0 (symmetric, `v1`).

The signature is HMAC-SHA-256 over `id.timestamp.body` with the decoded secret; receivers compare it in constant time and
refuse timestamps more than five minutes off, so that a message that was caught cannot be played again.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A signing secret as receivers' libraries take it: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def sign(secret: str, message_id: str, sent_at: datetime, body: bytes) -> str:
    """The value of the header `webhook-signature`."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{int(sent_at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def headers(secret: str, message_id: str, sent_at: datetime, body: bytes) -> Mapping[str, str]:
    """Everything that a receiver needs to check the message. The id is the same at every try: receivers key by it."""
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": sign(secret, message_id, sent_at, body),
    }
