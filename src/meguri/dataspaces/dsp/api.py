"""Native REST of the consumer's side: browse, ask, see what was agreed, fetch. Words in, words out."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post

from meguri.dataspaces.dsp import consumer_view as consumer
from meguri.dataspaces.dsp.consumer_view import NotAccepted, NotAvailable, Offered
from meguri.dataspaces.dsp.consuming import NoCommonVersion, PartnerAway
from meguri.dataspaces.dsp.errors import NotTakingPart, PartnerNotFound, ProcessNotFound
from meguri.dataspaces.dsp.model import Agreement, Copy, Process
from meguri.web import Db, FromQuery, Json, Unit, editor, refusals, signed_in

HERE = "/api/v1/dataspace"
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
_AWAY = (PartnerNotFound, PartnerAway, NoCommonVersion, NotTakingPart)


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner shows us."""

    items: list[Offered]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset of a partner that we ask for. `accepted_terms`: terms that can only be recorded, accepted by a person."""

    did: Id
    dataset_id: Id
    accepted_terms: list[Id] = []


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A negotiation or transfer of ours. `held`: why it waits for a person; `end_code`: why it ended."""

    pid: str
    did: str
    dataset_id: str | None
    agreement_id: str | None
    state: str
    held: str | None
    end_code: str | None
    created_at: datetime


class AskedList(msgspec.Struct, frozen=True, kw_only=True):
    """What we asked a partner for, newest first."""

    items: list[Asked]


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement of ours as the consumer."""

    agreement_id: str
    did: str
    dataset_id: str
    policy: dict[str, Any]
    agreed_at: datetime
    usable_since: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None


class AgreedList(msgspec.Struct, frozen=True, kw_only=True):
    """Agreements of ours, newest first."""

    items: list[Agreed]


class Fetch(msgspec.Struct, frozen=True, kw_only=True):
    """Which agreement's data we want."""

    agreement_id: Id
    format: Id = "HttpData-PULL"


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """Data that came under an agreement; `content` None: erased at the end of its use."""

    pid: str
    agreement_id: str
    dataset_id: str
    content_hash: str
    content: Any
    received_at: datetime
    delete_after: datetime | None
    deleted_at: datetime | None


class CameList(msgspec.Struct, frozen=True, kw_only=True):
    """What came under an agreement, newest first."""

    items: list[Came]


def _asked(one: Process) -> Asked:
    return Asked(
        pid=one.pid,
        did=one.peer_did,
        dataset_id=one.dataset_id,
        agreement_id=one.agreement_id,
        state=one.state,
        held=one.held,
        end_code=one.end_code,
        created_at=one.created_at,
    )


def _agreed(one: Agreement) -> Agreed:
    return Agreed(
        agreement_id=one.agreement_id,
        did=one.peer_did,
        dataset_id=one.dataset_id,
        policy=one.policy,
        agreed_at=one.agreed_at,
        usable_since=one.finalized_at,
        ends_at=one.ends_at,
        ended_at=one.ended_at,
    )


def came(one: Copy) -> Came:
    """Data that came, as it is shown; what was erased has no content."""
    content = one.envelope.get("content") if isinstance(one.envelope, dict) and one.deleted_at is None else None
    return Came(
        pid=one.pid,
        agreement_id=one.agreement_id,
        dataset_id=one.dataset_id,
        content_hash=one.content_hash,
        content=content,
        received_at=one.received_at,
        delete_after=one.delete_after,
        deleted_at=one.deleted_at,
    )


@get(f"{HERE}/catalog", guards=[editor], responses=refusals(*_AWAY))
async def browse_catalog(unit: Unit, db: Db, did: FromQuery[str]) -> Catalog:
    """Every dataset that a partner (its DID) shows us, with its conditions."""
    return Catalog(items=await consumer.browse(db, unit.scope, did))


@post(f"{HERE}/negotiations", guards=[editor], responses=refusals(*_AWAY, NotAccepted, NotAvailable))
async def ask_for_dataset(unit: Unit, db: Db, data: Json[Wanted]) -> Asked:
    """Ask a partner for a contract on its own offer; it goes on by itself until it is agreed or refused."""
    return _asked(await consumer.ask(db, unit.scope, data.did, data.dataset_id, tuple(data.accepted_terms)))


@get(f"{HERE}/negotiations", guards=[signed_in], responses=refusals())
async def list_negotiations(unit: Unit, did: FromQuery[str]) -> AskedList:
    """What we asked a partner for, and where it stands."""
    return AskedList(items=[_asked(one) for one in await unit(consumer.negotiations, did)])


@get(f"{HERE}/agreements", guards=[signed_in], responses=refusals())
async def list_agreements(unit: Unit) -> AgreedList:
    """What we agreed on as the consumer."""
    return AgreedList(items=[_agreed(one) for one in await unit(consumer.agreements)])


@post(
    f"{HERE}/transfers",
    guards=[editor],
    status_code=202,
    responses=refusals(ProcessNotFound, PartnerAway, NoCommonVersion, NotAvailable),
)
async def fetch_data(unit: Unit, db: Db, data: Json[Fetch]) -> Asked:
    """Ask for the data of an agreement; they stand under `received` once they have come and proved true."""
    return _asked(await consumer.fetch(db, unit.scope, data.agreement_id, data.format))


@get(f"{HERE}/received", guards=[signed_in], responses=refusals())
async def list_received(unit: Unit, agreement_id: FromQuery[str]) -> CameList:
    """What came under an agreement."""
    return CameList(items=[came(one) for one in await unit(consumer.copies, agreement_id)])


handlers = [browse_catalog, ask_for_dataset, list_negotiations, list_agreements, fetch_data, list_received]
