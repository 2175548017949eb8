"""A refusal that is given before a large body has arrived must still be heard.

A server that answers and leaves a body unread has its connection reset: over TLS and HTTP/2 most clients then tell of a
broken connection, not of the answer. What is left of the body is therefore read and thrown away first, within limits.
"""

import asyncio

from meguri.web.asgi import App, Message, Receive, Scope, Send

_AT_ONCE = 1 << 16
MOST_BYTES = 128 << 20
MOST_SECONDS = 20.0


def with_heard_refusals(app: App, *, most_bytes: int = MOST_BYTES, seconds: float = MOST_SECONDS) -> App:
    """`app`, whose answers of 400 and above wait for the rest of a large body: at most so many bytes and seconds."""

    async def heard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _large(scope):
            await app(scope, receive, send)
            return
        body = _Body(receive)

        async def send_after(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                await body.rest(most_bytes, seconds)
            await send(message)

        await app(scope, body.read, send_after)

    return heard


class _Body:
    """A request's body, and whether all of it was read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._over = False

    async def read(self) -> Message:
        """The next piece."""
        message: Message = await self._receive()
        self._over = self._over or message["type"] != "http.request" or not message.get("more_body")
        return message

    async def rest(self, most_bytes: int, seconds: float) -> None:
        """Reads what is left and throws it away."""
        left = most_bytes
        try:
            async with asyncio.timeout(seconds):
                while not self._over and left > 0:
                    left -= len((await self.read()).get("body", b""))
        except TimeoutError:
            return


def _large(scope: Scope) -> bool:
    """Whether a body comes that does not fit what travels unread; one that waits for our `100 Continue` is never sent."""
    headers = dict(scope["headers"])
    if scope["method"] in ("GET", "HEAD", "OPTIONS") or b"expect" in headers:
        return False
    announced = headers.get(b"content-length", b"")
    return not (announced.isdigit() and int(announced[:18]) <= _AT_ONCE)
