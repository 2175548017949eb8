"""A system of the Ouranos family as its client sees it: one method for each call, pages and limits inside.

Away    it does not answer, or not now: everything waits
Denied  it does not let us in: a person has to act
Said    it refuses this one thing, and says why
"""

import base64
import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID, uuid4

import msgspec

from meguri.dataspaces.ouranos.client import foreign
from meguri.dataspaces.ouranos.client.model import Access, Gateway, System
from meguri.dataspaces.ouranos.client.rules import limits
from meguri.jobs.outbound import Outbound, Refused, Reply, Unreachable
from meguri.kernel import clock

Model = TypeVar("Model")
_AFTER = re.compile(r"[?&]after=([0-9a-fA-F-]{36})")
_TRANSPORT, _INFO = "/api/v1/datatransport", "/api/v1/authInfo"
_NOW = (408, 425, 429, 502, 503, 504)
_TOKEN_S = 600  # so long a token is used whose end cannot be read
_tokens: dict[UUID, tuple[str, float]] = {}


class Away(Exception):
    """It does not answer, or not now. `reason`: a short word."""

    def __init__(self, reason: str) -> None:
        """`reason` of a fixed form: NO_ANSWER, BAD_ANSWER, HTTP_503 …"""
        super().__init__(reason)
        self.reason = reason


class Denied(Exception):
    """It does not let us in. `reason`: what it said."""

    def __init__(self, reason: str) -> None:
        """`reason`: the system's own sentence, or ADDRESS."""
        super().__init__(reason)
        self.reason = reason


