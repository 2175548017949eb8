"""How the resolver replies, whatever it was asked for: headers, forms, and the ways of saying no."""

from typing import Any
from urllib.parse import parse_qs

import msgspec

from meguri.dataspaces.resolver import negotiation
from meguri.dataspaces.resolver.answers import Answer, Headers
from meguri.dataspaces.resolver.linkset import CONTEXT
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Language
from meguri.passport.public.page import none_page
from meguri.web.problems import problem_of

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
VARY = b"Accept, Accept-Language, Accept-Encoding"
OPEN_TO_ALL: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
]
"""Scripts of every origin may read what everyone may read."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request to the resolver.

    path    as it was sent, percent-encoded
    form    the media type that is wanted, None when none of ours fits
    """

    path: str
    query: str
    form: str | None
    language: Language
    tracking: str = ""

    def said(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next(iter(parse_qs(self.query).get(name, [])), None)


def _common(media_type: str, uri: str | None) -> Headers:
    headers: Headers = [
        (b"content-type", media_type.encode()),
        (b"vary", VARY),
        (b"cache-control", b"public, no-cache"),
        *OPEN_TO_ALL,
        (b"access-control-expose-headers", b"Link, ETag"),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    ]
    if uri is not None:
        links = [f'<{uri}?linkType=linkset>; rel="linkset"; type="application/linkset+json"']
        if media_type == negotiation.LINKSET:
            links.append(f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"')
        headers.append((b"link", ", ".join(links).encode()))
    return headers


def json_answer(content: Any, media_type: str, uri: str | None, status: int = 200) -> Answer:
    """`content` as JSON; `uri`: whose link set the header names."""
    return Answer(status, _common(media_type, uri), msgspec.json.encode(content)).ready()


def html_answer(status: int, page: str, language: Language, uri: str | None = None) -> Answer:
    """A page that runs nothing."""
    headers = [
        *_common("text/html; charset=utf-8", uri),
        (b"content-language", language.encode()),
        (b"content-security-policy", PAGE_POLICY.encode()),
        (b"x-frame-options", b"DENY"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ]
    return Answer(status, headers, page.encode()).ready()


def moved(status: int, to: str, uri: str | None = None) -> Answer:
    """Elsewhere: 308 for another spelling, 307 for a link of some type out of the link set of `uri`."""
    return Answer(status, [*_common("text/plain", uri), (b"location", to.encode())], b"").ready()


def refused(asked: Asked, refusal: Refusal, origin: str, key: str) -> Answer:
    """Why there is nothing, as a page or as problem details.

    key  the words of the page: unknown, withdrawn, ceased, invalid, place
    """
    if asked.form == negotiation.HTML:
        ceased = str(refusal.values.get("ceased_at") or "") or None
        said = None if key in ("unknown", "withdrawn", "ceased") else refusal.sentence(asked.language)
        page = none_page(key, asked.language, origin + asked.path, said, ceased)
        return html_answer(refusal.status, page, asked.language)
    problem = msgspec.to_builtins(problem_of(refusal, asked.language, asked.tracking))
    more = {"ceased_at": refusal.values["ceased_at"]} if "ceased_at" in refusal.values else {}
    return json_answer(problem | more, "application/problem+json", None, refusal.status)
