"""Use cases of batteries: take one up, add evidence, judge, lower a verdict, value, decide."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from meguri.health import service as health
from meguri.health.estimate import NotAssessable
from meguri.kernel import clock
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.errors import OperatorUnknown
from meguri.reuse import store
from meguri.reuse.decide import Decision, decide
from meguri.reuse.errors import BatteryKnown, BatteryNotFound, NotHeld
from meguri.reuse.events import (
    BatteryRegistered,
    BatteryValued,
    EvidenceAdded,
    PriceSetKept,
)
from meguri.reuse.findings import battery_of, check_facts
from meguri.reuse.gate import judge, lowered
from meguri.reuse.model import Option
from meguri.reuse.ownfade import own_fade
from meguri.reuse.prices import PriceSet, check_prices, demo_prices
from meguri.reuse.records import BatteryFacts, HeldBattery, LoweredVerdict, NewEvidence, StoredEvidence
from meguri.reuse.service.judging import hold, rejudge
from meguri.reuse.store import PriceSetLine
from meguri.reuse.valuerules import value_rules
from meguri.storage import Transaction
from meguri.telemetry import service as telemetry
from meguri.telemetry.errors import BatteryUnknown

RECOVERY = "recovery."
"""Prices that are no prices: a recycler's own shares of recovery, `recovery.Ni`, instead of the default ones."""


async def register(tx: Transaction, scope: OperatorScope, facts: BatteryFacts) -> HeldBattery:
    """Take up a battery that is here.

    Raises BatteryKnown, OperatorUnknown (owner), BatteryUnknown (telemetry), FigureImplausible.
    """
    check_facts(facts)
    if facts.owner_id is not None and not await operators.operator_exists(tx, scope, facts.owner_id):
        raise OperatorUnknown
    battery_id = facts.telemetry_id or new_id()
    if facts.telemetry_id is not None:
        await telemetry.battery(tx, scope, facts.telemetry_id)
    if not await store.add_battery(tx, scope, battery_id, facts):
        raise BatteryKnown(serial=facts.serial)
    if facts.owner_id is not None and facts.owner_id != scope.operator_id:
        async with tx.across():  # the owner sees what becomes of it
            await store.add_battery_across(tx, facts.owner_id, battery_id, facts, held=False, owner=facts.owner_id)
    await tx.record(BatteryRegistered(battery_id=battery_id, serial=facts.serial, dpp_id=facts.dpp_id))
    return await get(tx, scope, battery_id)


