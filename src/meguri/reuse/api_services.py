"""The native API around circulation: contracts and bills, pools and swaps, guarantees, certificates, accidents."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post, put

from meguri.kernel.errors import Needed, Stale
from meguri.kernel.numbers import Finite
from meguri.kernel.paging import BadCursor, Page
from meguri.operators.errors import OperatorUnknown
from meguri.reuse import errors
from meguri.reuse.accidents import Report
from meguri.reuse.billing import Bill
from meguri.reuse.certificate import DiagnosisInput, StoredCertificate
from meguri.reuse.pool import PackState, PoolHealth
from meguri.reuse.records import AccidentInput, AccidentRecord, Contract, Guarantee, PoolRecord
from meguri.reuse.service import accidents, certificates, contracts, guarantees, pools
from meguri.reuse.service.contracts import NewContract
from meguri.reuse.service.guarantees import Claim, GuaranteeRequest, Quote
from meguri.reuse.service.pools import NewPack, NewPool, Swap, SwapInput
from meguri.reuse.store_deals import PackRow
from meguri.web import FromPath, FromQuery, Json, Paging, Unit, Version, editor, refusals, signed_in, versioned


class NewCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate to be issued for a battery."""

    battery_id: UUID
    diagnosis: DiagnosisInput


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """A reason."""

    why: str


class PackMove(msgspec.Struct, frozen=True, kw_only=True):
    """Where a pack goes in its round."""

    state: PackState
    soc: Finite | None = None


class NewSwap(msgspec.Struct, frozen=True, kw_only=True):
    """A swap in a pool."""

    pool_id: UUID
    swap: SwapInput


class Amendment(msgspec.Struct, frozen=True, kw_only=True):
    """What has become known of an accident."""

    cause: str
    countermeasure: str


class Drafts(msgspec.Struct, frozen=True, kw_only=True):
    """速報 and 詳報 as drafts."""

    prompt: Report
    full: Report


_PRICED = (
    errors.BatteryNotFound,
    errors.GateVeto,
    errors.GateNotAssessable,
    errors.PriceInvalid,
    errors.PriceMissing,
    errors.FigureImplausible,
)
_TURN = (errors.NotYourTurn, errors.StateTransition)


@get("/reuse/contracts", guards=[signed_in], responses=refusals(BadCursor))
async def list_contracts(unit: Unit, paging: Paging) -> Page[Contract]:
    """Contracts as provider and as user."""
    return await unit(contracts.page, limit=paging.limit, cursor=paging.cursor)


@post(
    "/reuse/contracts", guards=[editor], responses=refusals(OperatorUnknown, errors.PoolNotFound, errors.TariffInvalid)
)
async def offer_contract(unit: Unit, data: Json[NewContract]) -> Contract:
    """Offer a contract for batteries as a service."""
    return await unit(contracts.offer, data)


@get("/reuse/contracts/{contract_id:uuid}", guards=[signed_in], responses=refusals(errors.ContractNotFound))
async def get_contract(unit: Unit, contract_id: FromPath[UUID]) -> Contract:
    """A contract."""
    return await unit(contracts.get, contract_id)


@post(
    "/reuse/contracts/{contract_id:uuid}/accept",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.ContractNotFound, *_TURN),
)
async def accept_contract(unit: Unit, contract_id: FromPath[UUID]) -> Contract:
    """The user accepts."""
    return await unit(contracts.step, contract_id, "accept")


@post(
    "/reuse/contracts/{contract_id:uuid}/decline",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.ContractNotFound, *_TURN),
)
async def decline_contract(unit: Unit, contract_id: FromPath[UUID]) -> Contract:
    """The user declines."""
    return await unit(contracts.step, contract_id, "decline")


@post(
    "/reuse/contracts/{contract_id:uuid}/end",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.ContractNotFound, *_TURN),
)
async def end_contract(unit: Unit, contract_id: FromPath[UUID]) -> Contract:
    """Either side ends it today."""
    return await unit(contracts.step, contract_id, "end")


