"""What stands before a page: signing in, or giving the password again. The reader is led there and comes back."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from meguri.kernel.addresses import parts_of
from meguri.kernel.errors import Refusal
from meguri.ui.answer import shell_of
from meguri.web.auth import ProofNeeded

PROVE = "/prove"


def way_in(request: Request[Any, Any, Any], refusal: Refusal) -> Response[None] | None:
    """The way on from a page that was refused for want of proof; None when there is none."""
    sign_in = shell_of(request).sign_in_href
    if isinstance(refusal, ProofNeeded):
        return _led(request, PROVE)
    if refusal.status == 401 and request.scope["path"] != sign_in:
        return _led(request, sign_in)
    return None


def _led(request: Request[Any, Any, Any], to: str) -> Response[None]:
    to = f"{to}?{urlencode({'next': _here(request)})}"
    by_htmx = request.headers.get("hx-request") == "true"
    headers = {"hx-redirect": to} if by_htmx else {"location": to}
    return Response(
        None,
        status_code=401 if by_htmx else 303,
        headers={"cache-control": "no-store", **headers},
        media_type="text/plain",
    )


def _here(request: Request[Any, Any, Any]) -> str:
    """The page that was asked for; for a form, the page that it stood on."""
    if request.method == "GET":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    page = parts_of(request.headers.get("referer", ""))
    own = page.netloc == request.headers.get("host", "")
    return (page.path + (f"?{page.query}" if page.query else "")) if own and page.path else "/"