class Said(Exception):
    """It refuses this one thing."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """`code`: of its catalogue if it has one, else the HTTP status."""
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def forget(system_id: UUID) -> None:
    """Sign in anew next time."""
    _tokens.pop(system_id, None)


class Foreign:
    """The system, for one company's account."""

    def __init__(self, system: System, access: Access, outbound: Outbound) -> None:
        """Nothing is sent yet."""
        self.system = system
        self._access, self._out = access, outbound

    # ── companies and plants ─────────────────────────────────────────────────────────────────────────────────────────

    async def me(self) -> foreign.Operator:
        """The account's own company."""
        return await self._get(self._info("operator"), foreign.Operator)

    async def company(self, open_operator_id: str) -> foreign.Operator | None:
        """The company with this public identifier."""
        try:
            return await self._get(self._info("operator", openOperatorId=open_operator_id), foreign.Operator)
        except Said as said:
            if said.status == 404:
                return None
            raise

    async def companies(self, operator_ids: Collection[UUID]) -> list[foreign.Operator]:
        """Companies by their ids; unknown ones are left out."""
        found: list[foreign.Operator] = []
        for some in _chunks(sorted(operator_ids), limits().operator_ids):
            url = self._info("operator", operatorIds=",".join(map(str, some)))
            found += await self._get(url, list[foreign.Operator])
        return found

    async def plants(self) -> list[foreign.Plant]:
        """The account's plants."""
        return await self._get(self._info("plant"), list[foreign.Plant])

    async def put_plant(self, body: Mapping[str, Any]) -> foreign.Plant:
        """A new plant, or an own one as said."""
        reply = await self._send("PUT", self._info("plant"), body)
        return _read(reply, foreign.Plant)

    # ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def parts(self) -> list[foreign.Parts]:
        """All parts of the account."""
        return await self._pages("parts", foreign.Parts, lambda one: one.trace_id)

    async def structure(self, trace_id: UUID) -> foreign.Structure:
        """A part with its components."""
        return await self._get(self._data("partsStructure", traceId=trace_id), foreign.Structure)

    async def put_part(self, body: Mapping[str, Any], key: str) -> tuple[foreign.Parts, str | None]:
        """A part without components, and the track of the write."""
        reply = await self._send("PUT", self._data("parts"), body, key)
        return _read(reply, foreign.Parts), _track(reply)

    async def put_structure(self, body: Mapping[str, Any], key: str) -> tuple[foreign.Structure, str | None]:
        """A part with its components, and the track of the write."""
        reply = await self._send("PUT", self._data("partsStructure"), body, key)
        return _read(reply, foreign.Structure), _track(reply)

    async def delete_part(self, trace_id: UUID) -> None:
        """The part goes."""
        await self._send("DELETE", self._data("parts", traceId=trace_id), None)

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def requests(self, trace_ids: Collection[UUID]) -> list[foreign.Trade]:
        """Our requests on these parts."""
        found: list[foreign.Trade] = []
        for some in _chunks(sorted(trace_ids), limits().trace_ids):
            url = self._data("tradeRequest", traceIds=",".join(map(str, some)))
            found += await self._get(url, list[foreign.Trade])
        return found

    async def all_requests(self) -> list[foreign.Trade]:
        """All our requests."""
        return await self._pages("tradeRequest", foreign.Trade, lambda one: one.trade_id)

    async def statuses(self) -> list[foreign.Status]:
        """Where all our requests stand."""
        return await self._pages("status", foreign.Status, lambda one: one.status_id, statusTarget="REQUEST")

    async def statuses_of(self, trace_id: UUID) -> list[foreign.Status]:
        """Where our requests on one part stand."""
        return await self._get(self._data("status", statusTarget="REQUEST", traceId=trace_id), list[foreign.Status])

    async def status(self, status_id: UUID) -> foreign.Status | None:
        """Where one received request stands; None: it is withdrawn."""
        found = await self._get(self._data("status", statusTarget="RESPONSE", statusId=status_id), list[foreign.Status])
        return found[0] if found else None

    async def received(self) -> list[foreign.TradeResponse]:
        """All requests to us."""
        return await self._pages("tradeResponse", foreign.TradeResponse, lambda one: one.status_model.status_id)

    async def put_request(self, body: Mapping[str, Any], key: str) -> tuple[foreign.TradeRequest, str | None]:
        """A new request, or new words of one, and the track of the write."""
        reply = await self._send("PUT", self._data("tradeRequest"), body, key)
        return _read(reply, foreign.TradeRequest), _track(reply)

    async def put_response(self, trade_id: UUID, trace_id: UUID, key: str) -> str | None:
        """Our part answers a request; the track of the write."""
        return _track(
            await self._send("PUT", self._data("tradeResponse", tradeId=trade_id, traceId=trace_id), None, key)
        )

    async def put_status(self, body: Mapping[str, Any], key: str) -> str | None:
        """Withdraw or return a request; the track of the write."""
        return _track(await self._send("PUT", self._data("status"), body, key))

    # ── footprints and certificates ──────────────────────────────────────────────────────────────────────────────────

    async def cfp(self, trace_ids: Collection[UUID]) -> list[foreign.Cfp]:
        """The rows that the account may see of its own parts."""
        found: list[foreign.Cfp] = []
        for some in _chunks(sorted(trace_ids), limits().trace_ids):
            found += await self._get(self._data("cfp", traceIds=",".join(map(str, some))), list[foreign.Cfp])
        return found

    async def put_cfp(self, rows: Sequence[Mapping[str, Any]], key: str) -> tuple[UUID | None, str | None]:
        """A footprint; its id there, and the track of the write."""
        reply = await self._send("PUT", self._data("cfp"), rows, key)
        kept: list[foreign.Cfp] = _read(reply, list[foreign.Cfp])
        return (kept[0].cfp_id if kept else None), _track(reply)

    async def certification(self, trace_id: UUID) -> list[foreign.Certification]:
        """The certificate of a part, or of what answers for it."""
        return await self._get(self._data("cfpCertification", traceId=trace_id), list[foreign.Certification])

    # ── the traceability system's own paths ──────────────────────────────────────────────────────────────────────────

    @property
    def has_north(self) -> bool:
        """Whether the traceability system's own paths are known."""
        return bool(self.system.north_url)

    async def tracks(self, track_ids: Sequence[str]) -> dict[str, str]:
        """Which of these writes are done: SUCCESS, ERROR or PROCESSING; what it does not know is left out."""
        told: dict[str, str] = {}
        for some in _chunks(list(track_ids), limits().tracks):
            try:
                found = await self._get(
                    self._north("requestStatus", trackId=",".join(some)), list[foreign.Track], north=True
                )
            except Said:
                continue
            told |= {one.track_id.replace("-", ""): one.summary_request_status for one in found}
        return told

    async def release(self, trace_id: UUID, to: UUID, groups: Mapping[str, bool]) -> None:
        """What a customer may see of a part's footprint."""
        acl = [{"aclItemGroup": name, "releasedFlag": open_} for name, open_ in groups.items() if name != "CERTIFICATE"]
        common = {"releasedToOperatorId": str(to), "traceId": str(trace_id)}
        await self._post("cfpAcl", {**common, "acl": acl})
        await self._post("cfpCertificationAcl", {**common, "releasedFlag": groups.get("CERTIFICATE", False)})

    async def reply(self, status_id: UUID, message: str | None) -> None:
        """Words to the customer."""
        await self._post("replyMessages", {"requestId": str(status_id), "replyMessage": message or ""})

    async def upload(self, trace_id: UUID, file_name: str, content: bytes, media_type: str) -> UUID:
        """A file of a part's certificate; its id there."""
        extension = file_name.rpartition(".")[2]
        told = await self._post("fileUploadUrl", {"fileInfo": [{"fileName": file_name, "extension": extension}]})
        address: foreign.FileAddress = _read(told, list[foreign.FileAddress])[0]
        key = await self._call("GET", self._north("keyId"), None, north=True)
        headers = {
            "content-type": media_type,
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id": key.body.decode("utf-8", "replace").strip().strip('"'),
        }
        _refuse(await self._reach("PUT", address.url, headers, content))
        await self._post(
            "cfpCertificationInfo",
            {
                "traceId": str(trace_id),
                "cfpCertificationFileInfo": [{"fileId": str(address.file_id), "fileName": file_name}],
            },
        )
        return address.file_id

    async def download(self, file: foreign.FileInfo, trade_id: UUID, most_bytes: int) -> bytes:
        """A file of the certificate that answers a request of ours."""
        url = self._north(
            "fileDownloadUrl",
            fileOperatorId=file.operator_id,
            fileId=file.file_id,
            downloadType="OTHER",
            cfpCertificationId=trade_id,
        )
        address: foreign.FileAddress = await self._get(url, foreign.FileAddress, north=True)
        reply = await self._reach("GET", address.url, {}, b"", most_bytes)
        _refuse(reply)
        return reply.body

    # ── beneath ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _data(self, target: str, **query: object) -> str:
        return f"{self.system.base_url}{_TRANSPORT}?{urlencode({'dataTarget': target, **query}, safe=',')}"

    def _info(self, target: str, **query: object) -> str:
        base = self.system.base_url if self.system.gateway is Gateway.ODS else self.system.auth_url
        return f"{base}{_INFO}?{urlencode({'dataTarget': target, **query}, safe=',')}"

    def _north(self, name: str, **query: object) -> str:
        own = {"operatorId": self.system.foreign_operator_id, **query}
        return f"{self.system.north_url}/{name}?{urlencode(own, safe=',')}"

    async def _post(self, name: str, body: Mapping[str, Any]) -> Reply:
        said = {"operatorId": str(self.system.foreign_operator_id), **body}
        return await self._call("POST", f"{self.system.north_url}/{name}", said, north=True)

    async def _pages(self, target: str, kind: Any, key: Any, **query: object) -> list[Any]:
        """All rows over the `Link` cursor, each once: the cursor names the first row of the next page."""
        rows: dict[UUID, Any] = {}
        seen: set[str] = set()
        after: str | None = None
        for _ in range(limits().pages):
            wanted = {**query, "limit": limits().rows, **({"after": after} if after else {})}
            reply = await self._call("GET", self._data(target, **wanted), None)
            for row in _read(reply, list[kind]):
                rows.setdefault(key(row), row)
            link = _AFTER.search(reply.headers.get("link", ""))
            if link is None or link[1].lower() in seen:
                return list(rows.values())
            after = link[1].lower()
            seen.add(after)
        raise Away("ENDLESS_PAGES")

    async def _get(self, url: str, kind: type[Model], *, north: bool = False) -> Model:
        return _read(await self._call("GET", url, None, north=north), kind)

    async def _send(self, method: str, url: str, body: Any, key: str | None = None) -> Reply:
        return await self._call(method, url, body, key=key)

    async def _call(self, method: str, url: str, body: Any, *, north: bool = False, key: str | None = None) -> Reply:
        reply = await self._once(method, url, body, north, key)
        if reply.status == 401:  # the token may have ended before its time
            forget(self.system.system_id)
            reply = await self._once(method, url, body, north, key)
        if reply.status == 401:
            raise Denied(_fault(reply).message or "HTTP_401")
        if reply.status == 403 and _of_the_door(reply):
            raise Denied(_fault(reply).message or "HTTP_403")
        _refuse(reply)
        return reply

    async def _once(self, method: str, url: str, body: Any, north: bool, key: str | None) -> Reply:
        headers = self._headers(await self._token(), north=north)
        content = b"" if body is None else msgspec.json.encode(body)
        if key:  # the same write is the same key: systems that know it answer it twice and do it once
            said = b"\0".join((key.encode(), method.encode(), url.encode(), content))
            headers["idempotency-key"] = sha256(said).hexdigest()[:40]
        return await self._reach(method, url, headers, content)

    def _headers(self, token: str | None, *, north: bool) -> dict[str, str]:
        headers = {"content-type": "application/json", "accept-language": "ja", "x-requested-with": "xhr"}
        if north:
            headers["x-api-key"] = self._access.north_key
        elif self.system.gateway is Gateway.ODS:
            headers |= {"api-key": self._access.api_key, "x-trackingid": str(uuid4())}
        else:
            headers["apikey"] = self._access.api_key
        if token:
            headers["authorization"] = f"Bearer {token}"
        return headers

    async def _token(self) -> str:
        known = _tokens.get(self.system.system_id)
        if known is not None and known[1] > time.monotonic():
            return known[0]
        said = {"operatorAccountId": self._access.account, "accountPassword": self._access.password}
        headers = {"content-type": "application/json", "apikey": self._access.api_key}
        reply = await self._reach("POST", f"{self.system.auth_url}/auth/login", headers, msgspec.json.encode(said))
        if reply.status in (400, 401, 403):
            raise Denied(_fault(reply).message or f"HTTP_{reply.status}")
        _refuse(reply)
        given: foreign.Tokens = _read(reply, foreign.Tokens)
        _tokens[self.system.system_id] = (given.access_token, time.monotonic() + _life(given.access_token))
        return given.access_token

    async def _reach(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, most_bytes: int = 32 << 20
    ) -> Reply:
        try:
            reply = await self._out.send(
                method, url, headers=headers, body=body, timeout_s=limits().timeout_s, most_bytes=most_bytes
            )
        except Refused:
            raise Denied("ADDRESS") from None
        except Unreachable:
            raise Away("NO_ANSWER") from None
        if reply.status in _NOW or (reply.status >= 500 and method == "GET"):
            raise Away(f"HTTP_{reply.status}")
        return reply


