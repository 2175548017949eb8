"""What has happened to keys."""

from meguri.kernel.events import Event


class SigningKeyMade(Event, frozen=True, kw_only=True):
    """A company has a new signing key."""

    tag = "proof:key:create"
    kid: str
    multikey: str


class SigningKeyRevoked(Event, frozen=True, kw_only=True):
    """A key is no longer to be believed."""

    tag = "proof:key:revoke"
    kid: str
    reason: str
