"""What is known about a requester when a policy is looked at."""

from collections.abc import Iterable, Mapping
from typing import Any

from meguri.dataspaces.dsp import store
from meguri.dataspaces.dsp.model import Agreement, Process
from meguri.dataspaces.dsp.policy import Facts, Phase, full_name
from meguri.dataspaces.dsp.terms import POLICY
from meguri.kernel import clock
from meguri.kernel.errors import NotFound
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.traceability import service as traceability


async def of_negotiation(tx: Transaction, scope: OperatorScope, process: Process, phase: Phase) -> Facts:
    """The facts while an agreement is being made."""
    partner = await store.partner(tx, scope, process.peer_did)
    return Facts(
        phase=phase,
        now=clock.now(),
        recipient=process.peer_did,
        country=partner.country if partner else None,
        credentials=frozenset(partner.credentials if partner else ()),
        trades=await _trades(tx, scope, process.policy or {}, partner.partner_operator_id if partner else None),
    )


def of_agreement(agreement: Agreement, phase: Phase, purposes: Iterable[str] = ()) -> Facts:
    """The facts once there is an agreement."""
    return Facts(
        phase=phase,
        now=clock.now(),
        recipient=agreement.peer_did,
        used=agreement.uses,
        finalized_at=agreement.finalized_at,
        purposes=frozenset(purposes),
    )


async def _trades(
    tx: Transaction, scope: OperatorScope, policy: Mapping[str, Any], partner_operator_id: Any
) -> frozenset[str]:
    """Of the requests that the policy names, those that the requester is party to."""
    found = set()
    for named in _named(policy):
        trade_id = parse_uuid(named)
        if trade_id is None or partner_operator_id is None:
            continue
        try:
            trade = await traceability.request_by_id(tx, scope, trade_id=trade_id)
        except NotFound:
            continue
        if trade.partner_id == partner_operator_id and trade.live:
            found.add(named)
    return frozenset(found)


def _named(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        if full_name(str(value.get("leftOperand", ""))) == POLICY + "trade":
            yield str(value.get("rightOperand"))
        for inner in value.values():
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)