@get("/reuse/contracts/{contract_id:uuid}/bill", guards=[signed_in], responses=refusals(errors.ContractNotFound))
async def bill_contract(
    unit: Unit, contract_id: FromPath[UUID], since: FromQuery[date], until: FromQuery[date]
) -> Bill:
    """The bill of the days from `since` to before `until`: meter, readings and formula in every line."""
    return await unit(contracts.bill_of, contract_id, since, until)


@get("/reuse/pools", guards=[signed_in], responses=refusals())
async def list_pools(unit: Unit) -> Page[PoolRecord]:
    """Your pools."""
    return Page(items=await unit(pools.all_pools))


@post("/reuse/pools", guards=[editor], responses=refusals(errors.PriceInvalid))
async def create_pool(unit: Unit, data: Json[NewPool]) -> PoolRecord:
    """Make a pool of swappable packs."""
    return await unit(pools.create, data)


@get("/reuse/pools/{pool_id:uuid}", guards=[signed_in], responses=refusals(errors.PoolNotFound))
async def get_pool(unit: Unit, pool_id: FromPath[UUID]) -> PoolRecord:
    """A pool."""
    return await unit(pools.get, pool_id)


@get("/reuse/pools/{pool_id:uuid}/health", guards=[signed_in], responses=refusals(errors.PoolNotFound))
async def get_pool_health(unit: Unit, pool_id: FromPath[UUID]) -> PoolHealth:
    """How a pool stands."""
    return await unit(pools.health, pool_id)


@get("/reuse/pools/{pool_id:uuid}/packs", guards=[signed_in], responses=refusals(errors.PoolNotFound))
async def list_packs(unit: Unit, pool_id: FromPath[UUID]) -> Page[PackRow]:
    """All packs of a pool."""
    return Page(items=await unit(pools.packs, pool_id))


@post(
    "/reuse/pools/{pool_id:uuid}/packs",
    guards=[editor],
    responses=refusals(
        errors.PoolNotFound,
        errors.BatteryNotFound,
        errors.StateTransition,
        errors.NegativeEnergy,
        errors.FigureImplausible,
    ),
)
async def add_pack(unit: Unit, pool_id: FromPath[UUID], data: Json[NewPack]) -> PackRow:
    """A pack joins."""
    return await unit(pools.add_pack, pool_id, data)


@post(
    "/reuse/pools/{pool_id:uuid}/packs/{pack_id:str}/move",
    guards=[editor],
    status_code=200,
    responses=refusals(
        errors.PoolNotFound,
        errors.PackNotFound,
        errors.PackNotReady,
        errors.StateTransition,
        errors.FigureImplausible,
    ),
)
async def move_pack(unit: Unit, pool_id: FromPath[UUID], pack_id: FromPath[str], data: Json[PackMove]) -> PackRow:
    """Charging, resting, diagnosis, quarantine, retirement."""
    return await unit(pools.move, pool_id, pack_id, data.state, data.soc)


@get("/reuse/swaps", guards=[signed_in], responses=refusals(errors.PoolNotFound))
async def list_swaps(unit: Unit, pool_id: FromQuery[UUID]) -> Page[Swap]:
    """The newest swaps of a pool."""
    return Page(items=await unit(pools.recent, pool_id))


@post(
    "/reuse/swaps",
    guards=[editor],
    responses=refusals(
        errors.PoolNotFound,
        errors.PackNotFound,
        errors.PackAlreadyIssued,
        errors.PackNotReady,
        errors.NoPackReady,
        errors.SwapEmpty,
        errors.NegativeEnergy,
        errors.FigureImplausible,
        errors.ContractNotFound,
        errors.StateTransition,
    ),
)
async def swap_packs(unit: Unit, data: Json[NewSwap]) -> Swap:
    """A pack goes out, another comes in; the same swap_id again is the same swap."""
    return await unit(pools.swap, data.pool_id, data.swap)


