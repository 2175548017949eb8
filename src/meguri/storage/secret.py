"""The installation's own secret, which seals keys and the like at rest; it never leaves the installation."""

import os
import secrets
from hashlib import sha256
from pathlib import Path

NAME = "secret.key"


def installation_secret(folder: Path, given: str | None) -> bytes:
    """32 bytes: made from the setting `secret_key` if it is given, else kept in the data folder with mode 600."""
    if given is not None:
        return sha256(b"meguri secret_key\0" + given.encode()).digest()
    path = folder / NAME
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text().strip())
    secret = secrets.token_bytes(32)
    with os.fdopen(handle, "w") as sink:
        sink.write(secret.hex() + "\n")
        sink.flush()
        os.fsync(sink.fileno())
    return secret
