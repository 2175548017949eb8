"""The shell's own routes: the files that pages load, the language switch, the page of components."""

from litestar import Response, Router, get
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from meguri.kernel.errors import NotFound
from meguri.ui import style
from meguri.ui.answer import AnyRequest, shell_of
from meguri.ui.assets import Asset, shelf
from meguri.ui.headers import cookie
from meguri.ui.links import local_path
from meguri.ui.viewer import LANGUAGE_COOKIE

_YEAR = 31_536_000
SHOWCASE_PROFILES = ("demo", "tutorial")


def _serve(request: AnyRequest, asset: Asset, *, forever: bool) -> Response[bytes]:
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers = {
        "cache-control": f"public, max-age={_YEAR}, immutable" if forever else "no-cache",
        "vary": "Accept-Encoding",
    }
    if packed:
        headers["content-encoding"] = "gzip"
    return Response(asset.packed if packed else asset.body, media_type=asset.media_type, headers=headers)


@get("/static/{digest:str}/{path:path}", include_in_schema=False, sync_to_thread=False)
def static_file(request: AnyRequest, digest: FromPath[str], path: FromPath[str]) -> Response[bytes]:
    """A file under the folder of this release: kept for ever. Under another release's: as it is now, not kept."""
    asset = shelf().assets.get(path.lstrip("/"))
    if asset is None:
        raise NotFound
    return _serve(request, asset, forever=digest == shelf().digest)


@get("/favicon.ico", include_in_schema=False, sync_to_thread=False)
def favicon(request: AnyRequest) -> Response[bytes]:
    """The mark, for browsers that look for it at the old place."""
    return _serve(request, shelf().assets["mark.svg"], forever=False)


@get("/language/{language:str}", include_in_schema=False, sync_to_thread=False)
def switch_language(request: AnyRequest, language: FromPath[str], back: FromQuery[str] = "/") -> Response[None]:
    """Keep the choice of language and go back. Raises NotFound for a language that we do not speak.

    A link, not a form, so that it also works on public pages, which have no session; it changes nothing else.
    """
    if language not in ("ja", "en"):
        raise NotFound
    https = shell_of(request).https
    kept: Cookie = cookie(LANGUAGE_COOKIE, language, https=https, max_age=_YEAR)
    return Response(
        None,
        status_code=303,
        headers={"location": local_path(back), "cache-control": "no-store"},
        cookies=[kept],
        media_type="text/plain",
    )


def handlers(profile: str) -> list[HTTPRouteHandler | Router]:
    """What the composition root mounts; the page of components only where the profile is for looking around."""
    always: list[HTTPRouteHandler | Router] = [static_file, favicon, switch_language]
    return [*always, *style.handlers] if profile in SHOWCASE_PROFILES else always
