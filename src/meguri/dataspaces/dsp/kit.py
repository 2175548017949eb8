"""The two doors through which the public test kit asks us to begin as the consumer; the profile `conformance` alone opens them."""

from typing import TypeVar

import msgspec

from meguri.dataspaces.dsp import negotiating, store, transferring
from meguri.dataspaces.dsp.faults import Fault
from meguri.dataspaces.dsp.seeding import OPERATOR_ID
from meguri.dataspaces.rules import conformance
from meguri.jobs.model import system_scope
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

Said = TypeVar("Said", bound=msgspec.Struct)


class BeginNegotiation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the kit says when a negotiation shall begin."""

    dataset_id: str
    offer_id: str
    connector_address: str
    provider_id: str = ""


class BeginTransfer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the kit says when a transfer shall begin."""

    agreement_id: str
    format: str
    connector_address: str
    provider_id: str = ""


async def begin_negotiation(db: Database, raw: bytes) -> None:
    """Begin a negotiation; the request goes out after this has been answered. Raises Fault."""
    said = _read(raw, BeginNegotiation)
    await db.run(system_scope("dsp", OPERATOR_ID), _negotiation, said)


async def begin_transfer(db: Database, raw: bytes) -> None:
    """Begin a transfer; the request goes out after this has been answered. Raises Fault."""
    said = _read(raw, BeginTransfer)
    await db.run(system_scope("dsp", OPERATOR_ID), _transfer, said)


def _read(raw: bytes, kind: type[Said]) -> Said:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError as error:
        raise Fault("SCHEMA_INVALID", str(error)) from None


async def _negotiation(tx: Transaction, scope: OperatorScope, said: BeginNegotiation) -> None:
    participant = await store.participant(tx, scope)
    if participant is None:
        raise Fault("NOT_FOUND")
    offer = {
        "@id": said.offer_id,
        "@type": "Offer",
        "target": said.dataset_id,
        "permission": [{"action": "use", "constraint": []}],
    }
    peer = said.provider_id or conformance().counterparty
    await negotiating.begin(tx, scope, participant, peer, said.connector_address, offer, script=said.dataset_id)


async def _transfer(tx: Transaction, scope: OperatorScope, said: BeginTransfer) -> None:
    participant = await store.participant(tx, scope)
    if participant is None:
        raise Fault("NOT_FOUND")
    await transferring.begin(
        tx,
        scope,
        participant,
        said.agreement_id,
        said.format,
        peer_base=said.connector_address,
        peer_did=said.provider_id or None,
    )
