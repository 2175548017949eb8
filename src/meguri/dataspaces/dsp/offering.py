"""What our own people do: take part, keep partners, offer data, take it back, end agreements."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.dsp import store
from meguri.dataspaces.dsp.errors import (
    BadDid,
    NothingToOffer,
    NotTakingPart,
    OfferNotFound,
    PartnerNotFound,
    ProcessNotFound,
    UnknownTerms,
)
from meguri.dataspaces.dsp.events import (
    AgreementEnded,
    CopyDeleted,
    DatasetOffered,
    DatasetWithdrawn,
    JoinedDataspace,
    PartnerBlocked,
    PartnerSaved,
)
from meguri.dataspaces.dsp.following import act
from meguri.dataspaces.dsp.messages import pointer_of_fault
from meguri.dataspaces.dsp.model import NewDataset, Participant, Partner
from meguri.dataspaces.dsp.plane import new_token_key
from meguri.dataspaces.dsp.policy import policy_hash, unknown_terms
from meguri.dataspaces.dsp.states import ENDED, Kind, Move, Role
from meguri.dataspaces.dsp.terms import EVERYONE, POLICY, PULL, PUSH
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import trust
from meguri.footprint import service as footprint
from meguri.footprint.model import Figures, Statement
from meguri.kernel.clock import seconds_z
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import plain
from meguri.kernel.scope import OperatorScope
from meguri.proof import jcs, keyring
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import PartNotOwn

TYPE = "urn:meguri:type:v1:"
_DID = re.compile(r"did:web:[A-Za-z0-9.-]+(%3A[0-9]{1,5})?(:[A-Za-z0-9._%-]+)*\Z")


class PartnerInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A partner as a person enters it."""

    did: str
    name: str
    partner_operator_id: UUID | None = None
    origins: tuple[str, ...] = ()
    base_url: str | None = None
    auth: str = "did-jwt"
    catena_x: bool = False
    bpn: str | None = None
    country: str | None = None
    credentials: tuple[str, ...] = ()
    identity_proof: str = "self_declared"


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Under which conditions something is offered, as a person chooses them.

    until        last moment of use
    most_calls   how often it may be fetched
    least_proof  how the partner's identity has to be proved at least (rules/dataspaces/trust.toml)
    """

    purposes: tuple[str, ...] = ("cfp.supplyChain",)
    until: datetime | None = None
    most_calls: int | None = None
    least_proof: str = "self_declared"

    def policy(self, catena_x: bool = False) -> dict[str, Any]:
        """The same as a policy: one permission, its conditions within one `and`."""
        parts: list[dict[str, Any]] = [
            {"leftOperand": POLICY + "purpose", "operator": "isAnyOf", "rightOperand": list(self.purposes)}
        ]
        if self.until is not None:
            parts.append({"leftOperand": "dateTime", "operator": "lteq", "rightOperand": seconds_z(self.until)})
        if self.most_calls is not None:
            parts.append({"leftOperand": "count", "operator": "lteq", "rightOperand": str(self.most_calls)})
        if catena_x:
            parts += [
                {"leftOperand": "FrameworkAgreement", "operator": "eq", "rightOperand": "DataExchangeGovernance:1.0"},
                {"leftOperand": "UsagePurpose", "operator": "isAnyOf", "rightOperand": ["cx.core.industrycore:1"]},
            ]
        return {"permission": [{"action": "use", "constraint": [{"and": parts}]}]}


async def taking_part(tx: Transaction, scope: OperatorScope) -> Participant:
    """The company's own participation. Raises NotTakingPart."""
    found = await store.participant(tx, scope)
    if found is None:
        raise NotTakingPart
    return found


async def join(tx: Transaction, scope: OperatorScope) -> Participant:
    """The company takes part under the DID of its keys at this installation; again changes nothing."""
    if await store.participant(tx, scope) is None:
        signer = await keyring.signer(tx, scope)
        await store.add_participant(tx, scope, signer.did, str(scope.operator_id), new_token_key())
        await tx.record(JoinedDataspace(did=signer.did))
    return await taking_part(tx, scope)


