"""A server that is open for a test kit says so on every answer, so that nobody takes it for a real one."""

from meguri.settings import Profile
from meguri.web.asgi import App, Message, Receive, Scope, Send

_MARK = (b"x-meguri-profile", Profile.CONFORMANCE.value.encode())


def with_mark(app: App, profile: Profile) -> App:
    """`app`, whose every answer names the profile `conformance` where that is the profile; else `app` itself."""
    if profile is not Profile.CONFORMANCE:
        return app

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), _MARK]
            await send(message)

        await app(scope, receive, marked)

    return wrapped
