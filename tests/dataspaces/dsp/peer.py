"""A peer written only from the public message schemas of DSP 2025-1: it shares no line with the product.

It behaves as the public test kit does: a message that no scenario expects yet gets 404, every body is checked by its type, and the
next step is taken before the answer to the last one has been sent.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

CONTEXT = "https://w3id.org/dspace/2025/1/context.jsonld"
PIDS = {"@context", "@type", "providerPid", "consumerPid"}
REQUIRED = {
    "ContractRequestMessage": {"@context", "@type", "consumerPid", "offer"},
    "ContractOfferMessage": {"@context", "@type", "providerPid", "offer"},
    "ContractAgreementMessage": PIDS | {"agreement"},
    "ContractAgreementVerificationMessage": PIDS,
    "ContractNegotiationEventMessage": PIDS | {"eventType"},
    "ContractNegotiationTerminationMessage": PIDS,
    "ContractNegotiation": PIDS | {"state"},
    "ContractNegotiationError": PIDS,
    "TransferRequestMessage": {"@context", "@type", "consumerPid", "agreementId", "format", "callbackAddress"},
    "TransferStartMessage": PIDS,
    "TransferCompletionMessage": PIDS,
    "TransferSuspensionMessage": PIDS,
    "TransferTerminationMessage": PIDS,
    "TransferProcess": PIDS | {"state"},
    "TransferError": PIDS,
    "CatalogError": {"@context", "@type"},
}
TYPES = {
    ("negotiations", "request"): "ContractRequestMessage",
    ("negotiations", "offers"): "ContractOfferMessage",
    ("negotiations", "agreement"): "ContractAgreementMessage",
    ("negotiations", "agreement/verification"): "ContractAgreementVerificationMessage",
    ("negotiations", "events"): "ContractNegotiationEventMessage",
    ("negotiations", "termination"): "ContractNegotiationTerminationMessage",
    ("transfers", "request"): "TransferRequestMessage",
    ("transfers", "start"): "TransferStartMessage",
    ("transfers", "completion"): "TransferCompletionMessage",
    ("transfers", "suspension"): "TransferSuspensionMessage",
    ("transfers", "termination"): "TransferTerminationMessage",
}


def check(body: Any, kind: str) -> None:
    """What the schema of `kind` demands. Raises AssertionError."""
    assert body["@type"] == kind, (body, kind)
    missing = REQUIRED[kind] - set(body)
    assert not missing, (kind, missing)
    assert isinstance(body["@context"], list), body
    assert CONTEXT in body["@context"], body
    for name in ("reason",):
        assert body.get(name) != [], body
    policy = body.get("offer") or body.get("agreement")
    if policy:
        check_policy(policy, kind)
    if kind in ("ContractRequestMessage", "ContractOfferMessage"):
        other = "providerPid" if kind == "ContractRequestMessage" else "consumerPid"
        assert ("callbackAddress" in body) != (other in body), body
    if "dataAddress" in body:
        address = body["dataAddress"]
        assert {"@type", "endpointType"} <= set(address), address
        assert address["@type"] == "DataAddress"
        for one in address.get("endpointProperties", [None]):
            assert one is None or ({"@type", "name", "value"} <= set(one) and isinstance(one["value"], str)), address


def check_policy(policy: Any, kind: str) -> None:
    wanted = "Agreement" if kind == "ContractAgreementMessage" else "Offer"
    assert policy["@type"] == wanted, policy
    assert isinstance(policy["@id"], str), policy
    assert policy.get("permission") or policy.get("prohibition"), policy
    for name in ("permission", "prohibition", "obligation"):
        assert policy.get(name) != [], policy
        for rule in policy.get(name, ()):
            assert isinstance(rule["action"], str), policy
            assert "target" not in rule, policy
    if wanted == "Agreement":
        assert {"target", "assigner", "assignee", "timestamp"} <= set(policy), policy


@dataclass
class Session:
    """One process as the peer has it."""

    kind: str
    pid: str = field(default_factory=lambda: f"urn:uuid:{uuid4()}")
    other: str = ""
    state: str = ""
    expected: dict[str, asyncio.Future[Any]] = field(default_factory=dict)

    def expect(self, word: str) -> "asyncio.Future[Any]":
        self.expected[word] = asyncio.get_running_loop().create_future()
        return self.expected[word]


class Peer:
    """An HTTP server on loopback. `late_s`: so long after acting it answers."""

    def __init__(self, *, late_s: float = 0.03) -> None:
        self.late_s = late_s
        self.port = 0
        self.sessions: dict[str, Session] = {}
        self.waiting: dict[str, Session] = {}
        self.seen: list[tuple[str, str, Any]] = []
        self.answers: dict[str, list[int]] = {}
        self.files: dict[str, Any] = {}
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def session(self, kind: str, *, key: str = "") -> Session:
        made = Session(kind)
        self.sessions[made.pid] = made
        if key:
            self.waiting[key] = made
        return made

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Peer"]:
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                line, *rest = head.decode().split("\r\n")
                method, path, _ = line.split(" ")
                headers = {
                    name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest if one)
                }
                raw = await reader.readexactly(int(headers.get("content-length", 0)))
                self.headers.append(headers)
                status, body = await self._answer(method, path, raw)
                sent = json.dumps(body).encode()
                writer.write(
                    f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(sent)}\r\n\r\n".encode()
                    + sent
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, method: str, path: str, raw: bytes) -> tuple[int, Any]:
        parts = [unquote(one) for one in path.strip("/").split("/")]
        if method == "GET" and path in self.files:
            return 200, self.files[path]
        body = json.loads(raw) if raw else None
        self.seen.append((method, path, body))
        queued = self.answers.get(parts[-1])
        if queued:
            return queued.pop(0), {}
        family = parts[0]
        if method == "GET" and len(parts) == 2:
            known = self.sessions.get(parts[1])
            return (200, self.ack(known)) if known else (404, {"error": "No handler registered"})
        word = "/".join(parts[2:]) or parts[-1]
        session = self._session_of(parts, body)
        future = session.expected.pop(word, None) if session else None
        if session is None or future is None or future.done():  # nobody waits for it, or no longer
            return 404, {"error": "No handler registered"}
        try:
            check(body, TYPES[family, word])
        except AssertionError as wrong:
            future.set_exception(wrong)
            return 400, {"error": str(wrong)}
        first = len(parts) == 2
        if first:
            session.other = body["consumerPid"]
            session.state = "REQUESTED"
        future.set_result(body)
        await asyncio.sleep(self.late_s)
        return (201 if first else 200), self.ack(session)

    def _session_of(self, parts: list[str], body: Any) -> Session | None:
        if len(parts) == 2 and body:
            key = body.get("agreementId") or body.get("offer", {}).get("target", "")
            return self.waiting.get(key)
        return self.sessions.get(parts[1])

    def ack(self, session: Session) -> dict[str, Any]:
        kind = "ContractNegotiation" if session.kind == "negotiations" else "TransferProcess"
        return {"@context": [CONTEXT], "@type": kind, **self.pids(session), "state": session.state or "REQUESTED"}

    def pids(self, session: Session) -> dict[str, str]:
        mine, other = ("providerPid", "consumerPid") if session.provider else ("consumerPid", "providerPid")  # type: ignore[attr-defined]
        return {mine: session.pid, other: session.other}


def message(kind: str, **more: Any) -> dict[str, Any]:
    return {"@id": str(uuid4()), "@context": [CONTEXT], "@type": kind, **more}
