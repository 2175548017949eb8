"""Pages that say no: what is wrong, what to do next, and the number to quote when asking for help."""

from typing import Any

import msgspec
from litestar import Response

from meguri.kernel.errors import Refusal
from meguri.ui.answer import AnyRequest, page
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say

KNOWN = (400, 401, 403, 404, 405, 409, 412, 413, 422, 428, 429, 500, 503)

# The base classes' sentences speak to programs as well; for people the shell has better ones.
_GENERIC = frozenset(("refused", "invalid", "not_found", "forbidden", "unauthenticated", "unavailable"))


class FailureContext(msgspec.Struct, frozen=True, kw_only=True):
    """A page in place of the one that was asked for.

    status       HTTP status; its words are `ui.failure.<status>`
    sentence     what is wrong, in the reader's language
    broken       (field, sentence) of each broken rule
    tracking_id  under which the log knows this request
    """

    status: int
    title: str
    sentence: str
    broken: list[tuple[str, str]] = []
    tracking_id: str | None = None


def failure(request: AnyRequest, reason: Refusal | int, *, tracking_id: str | None = None) -> Response[str]:
    """The page for a refusal, or for a bare HTTP status; an unknown status is told as 500 or 400."""
    language = viewer_of(request).language
    status = reason if isinstance(reason, int) else reason.status
    shown = status if status in KNOWN else (500 if status >= 500 else 400)
    own = isinstance(reason, Refusal) and type(reason).code not in _GENERIC
    context = FailureContext(
        status=status,
        title=say(f"ui.failure.{shown}.title", language),
        sentence=reason.sentence(language)
        if own and isinstance(reason, Refusal)
        else say(f"ui.failure.{shown}.sentence", language),
        broken=[(each.field, each.of(language)) for each in reason.fields] if isinstance(reason, Refusal) else [],
        tracking_id=tracking_id,
    )
    answer = page(request, "ui/failure.html", context, status_code=status)
    retry: Any = reason.values.get("retry_after") if isinstance(reason, Refusal) else None
    if status == 503 or retry is not None:
        answer.headers["retry-after"] = str(retry if retry is not None else 5)
    return answer
