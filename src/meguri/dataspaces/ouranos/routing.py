"""Which paths are this façade's, and what each of them is."""

from collections.abc import Callable, Mapping
from enum import Enum, auto

import msgspec

from meguri.dataspaces.ouranos import northbound, southbound
from meguri.dataspaces.ouranos.call import Family
from meguri.dataspaces.ouranos.northbound.certificates import ADDRESS
from meguri.dataspaces.ouranos.profile import Profile

Owned = Callable[[str], bool]
SIGN_IN = ("/auth/login", "/auth/refresh", "/auth/change")
SYSTEMS = "/api/v1/systemAuth/"
TRANSPORT, COMPANIES = "/api/v1/datatransport", "/api/v1/authInfo"
HEALTH = (f"{TRANSPORT}/health", f"{COMPANIES}/health")
ODS = "/ods/"


class Kind(Enum):
    """What stands at a path."""

    HEALTH = auto()
    SIGN_IN = auto()
    SYSTEMS = auto()
    COMPANIES = auto()
    TRANSPORT = auto()
    RESET = auto()
    NORTH = auto()
    FILE = auto()
    SOUTH = auto()
    ODS = auto()
    NOWHERE = auto()


class Place(msgspec.Struct, frozen=True):
    """What stands at a path, in whose form it answers, and the last part of the path where that matters."""

    kind: Kind
    family: Family
    name: str = ""


_FIXED = {
    TRANSPORT: Place(Kind.TRANSPORT, Family.TRANSPORT),
    COMPANIES: Place(Kind.COMPANIES, Family.AUTH),
    "/dataReset": Place(Kind.RESET, Family.AUTH),
    **{path: Place(Kind.SIGN_IN, Family.AUTH, path.removeprefix("/auth/")) for path in SIGN_IN},
    **{path: Place(Kind.HEALTH, Family.TRANSPORT) for path in HEALTH},
    **{f"/{name}": Place(Kind.NORTH, Family.NORTH, name) for name in northbound.NAMES},
}


def place_of(path: str, headers: Mapping[str, str], profile: Profile, owned: Owned) -> Place | None:
    """What stands at `path`, or None if it is not ours.

    owned  whether another contract has a path under `/api/v1/` or `/auth/`
    """
    if path == "/notifications" and not _from_script(headers):
        return None
    fixed = _FIXED.get(path)
    if fixed is not None:
        return fixed
    if path.startswith(ADDRESS):
        return Place(Kind.FILE, Family.NORTH)
    south = f"{profile.south_prefix}/"
    if path.startswith(south):
        name = path.removeprefix(south)
        return Place(Kind.SOUTH, Family.SOUTH, name if name in southbound.NAMES else "")
    if path.startswith(ODS):
        return Place(Kind.ODS, Family.TRANSPORT, path.removeprefix(ODS.rstrip("/")))
    if path.startswith(SYSTEMS):
        return Place(Kind.SYSTEMS, Family.AUTH, path.removeprefix(SYSTEMS))
    if path.startswith(("/api/v1/", "/auth/")) and not owned(path):
        return Place(Kind.NOWHERE, Family.AUTH if path.startswith("/auth/") else Family.TRANSPORT)
    return None


def _from_script(headers: Mapping[str, str]) -> bool:
    """Whether a script asks, or will ask (preflight), and not a person's browser for the page of the same name."""
    announced = headers.get("access-control-request-headers", "").lower()
    return headers.get("x-requested-with", "").lower() == "xhr" or "x-requested-with" in announced
