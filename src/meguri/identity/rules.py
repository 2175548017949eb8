"""The limits of signing in, read from `rules/identity.toml`: data that may change without code."""

from datetime import date, timedelta
from functools import cache

import msgspec

from meguri.kernel.shipped import files


class RuleInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rule set this is, and where its figures come from."""

    id: str
    version: str
    status: str
    valid_from: date
    source: str


class Lockout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`failures` within `window_s` seconds lock one (account, client address) pair for `locked_s` seconds."""

    failures: int
    window_s: int
    locked_s: int
    ipv6_prefix: int

    @property
    def window(self) -> timedelta:
        """How far back failures count."""
        return timedelta(seconds=self.window_s)

    @property
    def locked(self) -> timedelta:
        """How long a pair stays locked."""
        return timedelta(seconds=self.locked_s)


class PasswordRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Argon2id parameters (memory in KiB), the bounds of a password, and how many hashes run or wait at once."""

    time_cost: int
    memory_kib: int
    parallelism: int
    hash_bytes: int
    least_characters: int
    most_characters: int
    least_guesses_log10: float
    concurrent_hashes: int
    waiting_hashes: int


class TokenRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Life of access tokens and of the keys that sign them, in seconds."""

    access_ttl_s: int
    clock_skew_s: int
    key_signs_s: int
    key_published_before_s: int


class RefreshRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Life of refresh tokens in seconds: a native one ends when unused, both end at their longest."""

    native_idle_s: int
    native_longest_s: int
    plain_longest_s: int


class SessionRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Life of a page session in seconds, and how often its last use is written down."""

    idle_s: int
    longest_s: int
    seen_every_s: int


class LinkRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Life of one-time links in seconds."""

    first_admin_s: int
    invitation_s: int
    new_password_s: int


class ClientRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Life of an authorization code in seconds."""

    code_s: int


class LimitRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Token buckets: requests per second in the long run, and how many at once."""

    sign_in_per_s: float
    sign_in_burst: float


class SecondStepRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Codes of an authenticator app (RFC 6238): their form, the drift of clocks allowed for, life of a ticket between the two
    steps in seconds, the limit of wrong codes per person, and how many recovery codes are made."""

    digits: int
    period_s: int
    drift_steps: int
    ticket_s: int
    failures: int
    window_s: int
    locked_s: int
    recovery_codes: int

    @property
    def lockout(self) -> Lockout:
        """The limit per person, whatever the address."""
        return Lockout(self.failures, self.window_s, self.locked_s, 64)


class PasskeyRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Life of a challenge in seconds, and how many passkeys a person may have."""

    challenge_s: int
    most: int


class PlaceRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a place stays known, in seconds, and how wide the network of an address is."""

    known_s: int
    ipv4_prefix: int
    ipv6_prefix: int


class ProviderRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Signing in elsewhere, in seconds: the whole round, age of a fresh proof, life of the provider's documents."""

    round_s: int
    fresh_s: int
    document_s: int


class IdentityRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything in `rules/identity.toml`."""

    rule: RuleInfo
    lockout: Lockout
    password: PasswordRule
    token: TokenRule
    refresh: RefreshRule
    session: SessionRule
    link: LinkRule
    client: ClientRule
    limit: LimitRule
    second_step: SecondStepRule
    passkey: PasskeyRule
    place: PlaceRule
    provider: ProviderRule


@cache
def identity_rules() -> IdentityRules:
    """The rules in force."""
    text = files("meguri.rules").joinpath("identity.toml").read_bytes()
    return msgspec.toml.decode(text, type=IdentityRules)