@post(
    "/reuse/guarantees/quote",
    guards=[signed_in],
    status_code=200,
    responses=refusals(*_PRICED),
)
async def quote_guarantee(unit: Unit, data: Json[GuaranteeRequest]) -> Quote:
    """What a residual-value guarantee would cost. Stores nothing."""
    return await unit(guarantees.quote, data)


@get("/reuse/guarantees", guards=[signed_in], responses=refusals(BadCursor))
async def list_guarantees(unit: Unit, paging: Paging) -> Page[Guarantee]:
    """Guarantees given and held."""
    return await unit(guarantees.page, limit=paging.limit, cursor=paging.cursor)


@post(
    "/reuse/guarantees",
    guards=[editor],
    responses=refusals(*_PRICED, OperatorUnknown),
)
async def offer_guarantee(unit: Unit, data: Json[GuaranteeRequest]) -> Guarantee:
    """Price a guarantee and offer it."""
    return await unit(guarantees.offer, data)


@get("/reuse/guarantees/{guarantee_id:uuid}", guards=[signed_in], responses=refusals(errors.GuaranteeNotFound))
async def get_guarantee(unit: Unit, guarantee_id: FromPath[UUID]) -> Guarantee:
    """A guarantee."""
    return await unit(guarantees.get_one, guarantee_id)


@post(
    "/reuse/guarantees/{guarantee_id:uuid}/accept",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.GuaranteeNotFound, *_TURN),
)
async def accept_guarantee(unit: Unit, guarantee_id: FromPath[UUID]) -> Guarantee:
    """The holder accepts; it runs from today."""
    return await unit(guarantees.accept, guarantee_id)


@post(
    "/reuse/guarantees/{guarantee_id:uuid}/decline",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.GuaranteeNotFound, *_TURN),
)
async def decline_guarantee(unit: Unit, guarantee_id: FromPath[UUID]) -> Guarantee:
    """The holder does not want it."""
    return await unit(guarantees.decline, guarantee_id)


@post(
    "/reuse/guarantees/{guarantee_id:uuid}/claim",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.GuaranteeNotFound, errors.EvidenceTooOld, errors.OutsideTerms, *_TURN),
)
async def claim_guarantee(unit: Unit, guarantee_id: FromPath[UUID], data: Json[Claim]) -> Guarantee:
    """The holder claims what is missing, with a fresh certificate."""
    return await unit(guarantees.claim, guarantee_id, data)


@post(
    "/reuse/guarantees/{guarantee_id:uuid}/settle",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.GuaranteeNotFound, *_TURN),
)
async def settle_guarantee(unit: Unit, guarantee_id: FromPath[UUID]) -> Guarantee:
    """The guarantor has paid."""
    return await unit(guarantees.settle, guarantee_id)


@get("/certificates", guards=[signed_in], responses=refusals(BadCursor))
async def list_certificates(
    unit: Unit, paging: Paging, battery_id: FromQuery[UUID | None] = None
) -> Page[StoredCertificate]:
    """Certificates that you issued, newest first."""
    return await unit(certificates.page, battery_id=battery_id, limit=paging.limit, cursor=paging.cursor)


@post("/certificates", guards=[editor], responses=refusals(errors.BatteryNotFound, errors.NotHeld))
async def issue_certificate(unit: Unit, data: Json[NewCertificate]) -> StoredCertificate:
    """Issue a signed certificate of a diagnosis."""
    return await unit(certificates.issue, data.battery_id, data.diagnosis)


@get("/certificates/{certificate_id:uuid}", guards=[signed_in], responses=refusals(errors.CertificateNotFound))
async def get_certificate(unit: Unit, certificate_id: FromPath[UUID]) -> dict[str, Any]:
    """The signed credential of a certificate that you issued."""
    return (await unit(certificates.own, certificate_id)).credential


