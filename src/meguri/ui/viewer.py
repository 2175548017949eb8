"""Who looks at a page, as far as the page needs to know. The web layer fills it in: `request.state.viewer = Viewer(…)`."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from litestar.connection import ASGIConnection

from meguri.kernel.scope import PlatformRole, Role
from meguri.kernel.text import PUBLIC, SPOKEN, Language, language_of
from meguri.ui.headers import cookie_name

LANGUAGE_COOKIE = "meguri_language"

_RANK = {Role.VIEWER: 1, Role.EDITOR: 2, Role.ADMIN: 3}

Connection = ASGIConnection[Any, Any, Any, Any]


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """The person in front of the page; without `name`, a stranger.

    corporate_number  法人番号, 13 digits, of the company acted for
    role              within that company, or None outside of any
    unread            notifications not yet read
    noticed           whether there is news of the person's own account (a sign-in from a new place, say)
    csrf_secret       bytes known to this session only; forms carry tokens made of it (`csrf.token`)
    """

    language: Language = "ja"
    name: str | None = None
    company_name: str | None = None
    corporate_number: str | None = None
    role: Role | None = None
    platform_role: PlatformRole | None = None
    unread: int = 0
    noticed: bool = False
    csrf_secret: bytes = b""

    @property
    def signed_in(self) -> bool:
        """Whether somebody has proved who they are."""
        return self.name is not None

    def has(self, needed: Role | PlatformRole | None) -> bool:
        """Whether the viewer is signed in and holds `needed`: an admin all that an editor does, an editor a viewer's."""
        if not self.signed_in:
            return False
        if isinstance(needed, Role):
            return self.role is not None and _RANK[self.role] >= _RANK[needed]
        return needed is None or self.platform_role is needed


def language_for(connection: Connection, offered: tuple[Language, ...] = SPOKEN) -> Language:
    """The language chosen on an earlier page, else the browser's, else Japanese."""
    cookies = connection.cookies
    chosen = cookies.get(cookie_name(LANGUAGE_COOKIE, https=True)) or cookies.get(LANGUAGE_COOKIE)
    for language in SPOKEN:
        if chosen == language:
            return language
    return language_of(connection.headers.get("accept-language"), offered)


def viewer_of(connection: Connection) -> Viewer:
    """The viewer whom the web layer found, else a stranger in the language of `language_for`."""
    viewer = connection.scope.get("state", {}).get("viewer")
    return viewer if isinstance(viewer, Viewer) else Viewer(language=language_for(connection))


def said_in(address: str) -> Language | None:
    """The public language that an address names by `?lang=`, if it does."""
    said = parse_qs(urlsplit(address).query).get("lang", [])
    return next((each for each in PUBLIC if said and each == said[0]), None)


def speak(connection: Connection, language: Language) -> Language:
    """Answer this request in `language`, whatever was chosen before."""
    viewer = viewer_of(connection)
    connection.scope.setdefault("state", {})["viewer"] = msgspec.structs.replace(viewer, language=language)
    return language
