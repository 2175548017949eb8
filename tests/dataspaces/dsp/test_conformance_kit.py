"""The named scenarios of the public conformance kit for DSP 2025-1, played against the profile `conformance`.

A scenario is a line of steps: `> x` the kit sends, `< x` the kit expects, `! x` the kit sends what must be refused with 400,
`= STATE` our state is read. All are played at once; each has its own test.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.conftest import Fresh

from .node_of_tests import running
from .peer import CONTEXT, Peer, Session, check, message

pytestmark = pytest.mark.anyio

PROVIDER = {
    "CN:01-01": ("ACN0101", "> request < offer = OFFERED"),
    "CN:01-02": ("ACN0102", "> request < offer > counter < terminate = TERMINATED"),
    "CN:01-03": ("ACN0103", "> request < offer > accept < agree > verify < finalize = FINALIZED"),
    "CN:01-04": ("ACN0104", "> request < agree > verify < finalize = FINALIZED"),
    "CN:02-01": ("ACN0201", "> request < terminate = TERMINATED"),
    "CN:02-02": ("ACN0202", "> request > terminate = TERMINATED"),
    "CN:02-03": ("ACN0203", "> request < agree > terminate = TERMINATED"),
    "CN:02-04": ("ACN0204", "> request < offer > terminate = TERMINATED"),
    "CN:02-05": ("ACN0205", "> request < offer < terminate = TERMINATED"),
    "CN:02-06": ("ACN0206", "> request < offer > accept < terminate = TERMINATED"),
    "CN:02-07": ("ACN0207", "> request < agree > verify < terminate = TERMINATED"),
    "CN:03-01": ("ACN0301", "> request < agree > verify < finalize = FINALIZED ! terminate = FINALIZED"),
    "CN:03-02": ("ACN0302", "> request < offer ! verify = OFFERED"),
    "CN:03-03": ("ACN0303", "> request < offer > accept ! verify = ACCEPTED"),
    "CN:03-04": ("ACN0304", "> request < offer > counter ! counter = REQUESTED"),
}
CONSUMER = {
    "CN_C:01-01": ("ACNC0101", "< request > offer < accept > agree < verify > finalize = FINALIZED"),
    "CN_C:01-02": ("ACNC0102", "< request > offer < counter = REQUESTED > terminate = TERMINATED"),
    "CN_C:01-03": ("ACNC0103", "< request > offer < terminate = TERMINATED"),
    "CN_C:01-04": ("ACNC0104", "< request > agree < verify > finalize = FINALIZED"),
    "CN_C:02-01": ("ACNC0201", "< request > terminate = TERMINATED"),
    "CN_C:02-02": ("ACNC0202", "< request < terminate = TERMINATED"),
    "CN_C:02-03": ("ACNC0203", "< request > agree < terminate = TERMINATED"),
    "CN_C:02-04": ("ACNC0204", "< request > offer = OFFERED > terminate = TERMINATED"),
    "CN_C:02-05": ("ACNC0205", "< request > offer < accept > terminate = TERMINATED"),
    "CN_C:02-06": ("ACNC0206", "< request > agree < verify > terminate = TERMINATED"),
    "CN_C:03-01": ("ACNC0301", "< request ! finalize = REQUESTED"),
    "CN_C:03-02": ("ACNC0302", "< request > offer = OFFERED ! agree = OFFERED"),
    "CN_C:03-03": ("ACNC0303", "< request > offer = OFFERED ! finalize = OFFERED"),
    "CN_C:03-04": ("ACNC0304", "< request > offer < accept ! finalize = ACCEPTED"),
    "CN_C:03-05": ("ACNC0305", "< request > offer < accept ! offer = ACCEPTED"),
    "CN_C:03-06": ("ACNC0306", "< request > offer < accept > agree = AGREED ! finalize = AGREED"),
}
TRANSFER_PROVIDER = {
    "TP:01-01": ("ATP0101", "> request < start < terminate = TERMINATED"),
    "TP:01-02": ("ATP0102", "> request < start < complete = COMPLETED"),
    "TP:01-03": ("ATP0103", "> request < start < suspend < terminate = TERMINATED"),
    "TP:01-04": ("ATP0104", "> request < start < suspend < start < complete = COMPLETED"),
    "TP:01-05": ("ATP0105", "> request < terminate = TERMINATED"),
    "TP:02-01": ("ATP0201", "> request < start > terminate = TERMINATED"),
    "TP:02-02": ("ATP0202", "> request < start > complete = COMPLETED"),
    "TP:02-03": ("ATP0203", "> request < start > suspend = SUSPENDED > terminate = TERMINATED"),
    "TP:02-04": ("ATP0204", "> request < start > suspend = SUSPENDED > start = STARTED > complete = COMPLETED"),
    "TP:02-05": ("ATP0205", "> request = REQUESTED > terminate = TERMINATED"),
    "TP:03-01": ("ATP0301", "> request = REQUESTED ! complete = REQUESTED"),
    "TP:03-02": ("ATP0302", "> request = REQUESTED ! suspend = REQUESTED"),
    "TP:03-03": ("ATP0303", "> request < start > suspend = SUSPENDED ! complete = SUSPENDED"),
    "TP:03-04": ("ATP0304", "> request < start > terminate = TERMINATED ! start = TERMINATED"),
    "TP:03-05": ("ATP0305", "> request < start > terminate = TERMINATED ! suspend = TERMINATED"),
    "TP:03-06": ("ATP0306", "> request < start > terminate = TERMINATED ! complete = TERMINATED"),
}
TRANSFER_CONSUMER = {
    "TP_C:01-01": ("ATPC0101", "< request > start = STARTED > terminate = TERMINATED"),
    "TP_C:01-02": ("ATPC0102", "< request > start = STARTED > complete = COMPLETED"),
    "TP_C:01-03": ("ATPC0103", "< request > start = STARTED > suspend = SUSPENDED > terminate = TERMINATED"),
    "TP_C:01-04": ("ATPC0104", "< request > start > suspend = SUSPENDED > start = STARTED > complete = COMPLETED"),
    "TP_C:01-05": ("ATPC0105", "< request > terminate = TERMINATED"),
    "TP_C:02-01": ("ATPC0201", "< request > start < terminate = TERMINATED"),
    "TP_C:02-02": ("ATPC0202", "< request > start < complete = COMPLETED"),
    "TP_C:02-03": ("ATPC0203", "< request > start < suspend < terminate = TERMINATED"),
    "TP_C:02-04": ("ATPC0204", "< request > start < suspend < start < complete = COMPLETED"),
    "TP_C:02-05": ("ATPC0205", "< request < terminate = TERMINATED"),
    "TP_C:03-01": ("ATPC0301", "< request = REQUESTED ! complete = REQUESTED"),
    "TP_C:03-02": ("ATPC0302", "< request = REQUESTED ! suspend = REQUESTED"),
    "TP_C:03-03": ("ATPC0303", "< request > start = STARTED > suspend = SUSPENDED ! complete = SUSPENDED"),
    "TP_C:03-04": ("ATPC0304", "< request > start > terminate = TERMINATED ! start = TERMINATED"),
    "TP_C:03-05": ("ATPC0305", "< request > start > terminate = TERMINATED ! suspend = TERMINATED"),
    "TP_C:03-06": ("ATPC0306", "< request > start > terminate = TERMINATED ! complete = TERMINATED"),
}
SCENARIOS = {**PROVIDER, **CONSUMER, **TRANSFER_PROVIDER, **TRANSFER_CONSUMER}
WORDS = {
    "request": "request", "counter": "request", "offer": "offers", "agree": "agreement", "verify": "agreement/verification",
    "accept": "events", "finalize": "events", "terminate": "termination", "start": "start", "complete": "completion",
    "suspend": "suspension",
}  # fmt: skip
PERMIT = [{"action": "use", "constraint": []}]
STATES = {"offer": "OFFERED", "accept": "ACCEPTED", "agree": "AGREED", "verify": "VERIFIED", "finalize": "FINALIZED",
          "terminate": "TERMINATED", "start": "STARTED", "complete": "COMPLETED", "suspend": "SUSPENDED",
          "counter": "REQUESTED", "request": "REQUESTED"}  # fmt: skip


class Play:
    """One scenario: the kit's side of one process."""

    def __init__(self, client: httpx.AsyncClient, peer: Peer, name: str) -> None:
        self.client, self.peer, self.name = client, peer, name
        self.subject, line = SCENARIOS[name]
        tokens = line.split()
        self.steps = list(zip(tokens[::2], tokens[1::2], strict=True))
        self.family = "negotiations" if name.startswith("CN") else "transfers"
        self.kit_provides = "_C" in name
        self.session: Session = peer.session(self.family, key=self.subject if self.kit_provides else "")
        self.session.provider = self.kit_provides  # type: ignore[attr-defined]
        self.offer_id = f"CD123:{self.subject}:456"

    async def run(self) -> None:
        waiting: Any = None
        for at, (sign, word) in enumerate(self.steps):
            following = self.steps[at + 1] if at + 1 < len(self.steps) else ("", "")
            if at == 0 and sign == "<":
                waiting = self.session.expect(WORDS[word])
                await self.begin()
            if sign == "<":
                await asyncio.wait_for(waiting or self.session.expect(WORDS[word]), 30)
                self.session.state = STATES[word]
            waiting = self.session.expect(WORDS[following[1]]) if following[0] == "<" else None
            if sign in ">!":
                await self.send(word, refused=sign == "!")
            elif sign == "=":
                await self.reaches(word)

    async def begin(self) -> None:
        said = {"providerId": "TCK_PARTICIPANT", "connectorAddress": self.peer.url}
        if self.family == "negotiations":
            said |= {"datasetId": self.subject, "offerId": f"offer{self.subject}"}
        else:
            said |= {"agreementId": self.subject, "format": "HttpData-PULL"}
        answer = await self.client.post(f"/tck/{self.family}/requests", json=said)
        assert answer.status_code == 200, answer.text

    def pids(self) -> dict[str, str]:
        return self.peer.pids(self.session)

    def offer(self, offer_id: str, target: str) -> dict[str, Any]:
        return {"@type": "Offer", "@id": offer_id, "target": target, "permission": PERMIT}

    def body(self, word: str) -> dict[str, Any]:
        pids = self.pids()
        if word == "request" and self.family == "negotiations":
            offer = self.offer(self.offer_id, self.subject)
            return message(
                "ContractRequestMessage", consumerPid=self.session.pid, callbackAddress=self.peer.url, offer=offer
            )
        if word == "request":
            return message("TransferRequestMessage", consumerPid=self.session.pid, agreementId=self.subject,
                           format="HttpData-PULL", callbackAddress=self.peer.url)  # fmt: skip
        if word == "counter":
            return message("ContractRequestMessage", **pids, offer=self.offer(self.offer_id, self.subject))
        if word == "offer":
            return message("ContractOfferMessage", **pids, offer=self.offer(str(uuid4()), str(uuid4())))
        if word == "agree":
            agreement = {"@type": "Agreement", "@id": str(uuid4()), "target": self.subject, "permission": PERMIT,
                         "timestamp": "2026-11-22T03:04:05.123456Z", "assigner": "x", "assignee": "TCK_PARTICIPANT"}  # fmt: skip
            return message("ContractAgreementMessage", **pids, agreement=agreement, callbackAddress=self.peer.url)
        if word in ("accept", "finalize"):
            return message("ContractNegotiationEventMessage", **pids, eventType=STATES[word])
        if word == "verify":
            return message("ContractAgreementVerificationMessage", **pids)
        if word == "terminate":
            kind = (
                "ContractNegotiationTerminationMessage"
                if self.family == "negotiations"
                else "TransferTerminationMessage"
            )
            return message(kind, **pids, code="1")
        kind = {
            "start": "TransferStartMessage",
            "complete": "TransferCompletionMessage",
            "suspend": "TransferSuspensionMessage",
        }[word]
        more: dict[str, Any] = {"code": "1"} if word == "suspend" else {}
        if word == "start" and self.kit_provides:
            more["dataAddress"] = {"@type": "DataAddress", "endpoint": "http://example.com",
                                   "endpointType": "https://w3id.org/idsa/v4.1/HTTP"}  # fmt: skip
        return message(kind, **pids, **more)

    async def send(self, word: str, *, refused: bool) -> None:
        first = word == "request"
        path = f"/dsp/2025-1/{self.family}/{'' if first else self.session.other + '/'}{WORDS[word]}"
        answer = await self.client.post(path, json=self.body(word))
        if refused:
            assert answer.status_code == 400, (word, answer.status_code, answer.text)
            check(answer.json(), "ContractNegotiationError" if self.family == "negotiations" else "TransferError")
            return
        assert answer.status_code == (201 if first else 200), (word, answer.status_code, answer.text)
        if first:
            body = answer.json()
            check(body, "ContractNegotiation" if self.family == "negotiations" else "TransferProcess")
            self.session.other = body["providerPid"]
        self.session.state = STATES[word]

    async def reaches(self, state: str) -> None:
        seen = ""
        for _ in range(300):
            answer = await self.client.get(f"/dsp/2025-1/{self.family}/{self.session.other}")
            assert answer.status_code == 200, answer.text
            seen = answer.json()["state"]
            if seen == state:
                return
            await asyncio.sleep(0.05)
        raise AssertionError((seen, state))


