"""What an installation is: where it stands, and what opens that which it keeps sealed."""

from dataclasses import dataclass

from meguri.storage.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation.

    origin  scheme, host and port under which others reach it, no slash at the end; it stands in identifiers and DIDs
    sealer  seals keys at rest
    """

    origin: str
    sealer: Sealer


def installation(origin: str, secret: bytes) -> Installation:
    """The installation at `origin` with the secret of at least 32 bytes."""
    return Installation(origin.rstrip("/"), Sealer(secret))
