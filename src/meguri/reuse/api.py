"""The native API of used batteries: gate, value, match; batteries with evidence, verdict, decision; prices, licence, demand."""

import asyncio
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post, put

from meguri.kernel.paging import BadCursor, Page
from meguri.operators.errors import OperatorUnknown
from meguri.reuse import errors
from meguri.reuse.certificate import DiagnosisInput, StoredCertificate
from meguri.reuse.decide import Decision
from meguri.reuse.demand import Use
from meguri.reuse.files import (
    GateInput,
    GateOutput,
    MatchInput,
    MatchOutput,
    ValueInput,
    ValueOutput,
    judge_input,
    match_input,
    value_input,
)
from meguri.reuse.gate import CannotRaiseVerdict
from meguri.reuse.law import Site, SiteCheck, fire_check
from meguri.reuse.model import Option
from meguri.reuse.prices import PriceSet
from meguri.reuse.records import (
    BatteryFacts,
    Demand,
    HeldBattery,
    KeptLicence,
    Licence,
    LoweredVerdict,
    NewEvidence,
    Offer,
    StoredEvidence,
)
from meguri.reuse.service import batteries, certificates, demands, licences, secondlife
from meguri.reuse.service.passports import SecondLife, Succession
from meguri.reuse.sourcing import MarketSet
from meguri.reuse.store import PriceSetLine
from meguri.telemetry.errors import BatteryUnknown
from meguri.web import FromPath, FromQuery, Json, Paging, Unit, editor, refusals, signed_in, versioned

MOST_AT_ONCE = 200


class Assessed(msgspec.Struct, frozen=True, kw_only=True):
    """A decision; None with the reason when there is no state of health to value."""

    decision: Decision | None
    reason: str | None = None


class NewDemand(msgspec.Struct, frozen=True, kw_only=True):
    """A use to be registered."""

    name: str
    use: Use


class SecondLifeInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a battery becomes: the option, the new passport, and the evidence of Art. 73(1) that is at hand."""

    option: Option
    second_life: SecondLife
    end_of_waste: tuple[str, ...] = ()


class Succeeded(msgspec.Struct, frozen=True, kw_only=True):
    """The battery with its new passport."""

    battery: HeldBattery
    succession: Succession


def _battery(found: HeldBattery) -> Response[HeldBattery]:
    return versioned(found, found.version)


def _assessed(decision: Decision | None) -> Assessed:
    return Assessed(decision=decision, reason=None if decision else "NO_SOH")


@post("/reuse/gate", guards=[signed_in], status_code=200, responses=refusals())
async def judge_case(data: Json[GateInput]) -> GateOutput:
    """The safety verdict and grade of a case by the evidence sent along. Stores nothing."""
    return judge_input(data)


@post(
    "/reuse/valuations",
    guards=[signed_in],
    status_code=200,
    responses=refusals(
        errors.PriceMissing,
        errors.CurrencyMixed,
        errors.IntervalInvalid,
        errors.FigureImplausible,
        errors.UnusableInput,
    ),
)
async def value_batteries(unit: Unit, data: Json[ValueInput]) -> ValueOutput:
    """P10, P50, P90 of every next use, explained to the yen; with gate evidence also the decision. Stores nothing."""
    if not 0 < len(data.batteries) <= MOST_AT_ONCE:
        raise errors.UnusableInput(detail=f"batteries: 1–{MOST_AT_ONCE}")
    prices = await unit(batteries.prices_of) if data.price_set is None else None
    return await asyncio.to_thread(value_input, data, prices)


@post("/reuse/matches", guards=[signed_in], status_code=200, responses=refusals(errors.UnusableInput))
async def match_batteries(data: Json[MatchInput]) -> MatchOutput:
    """The assignment of batteries to uses with the greatest total value. Stores nothing."""
    if max(len(data.batteries), len(data.uses)) > MOST_AT_ONCE:
        raise errors.UnusableInput(detail=f"≤ {MOST_AT_ONCE}")
    return await asyncio.to_thread(match_input, data)


@post("/reuse/site-checks", guards=[signed_in], status_code=200, responses=refusals())
async def check_site(data: Json[Site]) -> SiteCheck:
    """火災予防条例 for a storage site. Stores nothing."""
    return fire_check(data)


@get("/reuse/batteries", guards=[signed_in], responses=refusals(BadCursor))
async def list_batteries(unit: Unit, paging: Paging) -> Page[HeldBattery]:
    """Your batteries, newest first."""
    return await unit(batteries.page, limit=paging.limit, cursor=paging.cursor)


@post(
    "/reuse/batteries",
    guards=[editor],
    responses=refusals(errors.BatteryKnown, OperatorUnknown, BatteryUnknown, errors.FigureImplausible),
)
async def register_battery(unit: Unit, data: Json[BatteryFacts]) -> Response[HeldBattery]:
    """Take up a used battery that is here."""
    return await unit.answering(_battery)(batteries.register, data)


@get("/reuse/batteries/{battery_id:uuid}", guards=[signed_in], responses=refusals(errors.BatteryNotFound))
async def get_battery(unit: Unit, battery_id: FromPath[UUID]) -> Response[HeldBattery]:
    """A battery with its present verdict and grade."""
    return await unit.answering(_battery)(batteries.get, battery_id)


@get("/reuse/batteries/{battery_id:uuid}/evidence", guards=[signed_in], responses=refusals(errors.BatteryNotFound))
async def list_evidence(unit: Unit, battery_id: FromPath[UUID]) -> Page[StoredEvidence]:
    """All findings about a battery."""
    return Page(items=await unit(batteries.evidence, battery_id))


@post(
    "/reuse/batteries/{battery_id:uuid}/evidence",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.BatteryNotFound, errors.NotHeld),
)
async def add_evidence(unit: Unit, battery_id: FromPath[UUID], data: Json[NewEvidence]) -> Response[HeldBattery]:
    """Add findings; the gate is judged anew at once, and a veto closes every open door to reuse."""
    return await unit.answering(_battery)(batteries.add_evidence, battery_id, data)


@post(
    "/reuse/batteries/{battery_id:uuid}/verdict",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.BatteryNotFound, errors.NotHeld, CannotRaiseVerdict),
)
async def lower_verdict(unit: Unit, battery_id: FromPath[UUID], data: Json[LoweredVerdict]) -> Response[HeldBattery]:
    """Lower the verdict by hand, with a reason. Only evidence makes it better."""
    return await unit.answering(_battery)(batteries.lower, battery_id, data)


@get(
    "/reuse/batteries/{battery_id:uuid}/assessment",
    guards=[signed_in],
    responses=refusals(errors.BatteryNotFound, errors.PriceMissing),
)
async def assess_battery(unit: Unit, battery_id: FromPath[UUID], seed: FromQuery[int] = 0) -> Assessed:
    """Value and decision by the evidence and prices of now."""
    return _assessed(await unit(batteries.assess, battery_id, seed=seed))


@post(
    "/reuse/batteries/{battery_id:uuid}/assessment",
    guards=[editor],
    responses=refusals(errors.BatteryNotFound, errors.PriceMissing),
)
async def keep_assessment(unit: Unit, battery_id: FromPath[UUID], seed: FromQuery[int] = 0) -> Assessed:
    """The same, kept with the battery."""
    return await unit.answering(_assessed)(batteries.keep_assessment, battery_id, seed=seed)


@post(
    "/reuse/batteries/{battery_id:uuid}/second-life",
    guards=[editor],
    responses=refusals(
        errors.BatteryNotFound,
        errors.NotHeld,
        errors.GateVeto,
        errors.GateNotAssessable,
        errors.StateTransition,
        errors.SiteLaw,
    ),
)
async def begin_second_life(unit: Unit, battery_id: FromPath[UUID], data: Json[SecondLifeInput]) -> Succeeded:
    """Reuse, repurposing or remanufacturing is carried out: a new passport, the old one turns inactive."""

    def shown(done: tuple[HeldBattery, Succession]) -> Succeeded:
        return Succeeded(battery=done[0], succession=done[1])

    begin = unit.answering(shown)
    return await begin(secondlife.begin, battery_id, data.option, data.second_life, data.end_of_waste)


@post(
    "/reuse/batteries/{battery_id:uuid}/certificates",
    guards=[editor],
    responses=refusals(errors.BatteryNotFound, errors.NotHeld),
)
async def issue_certificate(unit: Unit, battery_id: FromPath[UUID], data: Json[DiagnosisInput]) -> StoredCertificate:
    """A signed certificate of a diagnosis; its results become evidence, the one before is superseded."""
    return await unit(certificates.issue, battery_id, data)


@get("/reuse/price-sets", guards=[signed_in], responses=refusals())
async def list_price_sets(unit: Unit) -> Page[PriceSetLine]:
    """Your price sets, newest first; the newest one is used."""
    return Page(items=await unit(batteries.price_sets))


@post("/reuse/price-sets", guards=[editor], responses=refusals(errors.CurrencyMixed, errors.FigureImplausible))
async def keep_price_set(unit: Unit, data: Json[PriceSet]) -> PriceSetLine:
    """Load your own prices."""
    return await unit(batteries.keep_prices, data)


@get("/reuse/licence", guards=[signed_in], responses=refusals(errors.LicenceNotFound))
async def get_licence(unit: Unit) -> KeptLicence:
    """Your licence to take waste batteries, and whether the platform's operator has checked it."""
    found = await unit(licences.own)
    if found is None:
        raise errors.LicenceNotFound
    return found


