"""What every answer tells the browser to refuse. Source: trust rules of the house; OWASP ASVS 5.0, 3.4."""

from litestar.datastructures import Cookie
from litestar.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

_ALWAYS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
}
_HTTPS = {"strict-transport-security": "max-age=63072000; includeSubDomains"}


def security_headers(*, https: bool) -> dict[str, str]:
    """The headers by lower-case name; HSTS only where the reader came by https."""
    return _ALWAYS | _HTTPS if https else dict(_ALWAYS)


def with_security_headers(app: ASGIApp, *, https: bool) -> ASGIApp:
    """`app` with the headers on every answer that does not set its own value for them."""
    added = [(name.encode(), value.encode()) for name, value in security_headers(https=https).items()]

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = list(message.get("headers", ()))
                names = {name.lower() for name, _ in present}
                message["headers"] = present + [pair for pair in added if pair[0] not in names]
            await send(message)

        await app(scope, receive, send_with_headers)

    return wrapped


def cookie_name(name: str, *, https: bool) -> str:
    """`name`, bound to this host and to https by its prefix where there is https."""
    return f"__Host-{name}" if https else name


def cookie(name: str, value: str, *, https: bool, max_age: int | None, httponly: bool = True) -> Cookie:
    """A cookie of ours: this host only, Lax, and Secure where there is https. `max_age` in seconds; 0 deletes it."""
    return Cookie(
        key=cookie_name(name, https=https),
        value=value,
        path="/",
        max_age=max_age,
        secure=https,
        httponly=httponly,
        samesite="lax",
    )
