"""The way out to systems that companies here take part in: public https, and what this installation's operator allows by name."""

import asyncio
from weakref import WeakKeyDictionary

from meguri.footprint.certificates import Certificates
from meguri.jobs.outbound import Outbound, Reach, check_address, origin_of
from meguri.settings import Profile, Settings, load
from meguri.storage import Database
from meguri.storage.files import FolderStore

_settings: list[Settings] = []
_ways: WeakKeyDictionary[asyncio.AbstractEventLoop, Outbound] = WeakKeyDictionary()


def use(settings: Settings) -> None:
    """This process is a part of the installation of these settings."""
    _settings[:] = [settings]
    _ways.clear()


def _known() -> Settings:
    if not _settings:
        use(load())
    return _settings[0]


def reach() -> Reach:
    """Where requests may go besides public https addresses."""
    settings = _known()
    named = (*settings.outside_origins, *settings.loopback_peers)
    return Reach(origins=frozenset(origin_of(one) for one in named), anywhere=settings.profile is Profile.CONFORMANCE)


def outbound() -> Outbound:
    """The way out of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _ways:
        _ways[loop] = Outbound(reach())
    return _ways[loop]


def check(url: str) -> None:
    """Raises Refused for an address that can be told to be no good."""
    check_address(url, reach())


def certificates(db: Database) -> Certificates:
    """The desk for certificates of this installation."""
    return Certificates(db, FolderStore(_known().folder / "files"), key_id="outside")
