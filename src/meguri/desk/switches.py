"""What every request asks of the desk: is the service open, what is announced. Remembered for two seconds."""

import time
from weakref import WeakKeyDictionary

from meguri.desk import store
from meguri.desk.model import Announcement
from meguri.kernel import clock
from meguri.kernel.errors import Unavailable
from meguri.kernel.text import Language
from meguri.storage.database import Database

MAINTENANCE = "maintenance"
_FRESH_S = 2.0


class Switches:
    """The switches of one database as this process knows them."""

    def __init__(self) -> None:
        """Open, nothing announced, to be read at once."""
        self.maintenance = False
        self._announcements: tuple[Announcement, ...] = ()
        self._read_at = -_FRESH_S

    async def refresh(self, db: Database) -> None:
        """Reads them anew when they were read more than two seconds ago; without a database they stay as they were."""
        now = time.monotonic()
        if now - self._read_at < _FRESH_S:
            return
        self._read_at = now
        try:
            async with db.identity() as tx:
                self.maintenance = await store.is_on(tx, MAINTENANCE)
                self._announcements = tuple(await store.announcements(tx))
        except Unavailable:
            return

    def forget(self) -> None:
        """Something was changed in this process: read anew at the next request."""
        self._read_at = -_FRESH_S

    def announced(self, language: Language) -> list[str]:
        """What is announced now."""
        now = clock.now()
        return [getattr(one, language) for one in self._announcements if one.from_at <= now < one.until_at]


_of: WeakKeyDictionary[Database, Switches] = WeakKeyDictionary()


def switches_of(db: Database) -> Switches:
    """The switches of a database."""
    return _of.setdefault(db, Switches())
