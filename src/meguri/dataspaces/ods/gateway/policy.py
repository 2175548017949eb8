"""Whether a company may call an endpoint: our own decision, or that of an outside service (AuthZEN 1.0, evaluation)."""

from typing import Any

import msgspec

from meguri.dataspaces.ods import deciding
from meguri.jobs.model import system_scope
from meguri.jobs.outbound import Outbound, Reach, Refused, Unreachable, origin_of
from meguri.kernel.scope import OperatorScope
from meguri.settings import Settings
from meguri.storage import Database

_PATIENCE_S = 10


class Undecided(Exception):
    """The service that decides cannot be asked, or does not answer with a decision: nobody is let through."""


class Policy:
    """Asks whoever decides here."""

    def __init__(self, db: Database, settings: Settings) -> None:
        """Asks nobody yet."""
        self._db, self._url, self._key = db, settings.authzen_url, settings.authzen_key
        self._header = settings.authzen_key_header
        self._outbound: Outbound | None = None

    async def allows(
        self, scope: OperatorScope, endpoint_id: str, claims: dict[str, Any], *, kind: str, token: str, tracking: str
    ) -> bool:
        """The decision. `kind`: how the resource is called, `endpoint` or `api_endpoint`. Raises Undecided."""
        asked = {
            "subject": {"type": "user", "id": str(scope.operator_id), "properties": claims},
            "resource": {"type": kind, "id": endpoint_id},
            "action": {"name": "can_access"},
            "context": {},
        }
        if self._url is None:
            return await self._db.run(system_scope("ods"), deciding.decide, asked)
        return await self._asked(self._url, asked, token, tracking)

    async def _asked(self, url: str, asked: dict[str, Any], token: str, tracking: str) -> bool:
        headers = {
            "content-type": "application/json",
            "accept": "application/json",
            "authorization": f"Bearer {token}",
            "x-trackingid": tracking,
            "x-request-id": tracking,
        }
        if self._key is not None:
            name = self._header.lower()
            headers[name] = f"Bearer {self._key}" if name == "authorization" else self._key
        if self._outbound is None:
            self._outbound = Outbound(Reach(origins=frozenset({origin_of(url)})))
        try:
            reply = await self._outbound.send(
                "POST", url, headers=headers, body=msgspec.json.encode(asked), timeout_s=_PATIENCE_S
            )
        except (Refused, Unreachable):
            raise Undecided from None
        return _decision(reply.status, reply.body)


def _decision(status: int, raw: bytes) -> bool:
    """`decision`, or in the form of L3 `data.decision`; anything but a boolean is none. Raises Undecided."""
    try:
        body = msgspec.json.decode(raw) if status == 200 else None
    except msgspec.DecodeError:
        raise Undecided from None
    if isinstance(body, dict) and "decision" not in body and isinstance(body.get("data"), dict):
        body = body["data"]
    found = body.get("decision") if isinstance(body, dict) else None
    if not isinstance(found, bool):
        raise Undecided
    return found