async def save_partner(tx: Transaction, scope: OperatorScope, said: PartnerInput) -> Partner:
    """Keep a partner's record. Raises BadDid."""
    if not _DID.match(said.did) and not node().conformance:
        raise BadDid
    if said.identity_proof not in {level.key for level in trust().level}:
        said = msgspec.structs.replace(said, identity_proof="self_declared")
    values = msgspec.structs.asdict(said) | {"origins": list(said.origins), "credentials": list(said.credentials)}
    saved = await store.save_partner(tx, scope, **values)
    await tx.record(PartnerSaved(did=saved.did, version=saved.version))
    return saved


async def block_partner(tx: Transaction, scope: OperatorScope, did: str, blocked: bool) -> None:
    """From the next request on the partner sees what a stranger sees; what is open with it ends. Raises PartnerNotFound."""
    if not await store.block_partner(tx, scope, did, blocked):
        raise PartnerNotFound
    await tx.record(PartnerBlocked(did=did, blocked=blocked))
    for pid in await store.open_with_peer(tx, scope, did) if blocked else []:
        await end_process(tx, scope, pid, "PARTNER_BLOCKED")


async def end_process(tx: Transaction, scope: OperatorScope, pid: str, code: str) -> None:
    """Say that a negotiation or transfer is over; the data plane refuses at once. Raises ProcessNotFound."""
    process = await store.process(tx, scope, pid, locked=True)
    if process is None:
        raise ProcessNotFound
    if process.state in ENDED:
        return
    if process.kind is Kind.TRANSFER:
        await store.drop_tokens(tx, scope, pid)
    await act(tx, scope, process, Move.TERMINATE, code=code)


async def offer(
    tx: Transaction,
    scope: OperatorScope,
    new: NewDataset,
    audience: str,
    policy: Mapping[str, Any],
    *,
    least_proof: str = "self_declared",
) -> tuple[str, str]:
    """Offer a dataset to one partner (a DID) or to everyone (`*`): ids of dataset and offer.

    Raises NotTakingPart, UnknownTerms.
    """
    await taking_part(tx, scope)
    unknown = unknown_terms(policy)
    broken = pointer_of_fault("catalog_offer", {"@type": "Offer", "@id": "urn:x", **policy})
    if unknown or broken:
        raise UnknownTerms(terms=", ".join(unknown) or str(broken))
    dataset_id, offer_id = new.dataset_id or f"urn:uuid:{new_id()}", f"urn:uuid:{new_id()}"
    hashed = None if new.content is None else jcs.sha256_hex(new.content)
    await store.save_dataset(tx, scope, new, dataset_id, hashed)
    rank = trust().rank(least_proof)
    await store.save_offer(tx, scope, offer_id, dataset_id, audience, policy, policy_hash(policy), rank)
    await tx.record(DatasetOffered(dataset_id=dataset_id, offer_id=offer_id, audience=audience))
    return dataset_id, offer_id


async def withdraw(tx: Transaction, scope: OperatorScope, dataset_id: str) -> None:
    """Take an offer back; nobody new can agree to it. Raises OfferNotFound."""
    if not await store.withdraw_dataset(tx, scope, dataset_id):
        raise OfferNotFound
    await tx.record(DatasetWithdrawn(dataset_id=dataset_id))


async def offer_part(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, kind: str, partner_did: str, terms: Terms
) -> tuple[str, str]:
    """Offer what is known of an own part: `cfp-result` (totals and quality only) or `parts-structure` (one level).

    Raises PartNotOwn, NothingToOffer, PartnerNotFound, NotTakingPart, UnknownTerms.
    """
    known = await traceability.parts_by_id(tx, scope, [trace_id])
    if trace_id not in known:
        raise PartNotOwn
    partner = await store.partner(tx, scope, partner_did)
    if partner is None and partner_did != EVERYONE:
        raise PartnerNotFound
    part = known[trace_id]
    content = await _structure(tx, scope, trace_id) if kind == "parts-structure" else await _result(tx, scope, trace_id)
    new = NewDataset(
        kind=kind,
        title={"ja": part.name, "en": part.name},
        type_iri=TYPE + ("SingleLevelStructure" if kind == "parts-structure" else "CfpResult"),
        formats=[PULL] if kind == "parts-structure" else [PULL, PUSH],
        trace_id=str(trace_id),
        content=content,
    )
    policy = terms.policy(partner.catena_x if partner else False)
    return await offer(tx, scope, new, partner_did, policy, least_proof=terms.least_proof)


