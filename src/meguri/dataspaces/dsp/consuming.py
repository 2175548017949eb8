"""We as the consumer: find a partner's connector, read its catalog, ask for a contract, fetch the data."""

import time
from typing import Any
from urllib.parse import quote

from meguri.dataspaces.dsp import negotiating, store, transferring
from meguri.dataspaces.dsp.documents import Documents
from meguri.dataspaces.dsp.errors import PartnerNotFound
from meguri.dataspaces.dsp.faults import Fault
from meguri.dataspaces.dsp.messages import Message, made, pointer_of_fault, to_bytes
from meguri.dataspaces.dsp.model import Participant, Partner, Process
from meguri.dataspaces.dsp.offering import taking_part
from meguri.dataspaces.dsp.signing import authorization
from meguri.dataspaces.dsp.terms import BINDING, VERSION
from meguri.dataspaces.dsp.token import TokenRefused
from meguri.dataspaces.node import node
from meguri.dataspaces.strict import NotStrict, loads
from meguri.jobs.outbound import Refused, Reply, Unreachable
from meguri.kernel.errors import Conflict, Unavailable
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage import Database, Transaction

_BASES: dict[tuple[str, str], tuple[float, str]] = {}
"""By DID and by the address that a company's own record names, so that nobody's record leads others astray."""
_KEPT_S = 3600
_MOST_PAGES = 100


class PartnerAway(Unavailable):
    """The partner's system does not answer, or not as the protocol demands."""

    code = "dsp.partner_away"
    say = Text(
        ja="取引先のシステムが応答しません。時間をおいて再試行してください。",
        en="The partner's system does not answer. Please try again later.",
    )


class NoCommonVersion(Conflict):
    """The partner's connector does not speak 2025-1 over HTTPS."""

    code = "dsp.version_unsupported"
    say = Text(
        ja="取引先のコネクターはデータスペースプロトコル 2025-1 に対応していません。",
        en="The partner's connector does not speak version 2025-1 of the Dataspace Protocol.",
    )


