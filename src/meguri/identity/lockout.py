"""Lock-out after failed sign-ins, per (account, client address), so that nobody can lock others out."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network

from meguri.identity.rules import Lockout


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is remembered of one pair: the failures that still count, oldest first, and the end of a lock."""

    failed_at: tuple[datetime, ...] = ()
    locked_until: datetime | None = None


def is_locked(known: Attempts, now: datetime) -> bool:
    """Whether the pair may not sign in just now; the lock ends exactly at `locked_until`."""
    return known.locked_until is not None and now < known.locked_until


def after_failure(known: Attempts, now: datetime, rule: Lockout) -> Attempts:
    """What to remember after one more failure.

    A failure during a lock does not prolong it. The failure that fills the window locks and empties it.
    """
    if is_locked(known, now):
        return known
    counted = (*_within(known.failed_at, now, rule), now)
    if len(counted) >= rule.failures:
        return Attempts((), now + rule.locked)
    return Attempts(counted)


def _within(moments: Sequence[datetime], now: datetime, rule: Lockout) -> tuple[datetime, ...]:
    return tuple(moment for moment in moments if now - moment < rule.window)


def account_key(account: str) -> bytes:
    """Under which an account's failures are kept, whether the account exists or not."""
    return hashlib.sha256(normal_account(account).encode("utf-8", "surrogatepass")).digest()


def normal_account(account: str) -> str:
    """An account name (e-mail address) as it is compared: without outer blanks, in lower case."""
    return account.strip().lower()


def address_key(client_address: str, rule: Lockout) -> str:
    """The address, or for IPv6 its network: one household or host owns a whole network of that length.

    What is no address (a Unix socket) is one address for all.
    """
    try:
        address = ip_address(client_address)
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - the unspecified address, nothing is bound to it
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), rule.ipv6_prefix), strict=False).network_address)
