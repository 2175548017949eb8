"""What surrounds one page: the shell of the application, the viewer, the path, and the message of the last action."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count

import msgspec

from meguri.kernel.text import Language
from meguri.ui.flash import Flash
from meguri.ui.navigation import BEHIND_THE_NAME, RIVER, Entry, Place, entries
from meguri.ui.viewer import Viewer


class Shell(msgspec.Struct, frozen=True, kw_only=True):
    """What all pages of one running application share; the composition root puts it in `app.state.shell`.

    places              every room's entries
    https               whether readers come by https (cookies, HSTS)
    profile             all but `production` show a ribbon that says so
    *_href              where these lead; None = the shell does not show them
    announced           what the platform operator wants everybody to read now
    """

    places: tuple[Place, ...] = ()
    https: bool = False
    profile: str = "production"
    sign_in_href: str = "/sign-in"
    sign_out_href: str = "/sign-out"
    account_href: str | None = None
    search_href: str | None = None
    scan_href: str | None = None
    notifications_href: str | None = None
    glossary_href: str | None = None
    announced: Callable[[Language], list[str]] = lambda language: []


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One page's surroundings.

    path    of the page, without query
    here    path with query: where the language switch comes back to
    flash   what the last action did, if this is the page after it
    """

    viewer: Viewer
    shell: Shell = Shell()
    path: str = "/"
    here: str = "/"
    flash: Flash | None = None

    @property
    def language(self) -> Language:
        """The language of the page."""
        return self.viewer.language

    @property
    def other_language(self) -> Language:
        """The language that the switch offers."""
        return "en" if self.language == "ja" else "ja"

    @property
    def bar(self) -> list[Entry]:
        """The places along the river that the viewer sees."""
        return entries(self.shell.places, RIVER, self.viewer, self.path)

    @property
    def behind_the_name(self) -> list[Entry]:
        """The company's menu as the viewer sees it."""
        return entries(self.shell.places, BEHIND_THE_NAME, self.viewer, self.path)


class _Page:
    """The page being written: its frame, and the numbers given to its elements."""

    def __init__(self, frame: Frame, prefix: str) -> None:
        self.frame = frame
        self.prefix = prefix
        self.numbers = count(1)


_current: ContextVar[_Page] = ContextVar("meguri_page")


@contextmanager
def framed(frame: Frame, prefix: str) -> Iterator[None]:
    """Within this context a page is written into `frame`; its ids begin with `prefix`."""
    token = _current.set(_Page(frame, prefix))
    try:
        yield
    finally:
        _current.reset(token)


def current_frame() -> Frame:
    """The frame of the page being written."""
    return _current.get().frame


def unique_id(stem: str) -> str:
    """An id that no other element of this page has."""
    page = _current.get()
    return f"{page.prefix}{stem}-{next(page.numbers)}"
