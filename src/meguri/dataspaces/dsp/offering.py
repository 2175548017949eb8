"""What our own people do: take part, keep partners, offer data, take it back, end agreements."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from meguri.dataspaces.dsp import store, store_tokens
from meguri.dataspaces.dsp.contents import prepared
from meguri.dataspaces.dsp.errors import (
    BadBpn,
    BadDid,
    KindUnknown,
    NotTakingPart,
    NumberMissing,
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
    NumberSet,
    PartnerBlocked,
    PartnerSaved,
)
from meguri.dataspaces.dsp.following import act
from meguri.dataspaces.dsp.kinds import KINDS
from meguri.dataspaces.dsp.messages import pointer_of_fault
from meguri.dataspaces.dsp.model import NewDataset, Participant, Partner
from meguri.dataspaces.dsp.plane import new_token_key
from meguri.dataspaces.dsp.policy import policy_hash, unknown_terms
from meguri.dataspaces.dsp.states import ENDED, Kind, Move, Role
from meguri.dataspaces.dsp.terms import EVERYONE, POLICY
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import trust
from meguri.kernel.clock import seconds_z
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.proof import jcs, keyring
from meguri.storage import Transaction

_BPNL = re.compile(r"BPNL[a-zA-Z0-9]{12}\Z")
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
    quality_form: Literal["tracex", "shared"] = "tracex"


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

    def policy(self, cx_purpose: str | None = None) -> dict[str, Any]:
        """The same as a policy: one permission, its conditions within one `and`.

        cx_purpose  for a partner in Catena-X: its word for the purpose, which stands beside the framework agreement
        """
        parts: list[dict[str, Any]] = [
            {"leftOperand": POLICY + "purpose", "operator": "isAnyOf", "rightOperand": list(self.purposes)}
        ]
        if self.until is not None:
            parts.append({"leftOperand": "dateTime", "operator": "lteq", "rightOperand": seconds_z(self.until)})
        if self.most_calls is not None:
            parts.append({"leftOperand": "count", "operator": "lteq", "rightOperand": str(self.most_calls)})
        if cx_purpose:
            parts += [
                {"leftOperand": "FrameworkAgreement", "operator": "eq", "rightOperand": "DataExchangeGovernance:1.0"},
                {"leftOperand": "UsagePurpose", "operator": "isAnyOf", "rightOperand": [cx_purpose]},
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


async def set_bpn(tx: Transaction, scope: OperatorScope, bpn: str | None) -> None:
    """The company's own business partner number (BPNL), or none. Raises NotTakingPart, BadBpn."""
    await taking_part(tx, scope)
    if bpn is not None and not _BPNL.match(bpn):
        raise BadBpn
    await store.set_bpn(tx, scope, bpn)
    await tx.record(NumberSet(bpn=bpn or ""))


async def save_partner(tx: Transaction, scope: OperatorScope, said: PartnerInput) -> Partner:
    """Keep a partner's record. Raises BadDid, BadBpn."""
    if not _DID.match(said.did) and not node().conformance:
        raise BadDid
    if said.bpn is not None and not _BPNL.match(said.bpn):
        raise BadBpn
    if said.identity_proof not in {level.key for level in trust().level}:
        said = msgspec.structs.replace(said, identity_proof="self_declared")
    values = msgspec.structs.asdict(said) | {"origins": list(said.origins), "credentials": list(said.credentials)}
    saved = await store.save_partner(tx, scope, **values)
    await operators.hold_least_proof(tx, scope)
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
        await store_tokens.drop_tokens(tx, scope, pid)
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


async def offer_known(
    tx: Transaction, scope: OperatorScope, key: str, subject: str, partner_did: str, terms: Terms
) -> tuple[str, str]:
    """Offer what the company has on record: a kind of dataset (`kinds`) about a part, a diagnosis, a battery, events.

    Raises KindUnknown, PartNotOwn, NothingToOffer, NotSoFar, TooWide, PartnerNotFound, NumberMissing, NotTakingPart,
    UnknownTerms.
    """
    kind = KINDS.get(key)
    if kind is None:
        raise KindUnknown
    partner = await store.partner(tx, scope, partner_did)
    if partner is None and partner_did != EVERYONE:
        raise PartnerNotFound
    if kind.interface == "notifications":
        me = await taking_part(tx, scope)
        if not me.bpn or (partner is not None and not partner.bpn):
            raise NumberMissing
    new = await prepared(tx, scope, kind, subject)
    policy = terms.policy(kind.cx_purpose if partner and partner.catena_x else None)
    return await offer(tx, scope, new, partner_did, policy, least_proof=terms.least_proof)


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
