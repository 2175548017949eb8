"""Who looks at a page, found before the page is made; programs' requests and files are left alone."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection

from meguri.kernel.errors import Refusal
from meguri.ui import Viewer, language_for
from meguri.web.asgi import App, Receive, Scope, Send
from meguri.web.principal import UNPROVED, Connection

_NO_PAGES = ("/api/", *UNPROVED)


def with_viewer(app: App, viewer_of: Callable[[Connection], Awaitable[Viewer]]) -> App:
    """`app`, whose pages know their viewer; where the database can't say, a stranger."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(_NO_PAGES):
            connection: Connection = ASGIConnection[Any, Any, Any, Any](scope)  # type: ignore[arg-type]
            try:
                viewer = await viewer_of(connection)
            except Refusal:
                viewer = Viewer(language=language_for(connection))
            scope.setdefault("state", {})["viewer"] = viewer
        await app(scope, receive, send)

    return wrapped
