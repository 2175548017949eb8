"""What the companies' programs ask for: reads, writes and exports in the proportion of the promise, each timed."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from benchmarks.mixed.people import PARTS, TIERS, WIDTH, Tenant

READS, WRITES, EXPORTS = 80, 15, 5
FIGURE = {
    "declared_unit": "kilogram",
    "main_production": "1",
    "pre_quality": {"ter": "1", "ger": "2", "tir": "2"},
    "main_quality": {"ter": "1", "ger": "2", "tir": "2"},
}
_DECLARED = (503, 429, 412)  # come again; too many; somebody else was first


@dataclass
class Kept:
    """What was measured and what the server acknowledged."""

    times: dict[str, list[float]] = field(default_factory=lambda: {"read": [], "write": [], "export": []})
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    parts: int = 0
    linked: list[str] = field(default_factory=list)
    comments: int = 0

    @property
    def all_times(self) -> list[float]:
        """Of every request, in order of length."""
        return sorted(moment for kind in self.times.values() for moment in kind)


class Away(Exception):
    """The server said something that no client should hear."""


class Caller:
    """One thread with one kept-alive connection; acts as whichever company is on."""

    _names = count()

    def __init__(self, port: int, tenants: list[Tenant], kept: Kept, lock: threading.Lock, seed: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.tenants, self.kept, self.lock = tenants, kept, lock
        self.dice = random.Random(seed)

    def act(self, due: float) -> None:
        """One step of one company. `due`: when it was to begin (perf_counter); a late start counts as waiting."""
        dice, tenant = self.dice, self.dice.choice(self.tenants)
        kind = dice.choices(("read", "write", "export"), (READS, WRITES, EXPORTS))[0]
        does: Callable[[Tenant, float], None] = {"read": self._read, "write": self._write, "export": self._export}[kind]
        try:
            does(tenant, due)
        except Away as error:
            with self.lock:
                self.kept.failures.append(str(error))
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            with self.lock:
                self.kept.failures.append(repr(error))

    def _read(self, tenant: Tenant, due: float) -> None:
        part = self.dice.choice(tenant.parts)
        many = "&".join(f"trace_id={one}" for one in self.dice.sample(tenant.parts, 10))
        paths = [
            "/api/v1/parts?limit=50",
            f"/api/v1/parts/{part}",
            f"/api/v1/parts/{part}/footprint",
            f"/api/v1/parts/{part}/footprint/why",
            f"/api/v1/footprints?{many}",
            "/api/v1/requests?limit=50",
            "/api/v1/requests-received?limit=50",
            f"/api/v1/parts/{part}/history",
        ]
        if tenant.requests:
            paths.append(f"/api/v1/requests/{self.dice.choice(tenant.requests)}")
        self._call("read", tenant, "GET", self.dice.choice(paths), due=due)

    def _export(self, tenant: Tenant, due: float) -> None:
        form = "xlsx" if self.dice.random() < 0.2 else "csv"
        self._call("export", tenant, "GET", f"/api/v1/parts/export?format={form}", due=due, plain=True)

    def _write(self, tenant: Tenant, due: float) -> None:
        turn = self.dice.random()
        if turn < 0.4:
            self._declare(tenant, due)
        elif turn < 0.6 and tenant.requests:
            self._comment(tenant, due)
        else:
            self._part_and_request(tenant, due)

    def _declare(self, tenant: Tenant, due: float) -> None:
        path = f"/api/v1/parts/{self.dice.choice(tenant.parts)}/footprint"
        etag: list[str] = []
        self._call("read", tenant, "GET", path, due=due, etag=etag)
        said = FIGURE | {"pre_production": str(self.dice.randrange(1, 99))}
        self._call("write", tenant, "PUT", path, said, headers={"If-Match": etag[0]} if etag else {})

    def _comment(self, tenant: Tenant, due: float) -> None:
        path = f"/api/v1/requests/{self.dice.choice(tenant.requests)}/comments"
        if self._call("write", tenant, "POST", path, {"body": "いつ頃になりますか。"}, due=due) is not None:
            with self.lock:
                self.kept.comments += 1

    def _part_and_request(self, tenant: Tenant, due: float) -> None:
        name = f"新{next(self._names)}"
        words = {"plant_id": str(tenant.plant_id), "unit": "kilogram", "terminated": False}
        body = {"parent": words | {"name": name}, "children": [words | {"name": f"{name}c", "amount": "2"}]}
        written = self._call("write", tenant, "POST", "/api/v1/parts", body, due=due)
        if written is None:
            return
        with self.lock:
            self.kept.parts += 2
        if tenant.tier == TIERS - 1 or self.dice.random() < 0.5:
            return
        supplier = self.tenants[(tenant.tier + 1) * WIDTH + self.dice.randrange(WIDTH)]
        asked = {
            "upstream_operator_id": str(supplier.operator_id),
            "downstream_trace_id": written["children"][0]["part"]["trace_id"],
        }
        trade = self._call("write", tenant, "POST", "/api/v1/requests", asked)
        if trade is None:
            return
        delivered = {"trace_id": supplier.parts[self.dice.randrange(PARTS)]}
        path = f"/api/v1/requests-received/{trade['request_id']}/link"
        if self._call("write", supplier, "POST", path, delivered) is not None:
            with self.lock:
                self.kept.linked.append(trade["request_id"])

    def _call(
        self,
        kind: str,
        tenant: Tenant,
        method: str,
        path: str,
        body: Any = None,
        *,
        due: float | None = None,
        headers: dict[str, str] | None = None,
        etag: list[str] | None = None,
        plain: bool = False,
    ) -> Any:
        """The answer's body, or None when a declared refusal came. Raises Away."""
        started = time.perf_counter() if due is None else due
        said = {"Authorization": f"Bearer {tenant.key}", "Content-Type": "application/json"} | (headers or {})
        self.connection.request(method, path, None if body is None else json.dumps(body), said)
        answer = self.connection.getresponse()
        raw = answer.read()
        taken = time.perf_counter() - started
        with self.lock:
            self.kept.times[kind].append(taken)
            self.kept.statuses[answer.status] += 1
        if answer.status in _DECLARED:
            return None
        if answer.status not in (200, 201, 204):
            raise Away(f"{method} {path}: {answer.status} {raw[:200]!r}")
        if etag is not None:
            etag.append(answer.headers["ETag"])
        return raw if plain else json.loads(raw)
