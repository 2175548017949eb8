"""What an installation is: where it stands, and what opens that which it keeps sealed."""

from dataclasses import dataclass

from meguri.storage.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation.

    origin          scheme, host and port under which others reach it, no slash at the end; it stands in identifiers and DIDs
    sealer          seals keys at rest
    smtp_url        the mail server, `smtp[s]://[user:password@]host[:port]`; None: no mail is sent
    mail_from       the sender of mails
    loopback_peers  origins besides public https addresses that may be called
    anywhere        whether every address may be called (conformance tests only)
    name_matcher    where names are matched besides the lists loaded here, `http[s]://host[:port]/match/<dataset>`; None: nowhere
    """

    origin: str
    sealer: Sealer
    smtp_url: str | None = None
    mail_from: str | None = None
    loopback_peers: tuple[str, ...] = ()
    anywhere: bool = False
    name_matcher: str | None = None


def installation(origin: str, secret: bytes) -> Installation:
    """The installation at `origin` with the secret of at least 32 bytes."""
    return Installation(origin.rstrip("/"), Sealer(secret))
