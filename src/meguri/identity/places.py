"""From where people sign in, coarse enough to be recognised again: the network of the address, the kind of device."""

from ipaddress import ip_address, ip_network

from meguri.identity.rules import PlaceRule
from meguri.identity.store_proofs import Place

# The first word that is found counts: browsers that build on others name those too.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}
_LONGEST = 60


def place_of(client_address: str, user_agent: str, rule: PlaceRule) -> Place:
    """The place of a sign-in. What is no address (a Unix socket) is one network."""
    return Place(_network(client_address, rule), device_of(user_agent))


def device_of(user_agent: str) -> str:
    """Browser and system in words, without versions, which change every month; for a program its own name."""
    browser = next((name for sign, name in _BROWSERS.items() if sign in user_agent), None)
    system = next((name for sign, name in _SYSTEMS.items() if sign in user_agent), None)
    if browser is None:
        browser = user_agent.partition(" ")[0].partition("/")[0][:_LONGEST] or "—"
    return f"{browser} · {system}" if system else browser


def is_new(place: Place, known: list[Place]) -> bool:
    """Whether the person should be told: the network or the kind of device is new to them. The very first place is not."""
    if not known:
        return False
    return place.network not in {one.network for one in known} or place.device not in {one.device for one in known}


def _network(client_address: str, rule: PlaceRule) -> str:
    try:
        address = ip_address(client_address)
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    prefix = rule.ipv4_prefix if address.version == 4 else rule.ipv6_prefix
    return str(ip_network((int(address), prefix) if address.version == 6 else f"{address}/{prefix}", strict=False))
