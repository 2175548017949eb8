"""What a page handler returns: a page, a fragment of one, or the way back after an action."""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType

from meguri.ui import flash as flashes
from meguri.ui.flash import Flash
from meguri.ui.frame import Frame, Shell
from meguri.ui.headers import cookie, cookie_name
from meguri.ui.links import local_path
from meguri.ui.render import render
from meguri.ui.viewer import Viewer, viewer_of

AnyRequest = Request[Any, Any, Any]


def shell_of(request: AnyRequest) -> Shell:
    """The shell that the composition root put in `app.state.shell`."""
    shell = request.app.state.get("shell")
    return shell if isinstance(shell, Shell) else Shell()


def frame_of(request: AnyRequest, *, flash: Flash | None = None) -> Frame:
    """What surrounds a page that answers `request`."""
    query = request.scope.get("query_string", b"").decode("latin-1")
    path = request.scope["path"]
    return Frame(
        viewer=viewer_of(request),
        shell=shell_of(request),
        path=path,
        here=f"{path}?{query}" if query and request.method == "GET" else path,
        flash=flash,
    )


def _headers(viewer: Viewer) -> dict[str, str]:
    return {
        "content-language": viewer.language,
        "vary": "Cookie, Accept-Language, HX-Request",
        "cache-control": "no-store" if viewer.signed_in else "private, no-cache",
    }


def page(request: AnyRequest, template: str, context: msgspec.Struct, *, status_code: int = 200) -> Response[str]:
    """The page that `template` makes of `context`, in the viewer's language, inside the shell.

    A template without a room is looked for in the room where the context's Struct is defined. The message of the
    last action (`done`) is shown once.
    """
    viewer, shell = viewer_of(request), shell_of(request)
    name = cookie_name(flashes.COOKIE, https=shell.https)
    waiting = request.cookies.get(name)
    flash = flashes.unseal(waiting, viewer.csrf_secret)
    cookies: list[Cookie] = [cookie(flashes.COOKIE, "", https=shell.https, max_age=0)] if waiting else []
    return Response(
        render(frame_of(request, flash=flash), template, context),
        media_type=MediaType.HTML,
        status_code=status_code,
        headers=_headers(viewer),
        cookies=cookies,
    )


def fragment(request: AnyRequest, template: str, context: msgspec.Struct, *, status_code: int = 200) -> Response[str]:
    """A piece of a page for htmx to put in place; ids within it begin with the template's name."""
    return Response(
        render(frame_of(request), template, context, fragment=True),
        media_type=MediaType.HTML,
        status_code=status_code,
        headers=_headers(viewer_of(request)),
    )


def done(request: AnyRequest, to: str, flash: Flash | None = None) -> Response[None]:
    """After an action: on to the page at `to` (a path of ours), which tells once what happened.

    A browser is sent by 303, htmx by its own header, because it would put a redirect's page into the old one.
    """
    viewer, shell = viewer_of(request), shell_of(request)
    to = local_path(to)
    cookies: list[Cookie] = []
    if flash is not None and viewer.csrf_secret:
        sealed = flashes.seal(flash, viewer.csrf_secret)
        cookies = [cookie(flashes.COOKIE, sealed, https=shell.https, max_age=60)]
    by_htmx = request.headers.get("hx-request") == "true"
    return Response(
        None,
        status_code=204 if by_htmx else 303,
        headers={"hx-redirect": to} if by_htmx else {"location": to},
        cookies=cookies,
        media_type=MediaType.TEXT,
    )
