"""Changes asked for by other sites' pages are refused before any handler runs.

Browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`); programs say nothing and have no cookies. Together with
SameSite cookies and the forms' tokens this is the third lock against forged requests. Source: OWASP ASVS 5.0, 3.5.
"""

from meguri.kernel.addresses import parts_of
from meguri.web.asgi import App, Receive, Scope, Send
from meguri.web.auth import ForeignForm
from meguri.web.client import header
from meguri.web.shedding import refuse

_SAFE = ("GET", "HEAD", "OPTIONS")


def with_own_origin(app: App, *, cookie: str) -> App:
    """`app`, for which changes on pages, or with the session's cookie, come from pages of this origin only."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE and _is_foreign(scope, cookie):
            await refuse(scope, send, ForeignForm())
            return
        await app(scope, receive, send)

    return wrapped


def _is_foreign(scope: Scope, cookie: str) -> bool:
    if scope["path"].startswith("/api/") and f"{cookie}=" not in (header(scope, b"cookie") or ""):
        return False
    site = header(scope, b"sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = header(scope, b"origin")
    return origin is not None and parts_of(origin).netloc.lower() != (header(scope, b"host") or "").lower()
