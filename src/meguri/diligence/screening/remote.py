"""The protocol of a remote matcher (yente): queries by a hundred, results with scores — and never "clear" by silence.

POST /match/{dataset} {"queries": {key: {"schema": "Company", "properties": {"name": […], "country": […]}}}}
A time-out, a 5xx or an answer that lacks a query leaves that query `pending`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec

from meguri.diligence.screening.decide import Subject
from meguri.diligence.screening.rules import screening_rules

MOST_QUERIES = 100
Post = Callable[[str, bytes], Awaitable[bytes]]


class RemoteCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """One entity that the matcher found."""

    id: str
    caption: str
    score: float
    datasets: list[str] = []


class RemoteAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one name. `pending`: ask again; nothing was found out."""

    state: Literal["potential", "weak", "none", "pending"]
    candidates: tuple[RemoteCandidate, ...] = ()


class RemoteFailed(Exception):
    """The matcher did not answer, or not with success."""


PENDING = RemoteAnswer(state="pending")


def server_and_dataset(matcher: str) -> tuple[str, str]:
    """The two halves of `https://host/match/<dataset>`."""
    server, _, dataset = matcher.rpartition("/match/")
    return server, dataset


def queries(subjects: Sequence[Subject]) -> bytes:
    """The body of one call. Each query has a key of its own: an id used twice would silently score 0."""
    said: dict[str, Any] = {}
    for number, subject in enumerate(subjects):
        properties = {"name": [subject.name]} | ({"country": [subject.country.lower()]} if subject.country else {})
        said[f"q{number}"] = {"schema": "Company", "properties": properties}
    return msgspec.json.encode({"queries": said})


async def match(subjects: Sequence[Subject], dataset: str, post: Post) -> list[RemoteAnswer]:
    """The answer for each name, in order. `post` sends a body to a path and raises RemoteFailed."""
    limits = screening_rules().decision
    path = f"/match/{dataset}?limit=5&threshold={limits.potential}&cutoff={limits.weak_from}&algorithm=best"
    found: list[RemoteAnswer] = []
    for start in range(0, len(subjects), MOST_QUERIES):
        batch = subjects[start : start + MOST_QUERIES]
        try:
            said = msgspec.json.decode(await post(path, queries(batch)), type=_Said)
        except (RemoteFailed, msgspec.MsgspecError):
            found += [PENDING] * len(batch)
            continue
        found += [_answer(said.responses.get(f"q{number}")) for number in range(len(batch))]
    return found


class _Response(msgspec.Struct, frozen=True):
    results: list[RemoteCandidate]
    status: int = 200


class _Said(msgspec.Struct, frozen=True):
    responses: dict[str, _Response]


def _answer(said: _Response | None) -> RemoteAnswer:
    if said is None or said.status != 200:
        return PENDING
    limits = screening_rules().decision
    best = max((one.score for one in said.results), default=0.0)
    state: Literal["potential", "weak", "none"] = (
        "potential" if best >= limits.potential else "weak" if best >= limits.weak_from else "none"
    )
    kept = sorted((one for one in said.results if one.score >= limits.weak_from), key=lambda one: -one.score)
    return RemoteAnswer(state=state, candidates=tuple(kept))
