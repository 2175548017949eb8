"""Versions of one resource: ETag out, If-Match in (RFC 9110 §8.8.3, §13.1.1)."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from litestar import Request, Response
from litestar.params import HeaderParameter

from meguri.kernel.errors import Needed, Stale
from meguri.kernel.numbers import whole

Body = TypeVar("Body")
_TAG = re.compile(r'"v(0|[1-9][0-9]{0,17})"\Z')

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", description="The ETag that you read.")]


def etag(version: int) -> str:
    """The strong ETag of a resource's version."""
    return f'"v{version}"'


def versioned(body: Body, version: int, *, status_code: int | None = None) -> Response[Body]:
    """An answer that carries its version."""
    return Response(body, status_code=status_code, headers={"etag": etag(version)})


def expected_version(if_match: str | None) -> int:
    """The version that the caller read and now changes.

    Raises Needed when there is no If-Match, or `*`, which would overwrite unseen; Stale for a tag that we never gave out.
    """
    if if_match is None or if_match.strip() in ("", "*"):
        raise Needed
    found = _TAG.match(if_match.strip().removeprefix("W/"))
    if found is None:
        raise Stale
    return int(found[1])


def version_in(form: Mapping[str, Any]) -> int:
    """The version that a page's form was made from: 0 for a form that makes something new, -1, which nothing has, for no number."""
    found = whole(str(form.get("version") or 0))
    return -1 if found is None else found


def provide_version(request: Request[Any, Any, Any]) -> int:
    """The dependency `version`: `expected_version` of the request."""
    return expected_version(request.headers.get("if-match"))