@put("/reuse/licence", guards=[editor], responses=refusals())
async def register_licence(unit: Unit, data: Json[Licence]) -> KeptLicence:
    """Your licence to take waste batteries; it holds on the market once the platform's operator has checked its proof."""
    return await unit(licences.register, data)


@get("/reuse/demands", guards=[signed_in], responses=refusals())
async def list_demands(unit: Unit) -> Page[Demand]:
    """Your uses that want batteries, newest first."""
    return Page(items=await unit(demands.all_demands))


@post("/reuse/demands", guards=[editor], responses=refusals())
async def register_demand(unit: Unit, data: Json[NewDemand]) -> Demand:
    """A use that wants batteries."""
    return await unit(demands.register, data.name, data.use)


@post(
    "/reuse/demands/{demand_id:uuid}/close", guards=[editor], status_code=204, responses=refusals(errors.DemandNotFound)
)
async def close_demand(unit: Unit, demand_id: FromPath[UUID]) -> None:
    """The use wants no more."""
    await unit(demands.close, demand_id)


@get("/reuse/demands/{demand_id:uuid}/market", guards=[signed_in], responses=refusals(errors.DemandNotFound))
async def demand_market(unit: Unit, demand_id: FromPath[UUID]) -> MarketSet:
    """The batteries of others that make up what an open use wants, with price and energy of all."""
    return await unit(demands.on_market, demand_id)


@post(
    "/reuse/demands/{demand_id:uuid}/offers",
    guards=[editor],
    responses=refusals(
        errors.DemandNotFound, errors.ListingNotFound, errors.StateTransition, errors.GateVeto, errors.GateNotAssessable
    ),
)
async def offer_for_demand(unit: Unit, demand_id: FromPath[UUID]) -> Page[Offer]:
    """Offer each seller of the set the price asked; all or none."""
    return Page(items=await unit(demands.offer_for_set, demand_id))


@get("/reuse/demands/match", guards=[signed_in], responses=refusals(errors.PriceMissing))
async def match_demands(unit: Unit) -> demands.Matched:
    """Your batteries to your open uses."""
    return await unit(demands.match_own)


_HANDLERS = (
    judge_case,
    value_batteries,
    match_batteries,
    check_site,
    list_batteries,
    register_battery,
    get_battery,
    list_evidence,
    add_evidence,
    lower_verdict,
    assess_battery,
    keep_assessment,
    begin_second_life,
    issue_certificate,
    list_price_sets,
    keep_price_set,
    get_licence,
    register_licence,
    list_demands,
    demand_market,
    offer_for_demand,
    register_demand,
    close_demand,
    match_demands,
)
handlers = [Router("/api/v1", route_handlers=_HANDLERS, tags=["reuse"])]