async def _result(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> dict[str, Any]:
    """Totals and their quality, nothing of who or what is behind them."""
    found = await footprint.statements(tx, scope, [trace_id])
    figures = _figures(found[0]) if found else None
    if figures is None:
        raise NothingToOffer
    declared = await footprint.footprint(tx, scope, trace_id)
    version = declared.version if declared else 1
    quality = {
        side: {"TeR": _text(one.ter), "GeR": _text(one.ger), "TiR": _text(one.tir)}
        for side, one in (("pre", figures.pre_quality), ("main", figures.main_quality))
    }
    return {
        "responderTraceId": str(trace_id),
        "version": version,
        "pre": _text(figures.pre),
        "main": _text(figures.main),
        "unit": f"kgCO2e/{found[0].own.declared_unit}" if found[0].own else found[0].answer_unit,
        "dqr": quality,
    }


def _figures(statement: Statement) -> Figures | None:
    totals, own = statement.totals, statement.own
    if totals is not None:
        return Figures(
            pre=totals.pre_production + totals.pre_component,
            main=totals.main_production + totals.main_component,
            pre_quality=totals.pre_quality,
            main_quality=totals.main_quality,
        )
    if own is not None:
        return Figures(
            pre=(own.pre_production or 0) + (own.pre_component or 0),  # type: ignore[arg-type]
            main=(own.main_production or 0) + (own.main_component or 0),  # type: ignore[arg-type]
            pre_quality=own.pre_quality,
            main_quality=own.main_quality,
        )
    return statement.answer


def _text(value: Any) -> str | None:
    return None if value is None else plain(value)


async def _structure(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> dict[str, Any]:
    """One level: names and amounts of the direct components, never who delivers them."""
    found = await traceability.structure(tx, scope, trace_id)
    if not found.children:
        raise NothingToOffer
    return {
        "traceId": str(trace_id),
        "name": found.parent.name,
        "unit": found.parent.unit,
        "components": [
            {"name": one.part.name, "amount": plain(one.amount), "unit": one.part.unit} for one in found.children
        ],
    }


async def end_agreement(tx: Transaction, scope: OperatorScope, agreement_id: str, reason: str) -> None:
    """End an agreement and every transfer under it, at once. Raises ProcessNotFound."""
    found = await store.agreement(tx, scope, agreement_id)
    if found is None:
        raise ProcessNotFound
    if await store.end_agreement(tx, scope, agreement_id, reason):
        await tx.record(AgreementEnded(agreement_id=agreement_id, reason=reason))
    for pid in await store.open_transfers(tx, scope, agreement_id):
        await end_process(tx, scope, pid, "AGREEMENT_ENDED")


async def end_by_time(tx: Transaction, scope: OperatorScope, agreement_id: str) -> None:
    """An agreement has reached its end: as the provider, complete what still runs under it."""
    if not await store.end_agreement(tx, scope, agreement_id, "expired"):
        return
    await tx.record(AgreementEnded(agreement_id=agreement_id, reason="expired"))
    for pid in await store.open_transfers(tx, scope, agreement_id):
        process = await store.process(tx, scope, pid, locked=True)
        if process is None or process.role is not Role.PROVIDER or process.pending_id is not None:
            continue
        await act(tx, scope, process, Move.COMPLETE if process.state == "STARTED" else Move.TERMINATE)


async def erase_copy(tx: Transaction, scope: OperatorScope, pid: str) -> None:
    """Erase a received copy whose use has ended, and record that it was."""
    if await store.delete_copy(tx, scope, pid):
        await tx.record(CopyDeleted(pid=pid))
