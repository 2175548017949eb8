"""What this room offers to the composition root."""

from meguri.dataspaces.ods.facade import Doors, owns
from meguri.dataspaces.wire import Answer, Call
from meguri.dataspaces.wire import facade as around
from meguri.web.asgi import App, Receive, Scope, Send
from meguri.web.client import client_address, header
from meguri.web.house import FacadeHouse

__all__ = ["facade"]


def facade(app: App, house: FacadeHouse) -> App:
    """`app` with the doors of Open Data Spaces around it."""
    doors = Doors(house.db, house.settings)

    async def served(call: Call) -> Answer:
        """Keys and failures are counted by where the client is, not by the proxy in between."""
        call.address = client_address(call.scope, house.settings.trusted_proxies)
        return await doors.serve(call)

    ours = around(app, owns, served, public_url=house.settings.public_url)

    async def by_media_type(scope: Scope, receive: Receive, send: Send) -> None:
        await (app if _is_form(scope) else ours)(scope, receive, send)

    return by_media_type


def _is_form(scope: Scope) -> bool:
    """Whether it is a request for PACT's tokens, which share a path with ours and come as a form (RFC 6749 §4.4.2)."""
    if scope["type"] != "http" or scope["path"].rstrip("/") != "/auth/token":
        return False
    media_type = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    return bool(scope["method"] == "POST" and media_type == "application/x-www-form-urlencoded")