@pytest.fixture(scope="module")
async def played(
    fresh: Fresh, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, BaseException | None]]:
    ground = fresh()
    folder = tmp_path_factory.mktemp("conformance")
    async with running(ground, folder, profile="conformance") as node, Peer().serving() as peer:
        async with node.client(authorization="x") as client:
            plays = [Play(client, peer, name) for name in SCENARIOS]
            ends = await asyncio.gather(*(play.run() for play in plays), return_exceptions=True)
            results = dict(zip(SCENARIOS, ends, strict=True))
            results["catalog"] = (
                await client.post("/dsp/2025-1/catalog/request", json=message("CatalogRequestMessage"))
            ).json()  # type: ignore[assignment]
            for name in ("CAT0102", "CAT0103"):
                results[name] = await client.get(f"/dsp/2025-1/catalog/datasets/{name}")  # type: ignore[assignment]
            results["version"] = await client.get("/dsp/.well-known/dspace-version")  # type: ignore[assignment]
            results["page"] = await client.get("/sign-in")  # type: ignore[assignment]
    yield results
    fresh.drop(ground)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_named_scenario_of_the_kit_passes(played: dict[str, BaseException | None], name: str) -> None:
    outcome = played[name]
    if outcome is not None:
        raise AssertionError(f"{name}: {outcome!r}") from outcome