async def get(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> HeldBattery:
    """A battery of the company. Raises BatteryNotFound."""
    found = await store.battery(tx, scope, battery_id)
    if found is None:
        raise BatteryNotFound
    return found


async def find(tx: Transaction, scope: OperatorScope, name: str) -> HeldBattery | None:
    """A battery of the company by serial, passport identifier or passport id."""
    return await store.battery_by_name(tx, scope, name)


async def page(
    tx: Transaction, scope: OperatorScope, *, limit: int = 50, cursor: str | None = None
) -> Page[HeldBattery]:
    """The company's batteries, newest first. Raises BadCursor."""
    found = await store.batteries(tx, scope, start_of(cursor), limit + 1)
    following = found[limit] if len(found) > limit else None
    return Page(
        items=found[:limit], next_cursor=cursor_of(following.created_at, following.battery_id) if following else None
    )


def start_of(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Moment and id within a cursor. Raises BadCursor."""
    if cursor is None:
        return None
    moment, name = decode_cursor(cursor, 2)
    found = parse_uuid(name)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        raise BadCursor from None
    if found is None or at.tzinfo is None:
        raise BadCursor
    return at, found


def cursor_of(at: datetime, name: UUID) -> str:
    """The cursor of a row."""
    return encode_cursor(at.isoformat(), str(name))


async def add_evidence(tx: Transaction, scope: OperatorScope, battery_id: UUID, given: NewEvidence) -> HeldBattery:
    """Findings come in, and the gate is judged anew; a veto closes every open door to reuse in the same transaction.

    Owner and holder both get them. Raises BatteryNotFound, NotHeld.
    """
    await hold(tx, scope, battery_id)
    await _own(tx, scope, battery_id)
    await take_evidence(tx, scope, battery_id, given)
    return await get(tx, scope, battery_id)


async def take_evidence(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, given: NewEvidence, cause: str = "evidence"
) -> None:
    """`add_evidence` for a battery that is held already; `cause` stands in the judgement's history."""
    async with tx.across():
        for half in await store.halves_across(tx, battery_id):
            if half.held or half.owner_id == half.operator_id:
                await store.add_evidence_across(
                    tx, half.operator_id, battery_id, given.findings, given.source, scope.actor
                )
    quantities = tuple(dict.fromkeys(finding.quantity for finding in given.findings))
    await tx.record(EvidenceAdded(battery_id=battery_id, quantities=quantities, source=given.source))
    await rejudge(tx, scope, battery_id, cause)


async def _own(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> HeldBattery:
    found = await get(tx, scope, battery_id)
    if not found.held and found.owner_id != scope.operator_id:
        raise NotHeld
    return found


async def evidence(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> list[StoredEvidence]:
    """All findings about a battery. Raises BatteryNotFound."""
    await get(tx, scope, battery_id)
    return await store.evidence(tx, scope, battery_id)


async def lower(tx: Transaction, scope: OperatorScope, battery_id: UUID, said: LoweredVerdict) -> HeldBattery:
    """A person lowers the verdict; it holds until newer evidence. Raises BatteryNotFound, CannotRaiseVerdict."""
    await hold(tx, scope, battery_id)
    found = await _own(tx, scope, battery_id)
    verdict = lowered(found.verdict, said.verdict)
    await rejudge(tx, scope, battery_id, f"person:{said.reason}", lowered_to=verdict)
    return await get(tx, scope, battery_id)


async def prices_of(tx: Transaction, scope: OperatorScope) -> PriceSet:
    """The company's newest price set, else the demonstration set, which says that it is one."""
    return await store.newest_prices(tx, scope) or demo_prices()


async def keep_prices(tx: Transaction, scope: OperatorScope, prices: PriceSet) -> PriceSetLine:
    """A company loads its own prices. Raises CurrencyMixed."""
    check_prices(prices)
    price_set_id = await store.add_price_set(tx, scope, prices)
    await tx.record(PriceSetKept(price_set_id=price_set_id, name=prices.id))
    return PriceSetLine(price_set_id=price_set_id, name=prices.id, day=prices.date, created_at=clock.now())


async def price_sets(tx: Transaction, scope: OperatorScope) -> list[PriceSetLine]:
    """The company's price sets, newest first."""
    return await store.price_sets(tx, scope)


async def assess(tx: Transaction, scope: OperatorScope, battery_id: UUID, *, seed: int = 0) -> Decision | None:
    """Value a battery and decide its next use, by the evidence and prices of now; None without a state of health.

    Reads only. Raises BatteryNotFound, PriceMissing.
    """
    found = await get(tx, scope, battery_id)
    findings = [one.finding for one in await store.evidence(tx, scope, battery_id)]
    battery = battery_of(str(battery_id), found.facts, findings, clock.today())
    if battery is None:
        return None
    fade = await fade_of(tx, scope, found)
    if fade is not None:
        battery = replace(battery, fade_per_year=fade[0], fade_sigma=fade[1])
    gate = judge(found.facts.case(), findings, clock.today())
    prices = await prices_of(tx, scope)
    own = {item.code.removeprefix(RECOVERY): item.price for item in prices.items if item.code.startswith(RECOVERY)}
    if own and battery.recovered is None:
        battery = msgspec.structs.replace(
            battery, recovered={m: share for m, share in own.items() if share is not None}
        )
    return decide(battery, gate, prices, clock.today(), seed=seed)


async def fade_of(tx: Transaction, scope: OperatorScope, held: HeldBattery) -> tuple[float, float] | None:
    """Yearly loss in stationary use by the battery's own history, and its log-spread; None where nobody recorded one."""
    if held.facts.telemetry_id is None:
        return None
    use = value_rules().of(Option.STATIONARY)
    try:
        life = await health.life_left(
            tx, scope, held.battery_id, end_of_life_pct=use.soh_eol, depth=use.depth,
            cycles_per_day=use.cycles_per_year / 365,
        )  # fmt: skip
    except (NotAssessable, BatteryUnknown):  # no history, or it is kept by the company that had the battery before
        return None
    return own_fade(life)


async def keep_assessment(tx: Transaction, scope: OperatorScope, battery_id: UUID, *, seed: int = 0) -> Decision | None:
    """`assess`, kept with the battery."""
    decision = await assess(tx, scope, battery_id, seed=seed)
    if decision is not None:
        valuation_id = await store.add_valuation(tx, scope, battery_id, decision)
        await tx.record(
            BatteryValued(
                battery_id=battery_id,
                valuation_id=valuation_id,
                decision=decision.decision.value,
                price_set=decision.valuation.price_set,
            )
        )
    return decision


async def newest_assessment(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> Decision | None:
    """The decision that was kept last."""
    body = await store.newest_valuation(tx, scope, battery_id)
    return None if body is None else msgspec.convert(body, Decision)
