"""A remote matcher that is down never says that a name is clear."""

import msgspec
import pytest

from meguri.diligence.screening import Subject
from meguri.diligence.screening.remote import RemoteFailed, match

pytestmark = pytest.mark.anyio


async def test_names_are_asked_by_a_hundred_each_with_a_key_of_its_own_and_judged_by_score() -> None:
    sent: list[dict[str, object]] = []

    async def post(path: str, body: bytes) -> bytes:
        assert path.startswith("/match/default?")
        sent.append(msgspec.json.decode(body)["queries"])
        scores = {"q0": 0.83, "q1": 0.55, "q2": 0.1}
        results = {key: {"results": [{"id": "E", "caption": "X", "score": scores.get(key, 0.0)}]} for key in sent[-1]}
        return msgspec.json.encode({"responses": results})

    found = await match([Subject(str(n), f"Name {n}", "FI") for n in range(130)], "default", post)
    assert [len(one) for one in sent] == [100, 30]
    assert sent[0]["q0"] == {"schema": "Company", "properties": {"name": ["Name 0"], "country": ["fi"]}}
    assert [one.state for one in found[:4]] == ["potential", "weak", "none", "none"]


@pytest.mark.parametrize(
    "answer", [None, b"<html>", b'{"responses": {}}', b'{"responses": {"q0": {"results": [], "status": 500}}}']
)
async def test_silence_and_failure_leave_a_name_pending(answer: bytes | None) -> None:
    async def post(path: str, body: bytes) -> bytes:
        if answer is None:
            raise RemoteFailed
        return answer

    (found,) = await match([Subject("1", "Anybody")], "default", post)
    assert found.state == "pending"