def test_there_are_as_many_scenarios_as_the_kit_has() -> None:
    assert len(SCENARIOS) + 3 + 1 == 67


async def test_met_01_01_the_version_document_names_2025_1_and_where_it_is(played: dict[str, Any]) -> None:
    version = played["version"].json()["protocolVersions"][0]
    assert (version["version"], version["path"], version["binding"]) == ("2025-1", "/2025-1", "HTTPS")


def test_every_answer_and_page_says_that_this_is_a_place_for_tests(played: dict[str, Any]) -> None:
    for name in ("version", "page"):
        assert played[name].headers["x-meguri-profile"] == "conformance"
    assert "適合性試験" in played["page"].text


async def test_cat_01_01_the_catalog_has_the_dataset(played: dict[str, Any]) -> None:
    catalog = played["catalog"]
    assert catalog["@type"] == "Catalog"
    assert CONTEXT in catalog["@context"]
    ids = [one["@id"] for one in catalog["dataset"]]
    assert len(ids) == 17
    assert {"CAT0101", "CAT0102"} <= set(ids)
    assert "CAT0103" not in ids
    assert catalog["participantId"] == "CONNECTOR_UNDER_TEST"


async def test_cat_01_02_a_dataset_is_read_by_its_id(played: dict[str, Any]) -> None:
    assert played["CAT0102"].status_code == 200
    assert played["CAT0102"].json()["@id"] == "CAT0102"


async def test_cat_01_03_an_unknown_dataset_is_a_catalog_error(played: dict[str, Any]) -> None:
    assert played["CAT0103"].status_code == 404
    check(played["CAT0103"].json(), "CatalogError")
