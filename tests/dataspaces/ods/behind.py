"""Services behind the gateway, and an identity component beside it, as anybody could run them: bare HTTP on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

Answer = tuple[int, dict[str, str], bytes] | bytes | None
"""Status, headers and body; or the bytes of the wire as they are; or nothing, ever."""


@dataclass
class Heard:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Service:
    """A service on a port of its own. `says` answers each request."""

    says: Callable[[Heard], Answer]
    heard: list[Heard] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request for each connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in head[1:] if one)}
        one = Heard(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))
        self.heard.append(one)
        answer = self.says(one)
        if answer is None:
            await asyncio.sleep(60)
        elif isinstance(answer, bytes):
            writer.write(answer)
        else:
            status, more, body = answer
            lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", "connection: close"]
            lines += [f"{name}: {value}" for name, value in more.items()]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        if writer.can_write_eof():
            await writer.drain()
        writer.close()


@asynccontextmanager
async def service(says: Callable[[Heard], Answer]) -> AsyncIterator[Service]:
    """Within: the service answers."""
    made = Service(says)
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as server:
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield made


def js(body: Any, status: int = 200) -> Answer:
    """An answer of JSON."""
    return status, {"content-type": "application/json"}, json.dumps(body).encode()


class Component:
    """An identity component: keys, accounts that it confirms, tokens, introspection and decisions."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.url = ""
        self.accounts = {"system-1"}
        self.decision: Any = True
        self.secret = "kept"

    def token(self, operator_id: Any, **more: Any) -> str:
        """A token of this issuer; `more` goes before what stands in it otherwise, None takes it away."""
        kid = more.pop("kid", "k1")
        key = more.pop("key", self.key)
        now = more.pop("now")
        said = {"iss": self.url, "sub": "system-1", "azp": "app-1", "aud": "account", "iat": now, "exp": now + 60,
                "operator_id": str(operator_id) if isinstance(operator_id, UUID) else operator_id, **more}  # fmt: skip
        plain = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(plain, key, "RS256", headers={"kid": kid})

    def says(self, asked: Heard) -> Answer:
        """All doors of the component."""
        path = asked.target
        if path == "/.well-known/openid-configuration":
            return js({"issuer": self.url, "authorization_endpoint": f"{self.url}/a", "token_endpoint": f"{self.url}/t",
                       "jwks_uri": f"{self.url}/jwks", "userinfo_endpoint": f"{self.url}/userinfo"})  # fmt: skip
        if path == "/jwks":
            jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return js({"keys": [{**jwk, "kid": "k1", "use": "sig", "alg": "RS256"}]})
        if path == "/userinfo":
            token = asked.headers["authorization"].removeprefix("Bearer ")
            sub = jwt.decode(token, options={"verify_signature": False})["sub"]
            return js({"sub": sub}) if sub in self.accounts else js({"error": "invalid_token"}, 401)
        if path == "/auth/token/introspect":
            said = json.loads(asked.body)
            info = jwt.decode(said["access_token"], options={"verify_signature": False})
            data = {"active": said["client_secret"] == self.secret and info["sub"] in self.accounts, "token_info": info}
            return js({"type": "about:blank", "title": "OK", "status": 200, "detail": "", "data": data})
        if path == "/authz/stores/s/access/v1/evaluation":
            decided = self.decision(json.loads(asked.body)) if callable(self.decision) else self.decision
            return js({"type": "x", "title": "t", "status": 200, "detail": "", "data": {"decision": decided}})
        return js({}, 404)