@post(
    "/certificates/{certificate_id:uuid}/revoke",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.CertificateNotFound),
)
async def revoke_certificate(unit: Unit, certificate_id: FromPath[UUID], data: Json[Why]) -> StoredCertificate:
    """Take a certificate back."""
    return await unit(certificates.revoke, certificate_id, data.why)


@get("/reuse/accidents", guards=[signed_in], responses=refusals(BadCursor))
async def list_accidents(unit: Unit, paging: Paging) -> Page[AccidentRecord]:
    """Accidents of your batteries, newest first."""
    return await unit(accidents.page, limit=paging.limit, cursor=paging.cursor)


@post(
    "/reuse/accidents",
    guards=[editor],
    responses=refusals(errors.BatteryNotFound, errors.NotHeld, errors.UnusableInput),
)
async def record_accident(unit: Unit, data: Json[AccidentInput]) -> Response[AccidentRecord]:
    """An accident becomes known: the gate closes and both clocks start."""
    return await unit.answering(_accident)(accidents.record, data)


def _accident(found: AccidentRecord) -> Response[AccidentRecord]:
    return versioned(found, found.version)


@get("/reuse/accidents/{accident_id:uuid}", guards=[signed_in], responses=refusals(errors.AccidentNotFound))
async def get_accident(unit: Unit, accident_id: FromPath[UUID]) -> Response[AccidentRecord]:
    """An accident with its clocks."""
    return await unit.answering(_accident)(accidents.get_one, accident_id)


@put(
    "/reuse/accidents/{accident_id:uuid}",
    guards=[editor],
    responses=refusals(errors.AccidentNotFound, Stale, Needed),
)
async def amend_accident(
    unit: Unit, accident_id: FromPath[UUID], data: Json[Amendment], version: Version
) -> Response[AccidentRecord]:
    """Cause and countermeasure, as far as they are known."""
    return await unit.answering(_accident)(
        accidents.amend, accident_id, cause=data.cause, countermeasure=data.countermeasure, if_version=version
    )


@get("/reuse/accidents/{accident_id:uuid}/drafts", guards=[signed_in], responses=refusals(errors.AccidentNotFound))
async def draft_reports(unit: Unit, accident_id: FromPath[UUID]) -> Drafts:
    """速報 and 詳報 as drafts."""
    prompt, full = await unit(accidents.drafts, accident_id)
    return Drafts(prompt=prompt, full=full)


@post(
    "/reuse/accidents/{accident_id:uuid}/prompt-sent",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.AccidentNotFound, Stale),
)
async def prompt_sent(unit: Unit, accident_id: FromPath[UUID]) -> Response[AccidentRecord]:
    """速報 went to the authority."""
    return await unit.answering(_accident)(accidents.sent, accident_id, "prompt")


@post(
    "/reuse/accidents/{accident_id:uuid}/full-sent",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.AccidentNotFound, Stale),
)
async def full_sent(unit: Unit, accident_id: FromPath[UUID]) -> Response[AccidentRecord]:
    """詳報 went to the authority."""
    return await unit.answering(_accident)(accidents.sent, accident_id, "full")


_HANDLERS = (
    list_contracts,
    offer_contract,
    get_contract,
    accept_contract,
    decline_contract,
    end_contract,
    bill_contract,
    list_pools,
    create_pool,
    get_pool,
    get_pool_health,
    list_packs,
    add_pack,
    move_pack,
    list_swaps,
    swap_packs,
    quote_guarantee,
    list_guarantees,
    offer_guarantee,
    get_guarantee,
    accept_guarantee,
    decline_guarantee,
    claim_guarantee,
    settle_guarantee,
    list_certificates,
    issue_certificate,
    get_certificate,
    revoke_certificate,
    list_accidents,
    record_accident,
    get_accident,
    amend_accident,
    draft_reports,
    prompt_sent,
    full_sent,
)
handlers = [Router("/api/v1", route_handlers=_HANDLERS, tags=["reuse"])]
