"""How many grievances come from one network in an hour — counted without keeping any address.

An address is shortened to its network (/24, /48), hashed with a key that is drawn anew every hour and kept only in this
process's memory, and counted. After the hour neither the key nor the counts are left.
"""

import hashlib
import hmac
import ipaddress
import secrets
import time

from meguri.diligence.data import rule_data
from meguri.kernel.errors import TooMany

_HOUR = 3600


class NetworkLimit:
    """Counts within the present hour."""

    def __init__(self) -> None:
        self._began = float("-inf")
        self._key = b""
        self._counts: dict[bytes, int] = {}
        self._all = 0

    def take(self, address: str) -> None:
        """Counts one grievance. Raises TooMany."""
        now = time.monotonic()
        if now - self._began >= _HOUR:
            self._began, self._key, self._counts, self._all = now, secrets.token_bytes(32), {}, 0
        rules = rule_data("casework")["grievances"]
        network = hmac.new(self._key, _network(address), hashlib.sha256).digest()
        count = self._counts.get(network, 0)
        if count >= int(rules["per_network_per_hour"]) or self._all >= int(rules["per_hour"]):
            raise TooMany(retry_after=int(_HOUR - (now - self._began)) + 1)
        self._counts[network] = count + 1
        self._all += 1


def _network(address: str) -> bytes:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address.encode()
    return ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False).network_address.packed


LIMIT = NetworkLimit()
