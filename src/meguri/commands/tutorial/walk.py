"""Walking the tutorials: ids are replaced by those that the server gave, answers are compared with the recorded ones."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from meguri.kernel.shipped import files

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
_FREE = {"accessToken", "refreshToken"}


@dataclass
class Result:
    """One call: what was asked, and where the answer differs from the recorded one."""

    step: int
    actor: str
    call: str
    milliseconds: float = 0.0
    differences: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the answer is the recorded one."""
        return not self.differences


class _Walk:
    def __init__(self, client: httpx.Client, api_key: str, fixed: set[str]) -> None:
        self._client = client
        self._api_key = api_key
        self._fixed = fixed
        self._ids: dict[str, str] = {}
        self._tokens: dict[str, str] = {}

    def take(self, step: dict[str, Any]) -> Result:
        request, actor = step["request"], step["actor"]
        url = self._ours(request["url"])
        result = Result(step["step"], actor, f"{request['method']} {url}")
        headers = {"apiKey": self._api_key}
        if "Authorization" in request["headers"]:
            headers["Authorization"] = f"Bearer {self._tokens.get(actor, '')}"
        content = None
        if request["body"] is not None:
            headers["Content-Type"] = "application/json"
            content = self._ours(json.dumps(request["body"], ensure_ascii=False)).encode()
        started = time.perf_counter()
        try:
            answer = self._client.request(request["method"], url, headers=headers, content=content)
        except httpx.HTTPError as error:
            result.differences.append(f"no answer: {error}")
            return result
        result.milliseconds = (time.perf_counter() - started) * 1000
        if answer.status_code != step["response"]["status"]:
            result.differences.append(
                f"status {answer.status_code} instead of {step['response']['status']}: {answer.text[:200]}"
            )
            return result
        body = answer.json()
        self._compare(step["response"]["body"], body, "body", result.differences)
        if isinstance(body, dict) and "accessToken" in body:
            self._tokens[actor] = body["accessToken"]
        return result

    def _ours(self, text: str) -> str:
        return _UUID.sub(lambda found: self._ids.get(found[0], found[0]), text)

    def _compare(self, recorded: Any, given: Any, path: str, differences: list[str]) -> None:
        if isinstance(recorded, dict) and isinstance(given, dict):
            if recorded.keys() != given.keys():
                differences.append(f"{path}: keys {sorted(given)} instead of {sorted(recorded)}")
            for key in recorded.keys() & given.keys() - _FREE:
                self._compare(recorded[key], given[key], f"{path}.{key}", differences)
        elif isinstance(recorded, list) and isinstance(given, list):
            if len(recorded) != len(given):
                differences.append(f"{path}: {len(given)} items instead of {len(recorded)}")
            for place, (wanted, got) in enumerate(zip(recorded, given, strict=False)):
                self._compare(wanted, got, f"{path}[{place}]", differences)
        elif not self._same(recorded, given, path):
            differences.append(f"{path}: {given!r} instead of {recorded!r}")

    def _same(self, recorded: Any, given: Any, path: str) -> bool:
        if path.endswith("ModifiedAt") and isinstance(recorded, str):
            return isinstance(given, str) and _TIME.match(given) is not None
        if isinstance(recorded, str) and _UUID.fullmatch(recorded) and recorded not in self._fixed:
            if not isinstance(given, str) or not _UUID.fullmatch(given):
                return False
            return self._ids.setdefault(recorded, given) == given
        return bool(recorded == given) and isinstance(recorded, bool) == isinstance(given, bool)


def walk(base_url: str, api_key: str) -> Iterator[Result]:
    """One result for each of the 17 calls, in order. The server must be freshly seeded (profile `tutorial`)."""
    recorded = json.loads(files(__package__).joinpath("tutorials.json").read_text(encoding="utf-8"))
    fixed = {identifier for identifier, what in recorded["ids"].items() if "fixed" in what}
    with httpx.Client(base_url=base_url, timeout=30) as client:
        walking = _Walk(client, api_key, fixed)
        for step in recorded["steps"]:
            yield walking.take(step)
