"""HTTP to partners, who may be slow, wrong or hostile: addresses are looked up once and must be public, no redirect is
followed, time and size are limited."""

import json
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urljoin, urlsplit

from meguri.kernel.addresses import parts_of

SECONDS = 10.0
MOST_BYTES = 25 << 20
_SIGN_IN = "/auth/token"
_DISCOVERY = "/.well-known/openid-configuration"


class Unreachable(Exception):
    """No answer, or none that we may or can read; the text says why."""


class Reply(NamedTuple):
    """What a partner answered."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises Unreachable."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Unreachable("the answer is not JSON") from None


class Peer:
    """A partner's PACT service, with the credentials that it gave us. Blocking: to be called in a thread."""

    def __init__(self, base_url: str, client_id: str, secret: str, *, private: bool = False) -> None:
        """`private`: private addresses and plain HTTP are allowed (profiles for trying out)."""
        self._base, self._client_id, self._secret = base_url.rstrip("/"), client_id, secret
        self._private = private
        self._token: str | None = None

    def get_footprint(self, footprint_id: str) -> Reply:
        """GetFootprint."""
        return self._with_token("GET", f"/3/footprints/{quote(footprint_id)}")

    def list_footprints(self, **filters: str) -> list[dict[str, Any]]:
        """ListFootprints, every page. Raises Unreachable."""
        url: str | None = f"{self._base}/3/footprints" + (f"?{urlencode(filters)}" if filters else "")
        found: list[dict[str, Any]] = []
        for _ in range(1000):
            if url is None:
                return found
            reply, link = self._page(url)
            if reply.status != 200:
                raise Unreachable(f"the list was answered with {reply.status}")
            told = reply.json()
            if not isinstance(told, dict) or not isinstance(told.get("data"), list):
                raise Unreachable("the list is not in form")
            found += told["data"]
            url = link
        raise Unreachable("the list has no end")

    def post_event(self, event: Mapping[str, Any]) -> Reply:
        """Sends an event."""
        body = json.dumps(event, ensure_ascii=False).encode()
        return self._with_token("POST", "/3/events", body, "application/cloudevents+json; charset=utf-8")

    def _with_token(self, method: str, path: str, body: bytes | None = None, media_type: str | None = None) -> Reply:
        """With a token; where it is refused, once more with a new one."""
        reply = self._once(method, path, body, media_type)
        if reply.status == 401:
            self._token = None
            reply = self._once(method, path, body, media_type)
        return reply

    def _once(self, method: str, path: str, body: bytes | None, media_type: str | None) -> Reply:
        headers = {"Authorization": f"Bearer {self._signed_in()}", "Accept": "application/json"}
        if media_type:
            headers["Content-Type"] = media_type
        return request(method, f"{self._base}{path}", headers, body, private=self._private)[0]

    def _page(self, url: str) -> tuple[Reply, str | None]:
        if parts_of(url)[:2] != parts_of(self._base)[:2]:
            raise Unreachable("the next page is elsewhere")
        headers = {"Authorization": f"Bearer {self._signed_in()}", "Accept": "application/json"}
        reply, answered = request("GET", url, headers, None, private=self._private)
        return reply, _next_of(answered.get("link", ""), url)

    def _signed_in(self) -> str:
        if self._token is None:
            pair = b64encode(f"{self._client_id}:{self._secret}".encode()).decode()
            headers = {
                "Authorization": f"Basic {pair}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            }
            form = urlencode({"grant_type": "client_credentials"}).encode()
            reply, _ = request("POST", self._token_endpoint(), headers, form, private=self._private)
            if reply.status != 200:
                raise Unreachable(f"signing in was answered with {reply.status}")
            told = reply.json()
            token = told.get("access_token") if isinstance(told, dict) else None
            if not isinstance(token, str) or not token.isascii() or not token.isprintable():
                raise Unreachable("signing in gave no token")
            self._token = token
        return self._token

    def _token_endpoint(self) -> str:
        """From the discovery document, where there is one, else the usual place."""
        try:
            reply, _ = request("GET", f"{self._base}{_DISCOVERY}", {}, None, private=self._private)
            told = reply.json().get("token_endpoint") if reply.status == 200 else None
        except (Unreachable, AttributeError):
            told = None
        return told if isinstance(told, str) else f"{self._base}{_SIGN_IN}"


def request(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, private: bool = False
) -> tuple[Reply, dict[str, str]]:
    """One request; the reply and its headers by lower-case name. Raises Unreachable."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Unreachable("the address is not in form") from None
    if parts.scheme not in (("https", "http") if private else ("https",)) or not parts.hostname:
        raise Unreachable("the address must begin with https://")
    address = resolve(parts.hostname, port, private=private)
    connection = _connection(parts.scheme, parts.hostname, address, port)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body, {"User-Agent": "meguri", "Connection": "close", **headers})
        answer = connection.getresponse()
        content = answer.read(MOST_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from None
    finally:
        connection.close()
    if len(content) > MOST_BYTES:
        raise Unreachable("the answer is too large")
    return Reply(answer.status, content), {name.lower(): value for name, value in answer.getheaders()}


def resolve(host: str, port: int, *, private: bool = False) -> str:
    """The address of a host, looked up once, so that it cannot become another one. Raises Unreachable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("the host is not known") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not private and not all(_public(address) for address in addresses):
        raise Unreachable("the host has a private address")
    return addresses[0]


def _public(address: str) -> bool:
    parsed = ip_address(address.partition("%")[0])
    inner = getattr(parsed, "ipv4_mapped", None) or parsed
    return bool(inner.is_global and not inner.is_multicast)


def _connection(scheme: str, host: str, address: str, port: int) -> HTTPConnection:
    try:
        raw = socket.create_connection((address, port), SECONDS)
        if scheme == "http":
            connection = HTTPConnection(host, port, timeout=SECONDS)
            connection.sock = raw
            return connection
        context = ssl.create_default_context()
        connection = HTTPSConnection(host, port, timeout=SECONDS, context=context)
        connection.sock = context.wrap_socket(raw, server_hostname=host)
    except (OSError, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from None
    return connection


def _next_of(link: str, base: str) -> str | None:
    """Where the list goes on. Raises Unreachable."""
    for piece in link.split(","):
        target, _, more = piece.partition(";")
        if 'rel="next"' in more.replace(" ", "") or "rel=next" in more.replace(" ", ""):
            try:
                return urljoin(base, target.strip().strip("<>"))
            except ValueError:
                raise Unreachable("the address of the next page is not in form") from None
    return None
