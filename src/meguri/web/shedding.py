"""What keeps one caller, or one moment, from taking everything: a limit per address, a bounded number at once, a time limit.

Answers are given before anything is read. Health stays responsive; so does sign-in, which has limits of its own.
"""

import asyncio
from collections.abc import Callable
from html import escape
from typing import Any

from meguri import logs
from meguri.kernel.errors import Refusal, TooMany, Unavailable
from meguri.kernel.text import Language, language_of
from meguri.web.asgi import App, Message, Receive, Scope, Send
from meguri.web.client import client_address, header
from meguri.web.encoding import to_json
from meguri.web.problems import MEDIA_TYPE, Problem, extra_headers, problem_of

ALWAYS_SERVED = ("/healthz", "/readyz", "/metrics", "/sign-in", "/api/v1/session", "/auth/login")
log = logs.get(__name__)
Take = Callable[[object], int]


def with_shedding(
    app: App,
    *,
    most_at_once: int,
    seconds: float,
    take: Take,
    trusted_proxies: tuple[str, ...],
) -> App:
    """`app`, protected.

    most_at_once  requests being handled; more are answered 503
    seconds       for the answer to begin; then it is 503 and whatever ran is cancelled and rolled back
    take          takes one token of a caller's bucket; the seconds to wait when there is none
    """
    running = 0

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal running
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS_SERVED):
            await app(scope, receive, send)
            return
        wait = take(client_address(scope, trusted_proxies))
        if wait:
            await refuse(scope, send, TooMany(retry_after=wait))
        elif running >= most_at_once:
            await refuse(scope, send, Unavailable(retry_after=1))
        else:
            running += 1
            try:
                await _in_time(app, scope, receive, send, seconds)
            finally:
                running -= 1

    return wrapped


async def _in_time(app: App, scope: Scope, receive: Receive, send: Send, seconds: float) -> None:
    """The limit holds until the answer begins: a long download is no hanging request."""
    begun = False
    try:
        async with asyncio.timeout(seconds) as limit:

            async def watching(message: Message) -> None:
                nonlocal begun
                if not begun:
                    begun = True
                    limit.reschedule(None)
                await send(message)

            await app(scope, receive, watching)
    except TimeoutError:
        if begun:
            raise
        log.warning("web.took_too_long", seconds=seconds)
        await refuse(scope, send, Unavailable(retry_after=5))


async def refuse(scope: Any, send: Send, refusal: Refusal) -> None:
    """Answer at once, without the application: problem details, or a bare page for a browser."""
    language = language_of(header(scope, b"accept-language"))
    track = str(scope.get("state", {}).get("tracking_id", ""))
    problem = problem_of(refusal, language, track)
    browser = "text/html" in (header(scope, b"accept") or "") and not scope["path"].startswith("/api/")
    body = _bare_page(problem, language) if browser else to_json(problem)
    media_type = "text/html; charset=utf-8" if browser else MEDIA_TYPE
    headers = {"content-type": media_type, "content-length": str(len(body)), **extra_headers(refusal)}
    headers |= {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _bare_page(problem: Problem, language: Language) -> bytes:
    title, detail = escape(problem.title), escape(problem.detail)
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><h1>{title}</h1><p>{detail}</p>'
    ).encode()