def _refuse(reply: Reply) -> None:
    """Raises Said unless the answer is a success."""
    if 200 <= reply.status < 300:
        return
    if 300 <= reply.status < 400:
        raise Away("REDIRECT")
    fault = _fault(reply)
    code = fault.detail if fault.code.startswith("[traceability]") else fault.code
    raise Said(reply.status, code or f"HTTP_{reply.status}", fault.message)


def _fault(reply: Reply) -> foreign.Fault:
    """What the system says, whichever of its two forms it has."""
    try:
        listed: foreign.ListedFaults = foreign.decode(reply.body, foreign.ListedFaults)
        if listed.errors:
            words = ", ".join(one.error_description for one in listed.errors)
            return foreign.Fault(code=listed.errors[0].error_code, message=words)
        fault: foreign.Fault = foreign.decode(reply.body, foreign.Fault)
    except msgspec.MsgspecError:
        return foreign.Fault()
    return fault


def _of_the_door(reply: Reply) -> bool:
    """Whether a 403 is about the key or the gateway, not about the matter."""
    code = _fault(reply).code
    return code.startswith("[auth]") or code in ("MSGMGA0003", "")


def _life(token: str) -> float:
    """For how many seconds a token is used: four fifths of its life, as its `exp` says."""
    try:
        payload = token.split(".")[1]
        claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return max((float(claims["exp"]) - clock.now().timestamp()) * 0.8, 1.0)
    except (IndexError, KeyError, TypeError, ValueError, msgspec.MsgspecError):
        return _TOKEN_S


def _track(reply: Reply) -> str | None:
    found = reply.headers.get("x-track", "").strip().replace("-", "")
    return found if re.fullmatch(r"[0-9a-fA-F]{32}", found) else None


def _read(reply: Reply, kind: type[Model]) -> Model:
    try:
        return foreign.decode(reply.body, kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Away("BAD_ANSWER") from None


def _chunks(values: Iterable[Any], size: int) -> Iterable[list[Any]]:
    found = list(values)
    return [found[start : start + size] for start in range(0, len(found), size)]
