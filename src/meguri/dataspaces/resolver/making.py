"""The answers of the resolver: document, page, JSON-LD, credential, link set, and the ways of saying no."""

from typing import Any
from urllib.parse import parse_qs

import msgspec

from meguri.dataspaces.exchange import formats
from meguri.dataspaces.exchange.exporting import passport_of
from meguri.dataspaces.resolver import linkset, negotiation
from meguri.dataspaces.resolver.answers import Answer, Headers
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Language
from meguri.passport import service
from meguri.passport.credentials import public_credential
from meguri.passport.document import compressed
from meguri.passport.errors import DppNotFound, PassportCeased
from meguri.passport.identifiers import InvalidIdentifier, product_identifier
from meguri.passport.kinds import kind_of
from meguri.passport.model import View
from meguri.passport.public.page import none_page, passport_page
from meguri.storage import Transaction
from meguri.web.problems import problem_of

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
VARY = b"Accept, Accept-Language, Accept-Encoding"


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


async def answer(tx: Transaction, _: Any, asked: Asked) -> Answer:
    """The answer to a request."""
    origin = tx.installation.origin
    try:
        product = product_identifier(origin + asked.path, origin)
    except InvalidIdentifier as refusal:
        return refused(asked, refusal, origin, "invalid")
    if product.uri != origin + asked.path:
        return _moved(308, product.uri + (f"?{asked.query}" if asked.query else ""))
    try:
        view = await service.read_public(
            tx, service.ANONYMOUS, _identifier(product.uri, asked), by_product=asked.said("v") is None
        )
    except PassportCeased as refusal:
        return refused(asked, refusal, origin, "ceased")
    except DppNotFound as refusal:
        return refused(asked, refusal, origin, "unknown")
    made = await _found(tx, asked, view, origin)
    made.passport_id, made.state = view.record.passport_id, state_of(view)
    return made


def state_of(view: View) -> tuple[str, str]:
    """What an answer depends on: the version and the document's state."""
    return (view.record.version_hash, view.record.state)


def _identifier(uri: str, asked: Asked) -> str:
    successor = asked.said("v")
    return f"{uri}?v={successor}" if successor else uri


async def _found(tx: Transaction, asked: Asked, view: View, origin: str) -> Answer:
    link_type = asked.said("linkType")
    if link_type in ("linkset", "all"):
        return _json(linkset.linkset(view, origin), negotiation.LINKSET, view)
    if link_type is not None:
        target = linkset.target(view, origin, link_type, asked.language)
        return _moved(307, target) if target else refused(asked, DppNotFound(), origin, "unknown")
    if asked.form == negotiation.HTML:
        page = passport_page(view, await public_credential(tx, view.record), asked.language, origin)
        return _html(200, page, asked.language, view)
    return await _data(tx, asked, view, origin)


async def _data(tx: Transaction, asked: Asked, view: View, origin: str) -> Answer:
    match asked.form:
        case negotiation.LD:
            return _json(json_ld(tx, view).document, negotiation.LD, view)
        case negotiation.VC:
            credential = await public_credential(tx, view.record)
            if credential is None:
                return refused(asked, DppNotFound(), origin, "unknown")
            return _json(credential, negotiation.VC, view)
        case negotiation.LINKSET:
            return _json(linkset.linkset(view, origin), negotiation.LINKSET, view)
        case _:
            return _json(compressed(kind_of(view.record.kind), view.values), negotiation.JSON, view)


def json_ld(tx: Transaction, view: View) -> Any:
    """The passport as JSON-LD."""
    return formats.export("jsonld", passport_of(tx, view))


def _common(media_type: str, view: View | None) -> Headers:
    headers: Headers = [
        (b"content-type", media_type.encode()),
        (b"vary", VARY),
        (b"cache-control", b"public, no-cache"),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"Link, ETag"),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    ]
    if view is not None:
        uri = view.record.product_id
        headers.append((b"link", f'<{uri}?linkType=linkset>; rel="linkset"; type="application/linkset+json"'.encode()))
    return headers


def _json(content: Any, media_type: str, view: View | None, status: int = 200) -> Answer:
    return Answer(status, _common(media_type, view), msgspec.json.encode(content)).ready()


def _html(status: int, page: str, language: Language, view: View | None = None) -> Answer:
    headers = [
        *_common("text/html; charset=utf-8", view),
        (b"content-language", language.encode()),
        (b"content-security-policy", PAGE_POLICY.encode()),
        (b"x-frame-options", b"DENY"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ]
    return Answer(status, headers, page.encode()).ready()


def _moved(status: int, to: str) -> Answer:
    return Answer(status, [*_common("text/plain", None), (b"location", to.encode())], b"").ready()


def refused(asked: Asked, refusal: Refusal, origin: str, key: str) -> Answer:
    """Why there is nothing, as a page or as problem details. `key`: the words of the page."""
    if asked.form == negotiation.HTML:
        ceased = str(refusal.values.get("ceased_at") or "") or None
        said = refusal.sentence(asked.language) if key == "invalid" else None
        page = none_page(key, asked.language, origin + asked.path, said, ceased)
        return _html(refusal.status, page, asked.language)
    problem = msgspec.to_builtins(problem_of(refusal, asked.language, asked.tracking))
    more = {"ceased_at": refusal.values["ceased_at"]} if "ceased_at" in refusal.values else {}
    return _json(problem | more, "application/problem+json", None, refusal.status)
