"""How the application says no: RFC 9457 problem details for programs, a page for people.

Never a stack trace, never a sentence of a library: what is unexpected is logged under the tracking id and told as such.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import ClientException, HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from meguri import logs, metrics
from meguri.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Needed,
    NotFound,
    Refusal,
    Stale,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from meguri.kernel.text import Language, Text
from meguri.ui.failures import failure
from meguri.ui.viewer import language_for
from meguri.web.encoding import to_json
from meguri.web.unit import Replayed
from meguri.web.validation import broken_body, broken_rules
from meguri.web.ways_in import way_in

AnyRequest = Request[Any, Any, Any]
MEDIA_TYPE = "application/problem+json"
RETRY_S = 5
log = logs.get(__name__)


class ProblemError(msgspec.Struct, frozen=True):
    """One broken rule: `field` is a JSON path, a parameter or a column."""

    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Problem details as RFC 9457 has them, with our code, the broken rules, and the id under which the log knows it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemError] = []
    tracking_id: str = ""


class Malformed(Refusal):
    """The request itself can't be read."""

    status = 400
    code = "web.malformed"
    say = Text(
        ja="要求の形式が正しくありません。JSON の構文と文字コード（UTF-8）を確認してください。",
        en="The request cannot be read. Please check that it is well-formed JSON in UTF-8.",
    )


class NoSuchMethod(Refusal):
    """The address exists, but not with this method."""

    status = 405
    code = "web.no_such_method"
    say = Text(ja="この操作はできません。", en="This method is not offered here.")


class TooLarge(Refusal):
    """The body is larger than the limit."""

    status = 413
    code = "web.too_large"
    say = Text(
        ja="送信された内容が大きすぎます。分けて送信してください。",
        en="What was sent is too large. Please send less at once.",
    )


class WrongMediaType(Refusal):
    """The body's media type is not one that this route reads."""

    status = 415
    code = "web.wrong_media_type"
    say = Text(ja="この Content-Type には対応していません。", en="This Content-Type is not one that can be read here.")


class Unexpected(Refusal):
    """A mistake of ours; it is logged under the tracking id."""

    status = 500
    code = "web.unexpected"
    say = Text(
        ja="予期しない問題が起きました。繰り返す場合は、追跡番号を添えてお問い合わせください。",
        en="Something unexpected happened. If it happens again, please tell us with the tracking id.",
    )


_BASES = (Invalid, Unauthenticated, Forbidden, NotFound, Conflict, Stale, Needed, TooMany, Unavailable)
_TITLES = {base.status: base.say for base in _BASES} | {
    TooMany.status: Text(ja="要求が多すぎます。", en="Too many requests."),
}
_BY_STATUS: dict[int, type[Refusal]] = {
    400: Malformed,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: NoSuchMethod,
    413: TooLarge,
    415: WrongMediaType,
    503: Unavailable,
}


_WRONG = Text(ja="要求の内容が正しくありません。", en="The request has something wrong in it.")


def _of_kind(refusal: Refusal) -> Text:
    """What all refusals of this kind have in common; where their sentence has places to fill, that of their status."""
    said = type(refusal).say
    return _WRONG if "{" in said.en else said


def problem_of(refusal: Refusal, language: Language, tracking_id: str) -> Problem:
    """The problem details of a refusal."""
    title = _TITLES.get(refusal.status, _of_kind(refusal))
    return Problem(
        type=f"urn:meguri:problem:{refusal.code}",
        title=title.of(language),
        status=refusal.status,
        detail=refusal.sentence(language),
        code=refusal.code,
        errors=[ProblemError(each.field, each.of(language)) for each in refusal.fields],
        tracking_id=tracking_id,
    )


def answer(request: AnyRequest, refusal: Refusal) -> Response[Any]:
    """What a refusal is told as: problem details below `/api/` and to whoever asks for JSON, else a page."""
    tracking_id = str(request.scope.get("state", {}).get("tracking_id", ""))
    metrics.refusals.labels(refusal.code).inc()
    if not wants_problem(request):
        return way_in(request, refusal) or failure(request, refusal, tracking_id=tracking_id)
    problem = problem_of(refusal, language_for(request), tracking_id)
    headers = {"cache-control": "no-store", **extra_headers(refusal)}
    return Response(to_json(problem), status_code=refusal.status, media_type=MEDIA_TYPE, headers=headers)


def wants_problem(request: AnyRequest) -> bool:
    """Whether a program is asking."""
    path = request.scope["path"]
    accept = request.headers.get("accept", "")
    return path.startswith(("/api/", "/.well-known/")) or ("json" in accept and "text/html" not in accept)


def extra_headers(refusal: Refusal) -> dict[str, str]:
    """What the status asks for besides the body (RFC 9110 §10.2.3, §11.6.1)."""
    if refusal.status == 401:
        return {"www-authenticate": 'Bearer realm="meguri"'}
    if refusal.status in (429, 503):
        return {"retry-after": str(refusal.values.get("retry_after", RETRY_S))}
    return {}


def refused(request: AnyRequest, refusal: Refusal) -> Response[Any]:
    """The handler for every refusal."""
    return answer(request, refusal)


def replayed(_: AnyRequest, replay: Replayed) -> Response[bytes]:
    """The reply that was kept for this Idempotency-Key."""
    reply = replay.reply
    headers = {**reply.headers, "idempotency-replayed": "true"}
    return Response(reply.body, status_code=reply.status, headers=headers, media_type="application/json")


def http_failed(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """The handler for what the framework refuses: unknown paths, unreadable or invalid content."""
    if isinstance(error, ValidationException):
        return answer(request, Invalid(fields=broken_rules(error)))
    if error.status_code >= 500:
        broken = broken_body(error.__cause__)
        return answer(request, Invalid(fields=broken)) if broken else unexpected(request, error)
    kind = _BY_STATUS.get(error.status_code, Malformed if isinstance(error, ClientException) else NotFound)
    response = answer(request, kind())
    for name in ("allow", "Allow"):
        if error.headers and name in error.headers:
            response.headers["allow"] = error.headers[name]
    return response


def too_deep(request: AnyRequest, _: RecursionError) -> Response[Any]:
    """The handler for content that is nested without end."""
    return answer(request, Malformed())


def unexpected(request: AnyRequest, error: Exception) -> Response[Any]:
    """The handler for our own mistakes."""
    log.error("web.unexpected", exc_info=error, error=type(error).__name__)
    return answer(request, Unexpected())


EXCEPTION_HANDLERS: dict[int | type[Exception], Any] = {
    Refusal: refused,
    Replayed: replayed,
    HTTPException: http_failed,
    RecursionError: too_deep,
    Exception: unexpected,
}

_ALWAYS: tuple[type[Refusal], ...] = (Malformed, Unauthenticated, Forbidden, NotFound, Invalid, TooMany, Unavailable)


def refusals(*kinds: type[Refusal], always: Iterable[type[Refusal]] = _ALWAYS) -> dict[int, ResponseSpec]:
    """The answers besides success that a route declares: `responses=refusals(TradeNotFound, …)`.

    `always` are those that any route can give; a description names code and meaning of each refusal of that status.
    """
    by_status: dict[int, list[type[Refusal]]] = {}
    for kind in (*kinds, *always):
        if kind not in by_status.setdefault(kind.status, []):
            by_status[kind.status].append(kind)
    return {
        status: ResponseSpec(
            data_container=Problem,
            media_type=MEDIA_TYPE,
            generate_examples=False,
            description="\n".join(f"`{kind.code}`: {(kind.__doc__ or '').strip()}" for kind in listed),
        )
        for status, listed in sorted(by_status.items())
    }