class Consumer:
    """Talks to partners' connectors on behalf of companies of this node."""

    def __init__(self, db: Database) -> None:
        """Talks to nobody yet."""
        self._db = db
        self._documents = Documents(db)

    async def base(self, scope: OperatorScope, did: str) -> str:
        """The partner's `<base>`: as its record says, else by its DID document and version document.

        Raises PartnerAway, NoCommonVersion, PartnerNotFound.
        """
        _, partner = await self._db.run(scope, _sides, did)
        key = (did, partner.base_url or "")
        kept = _BASES.get(key)
        if kept is not None and time.monotonic() - kept[0] < _KEPT_S:
            return kept[1]
        root = (partner.base_url or await self._root(did)).rstrip("/")
        found = await self._discovered(root)
        _BASES[key] = (time.monotonic(), found)
        return found

    async def _root(self, did: str) -> str:
        try:
            document = await self._documents.of(did)
        except TokenRefused as error:
            raise PartnerAway from error
        address = document.endpoint("DataService")
        if not address:
            raise NoCommonVersion
        return address.removesuffix("/.well-known/dspace-version").removesuffix("/catalog")

    async def _discovered(self, root: str) -> str:
        reply = await self._send("GET", f"{root}/.well-known/dspace-version", {}, b"")
        for entry in _body(reply).get("protocolVersions", ()):
            if isinstance(entry, dict) and entry.get("version") == VERSION and entry.get("binding") == BINDING:
                return root + str(entry.get("path", "")).rstrip("/")
        raise NoCommonVersion

    async def browse(self, scope: OperatorScope, did: str, asked: list[Any] | None = None) -> list[Message]:
        """Every dataset that the partner shows us, page after page. Raises PartnerAway, NoCommonVersion."""
        base, found = await self.base(scope, did), []
        url, body = (
            f"{base}/catalog/request",
            to_bytes(made("CatalogRequestMessage", **({"filter": asked} if asked else {}))),
        )
        for _ in range(_MOST_PAGES):
            reply = await self._asked(scope, did, "POST", url, body)
            catalog = _body(reply)
            if pointer_of_fault("Catalog", catalog) is not None:
                raise PartnerAway
            found += catalog.get("dataset", [])
            following = _next(reply.headers.get("link", ""))
            if following is None:
                break
            url = following
        return found

    async def dataset(self, scope: OperatorScope, did: str, dataset_id: str) -> Message:
        """One dataset of the partner. Raises PartnerAway, and PartnerNotFound when it shows us none."""
        url = f"{await self.base(scope, did)}/catalog/datasets/{quote(dataset_id, safe='')}"
        reply = await self._asked(scope, did, "GET", url, b"")
        found = _body(reply)
        if pointer_of_fault("Dataset", found) is not None:
            raise PartnerAway
        return found

    async def ask(self, scope: OperatorScope, did: str, dataset_id: str, waived: tuple[str, ...] = ()) -> Process:
        """Ask for a contract on the partner's own offer. Raises PartnerAway, Fault (POLICY_UNSUPPORTED)."""
        base = await self.base(scope, did)
        dataset = await self.dataset(scope, did, dataset_id)
        offer = {**dataset["hasPolicy"][0], "target": dataset_id}
        return await self._db.run(scope, _begin, did, base, offer, waived, type_of(dataset))

    async def fetch(
        self,
        scope: OperatorScope,
        agreement_id: str,
        format: str,
        data_address: Message | None = None,
        purposes: tuple[str, ...] = (),
    ) -> Process:
        """Ask for the data of an agreement. Raises PartnerAway, Fault (UNKNOWN_AGREEMENT)."""
        agreement = await self._db.run(scope, _agreement, agreement_id)
        base = await self.base(scope, agreement)
        return await self._db.run(scope, _transfer, agreement_id, format, base, data_address, purposes)

    async def _asked(self, scope: OperatorScope, did: str, method: str, url: str, body: bytes) -> Reply:
        headers = await self._db.run(scope, _signed, did, method, url, body)
        reply = await self._send(method, url, headers, body)
        if reply.status == 404 and "/catalog/" not in url:
            for key in [one for one in _BASES if one[0] == did]:
                del _BASES[key]
        if reply.status != 200:
            raise PartnerAway
        return reply

    async def _send(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Reply:
        try:
            sent = {"accept": "application/json", "content-type": "application/json", **headers}
            return await node().outbound.send(method, url, headers=sent, body=body, most_bytes=8 << 20)
        except (Refused, Unreachable) as error:
            raise PartnerAway from error


def type_of(dataset: Message) -> str | None:
    """The type that a catalog names of a dataset, if it names one."""
    said = dataset.get("dct:type")
    found = said.get("@id") if isinstance(said, dict) else said
    return found[:500] if isinstance(found, str) else None


def forget_bases() -> None:
    """Look for every connector anew."""
    _BASES.clear()


def _body(reply: Reply) -> dict[str, Any]:
    try:
        found = loads(reply.body)
    except NotStrict:
        raise PartnerAway from None
    if not isinstance(found, dict):
        raise PartnerAway
    return found


def _next(link: str) -> str | None:
    for part in link.split(","):
        address, _, rest = part.partition(">")
        if 'rel="next"' in rest:
            return address.strip().lstrip("<")
    return None


async def _sides(tx: Transaction, scope: OperatorScope, did: str) -> tuple[Participant, Partner]:
    partner = await store.partner(tx, scope, did)
    if partner is None:
        raise PartnerNotFound
    return await taking_part(tx, scope), partner


async def _signed(
    tx: Transaction, scope: OperatorScope, did: str, method: str, url: str, body: bytes
) -> dict[str, str]:
    participant = await taking_part(tx, scope)
    return await authorization(tx, scope, participant, did, method, url, body)


async def _begin(
    tx: Transaction,
    scope: OperatorScope,
    did: str,
    base: str,
    offer: Message,
    waived: tuple[str, ...],
    type_iri: str | None,
) -> Process:
    participant = await taking_part(tx, scope)
    return await negotiating.begin(tx, scope, participant, did, base, offer, waived=waived, type_iri=type_iri)


async def _agreement(tx: Transaction, scope: OperatorScope, agreement_id: str) -> str:
    found = await store.agreement(tx, scope, agreement_id)
    if found is None:
        raise Fault("UNKNOWN_AGREEMENT")
    return found.peer_did


async def _transfer(
    tx: Transaction,
    scope: OperatorScope,
    agreement_id: str,
    format: str,
    base: str,
    data_address: Message | None,
    purposes: tuple[str, ...],
) -> Process:
    participant = await taking_part(tx, scope)
    return await transferring.begin(
        tx, scope, participant, agreement_id, format, peer_base=base, data_address=data_address, purposes=purposes
    )
