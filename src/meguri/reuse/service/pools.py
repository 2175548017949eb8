"""Use cases of swappable packs: a pool, swaps, and its health. A swap never changes a battery's status; leaving does.

One pack has one holder at a time; rows of packs are held while a swap is written.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import Finite
from meguri.kernel.scope import OperatorScope
from meguri.reuse import store_deals
from meguri.reuse.billing import Swapped
from meguri.reuse.errors import (
    ContractNotFound,
    NegativeEnergy,
    NoPackReady,
    PackAlreadyIssued,
    PackNotFound,
    PackNotReady,
    PoolNotFound,
    PriceInvalid,
    StateTransition,
    SwapEmpty,
)
from meguri.reuse.events import PackMoved, PackSwapped
from meguri.reuse.gate import Verdict
from meguri.reuse.law import JAPAN
from meguri.reuse.plausible import require_plausible
from meguri.reuse.pool import (
    LEAST_SOC,
    STEPS,
    Pack,
    PackState,
    PoolHealth,
    PoolRules,
    pack_to_issue,
    pool_health,
)
from meguri.reuse.records import Contract, ContractState, PoolRecord
from meguri.reuse.service.batteries import find as find_battery
from meguri.reuse.service.batteries import get as get_battery
from meguri.reuse.service.judging import judged_now
from meguri.reuse.store_deals import PackRow
from meguri.storage import Transaction

_DAYS_OF_DEMAND = 28


class NewPool(msgspec.Struct, frozen=True, kw_only=True):
    """A pool to be made. kWh of a new pack, its life in cycles and years."""

    name: str
    rated_kwh: Finite = 1.314
    rules: PoolRules = PoolRules(efc_life=1500, age_life=8)


class NewPack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that joins; one whose battery is registered (by `battery_id`, or under its number) takes its verdict from there."""

    pack_id: str
    station: str
    soc: Finite
    soh: Finite
    usable_kwh: Finite
    efc: Finite = 0.0
    age_years: Finite = 0.0
    efc_per_day: Finite = 0.0
    verdict: Verdict = Verdict.NOT_ASSESSABLE
    battery_id: UUID | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A pack as it is scanned at the station. `counter_kwh`: energy counter of its BMS, None = it has none."""

    pack_id: str
    soc: Finite
    usable_kwh: Finite
    soh: Finite
    counter_kwh: Finite | None = None


class SwapInput(msgspec.Struct, frozen=True, kw_only=True):
    """A swap: a pack goes out, another comes in; one of both may be missing (first issue, last return).

    pack_out  None with `requested_kwh`: the pool chooses
    """

    swap_id: UUID
    station: str
    user: str
    pack_out: Reading | None = None
    pack_in: Reading | None = None
    requested_kwh: Finite | None = None
    contract_id: UUID | None = None
    at: datetime | None = None


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """A swap as it is kept; `used`: what the user took from the pack that came in, with both readings."""

    swap_id: UUID
    pool_id: UUID
    station: str
    user: str
    at: datetime
    pack_out: Reading | None
    pack_in: Reading | None
    contract_id: UUID | None
    used: Swapped | None
    flags: tuple[str, ...] = ()


async def create(tx: Transaction, scope: OperatorScope, asked: NewPool) -> PoolRecord:
    """A pool. Raises PriceInvalid when its figures are not positive."""
    if min(asked.rated_kwh, asked.rules.efc_life, asked.rules.age_life) <= 0:
        raise PriceInvalid
    pool_id = new_id()
    await store_deals.add_pool(tx, scope, pool_id, asked.name, asked.rules, asked.rated_kwh)
    await tx.record(PackMoved(pool_id=pool_id, pack_id="", state="pool"))
    return await get(tx, scope, pool_id)


async def get(tx: Transaction, scope: OperatorScope, pool_id: UUID) -> PoolRecord:
    """A pool of the company. Raises PoolNotFound."""
    found = await store_deals.pool(tx, scope, pool_id)
    if found is None:
        raise PoolNotFound
    return found


async def all_pools(tx: Transaction, scope: OperatorScope) -> list[PoolRecord]:
    """The company's pools."""
    return await store_deals.pools(tx, scope)


async def packs(tx: Transaction, scope: OperatorScope, pool_id: UUID) -> list[PackRow]:
    """All packs of a pool with their holders. Raises PoolNotFound."""
    await get(tx, scope, pool_id)
    return await store_deals.packs(tx, scope, pool_id)


async def add_pack(tx: Transaction, scope: OperatorScope, pool_id: UUID, asked: NewPack) -> PackRow:
    """A pack joins.

    Raises PoolNotFound, BatteryNotFound, NegativeEnergy, FigureImplausible, StateTransition when it is there already.
    """
    _require_readable(asked.soc, asked.soh, asked.usable_kwh)
    require_plausible(efc=asked.efc, age_years=asked.age_years, efc_per_day=asked.efc_per_day)
    record = await get(tx, scope, pool_id)
    battery_id = await _battery_in(tx, scope, asked)
    verdict = await _verdict(tx, scope, battery_id, asked.verdict)
    if asked.pack_id in await store_deals.packs_locked(tx, scope, pool_id, [asked.pack_id]):
        raise StateTransition(state="in_pool", event="add", allowed="swap, move")
    charged = asked.soc >= LEAST_SOC and verdict is Verdict.PASS
    pack = Pack(
        pack_id=asked.pack_id,
        state=PackState.CHARGED
        if charged
        else PackState.DIAGNOSIS
        if verdict is not Verdict.PASS
        else PackState.CHARGING,
        station=asked.station,
        verdict=verdict,
        soc=asked.soc,
        usable_kwh=asked.usable_kwh,
        soh=asked.soh,
        efc=asked.efc,
        age_years=asked.age_years,
        idle_since=clock.now(),
        rated_kwh=record.rated_kwh,
        efc_per_day=asked.efc_per_day,
    )
    await store_deals.save_pack(tx, scope, pool_id, pack, "", battery_id)
    await _moved(tx, pool_id, pack)
    return (await store_deals.packs_locked(tx, scope, pool_id, [pack.pack_id]))[pack.pack_id]


async def _battery_in(tx: Transaction, scope: OperatorScope, asked: NewPack) -> UUID | None:
    """The registered battery in a pack: as it is said, else the one that carries the pack's own number."""
    if asked.battery_id is not None:
        return (await get_battery(tx, scope, asked.battery_id)).battery_id
    found = await find_battery(tx, scope, asked.pack_id)
    return found.battery_id if found is not None else None


async def _verdict(tx: Transaction, scope: OperatorScope, battery_id: UUID | None, said: Verdict) -> Verdict:
    """What the gate says today of the registered battery in a pack; else what was said when the pack joined."""
    if battery_id is None:
        return said
    return (await judged_now(tx, scope.operator_id, battery_id))[1].verdict


async def move(
    tx: Transaction, scope: OperatorScope, pool_id: UUID, pack_id: str, state: PackState, soc: float | None
) -> PackRow:
    """Charging, resting, diagnosis, quarantine, retirement. Issuing is a swap.

    Raises PoolNotFound, PackNotFound, PackNotReady, StateTransition, FigureImplausible.
    """
    require_plausible(soc=soc)
    await get(tx, scope, pool_id)
    row = (await store_deals.packs_locked(tx, scope, pool_id, [pack_id])).get(pack_id)
    if row is None:
        raise PackNotFound(pack=pack_id)
    allowed = tuple(step for step in STEPS[row.body.state] if step is not PackState.ISSUED)
    if state not in allowed or row.body.state is PackState.ISSUED:
        raise StateTransition(state=row.body.state.value, event=state.value, allowed=", ".join(allowed) or "—")
    verdict = await _verdict(tx, scope, row.battery_id, row.body.verdict)
    if state in (PackState.CHARGED, PackState.CHARGING) and verdict is Verdict.VETO:
        raise PackNotReady(pack=pack_id, state=verdict.value)
    charge = row.body.soc if soc is None else soc
    pack = replace(row.body, state=state, verdict=verdict, soc=charge, idle_since=clock.now())
    await store_deals.save_pack(tx, scope, pool_id, pack, "", row.battery_id)
    await _moved(tx, pool_id, pack)
    return replace(row, body=pack, state=state.value, holder="")


async def _moved(tx: Transaction, pool_id: UUID, pack: Pack) -> None:
    await tx.record(PackMoved(pool_id=pool_id, pack_id=pack.pack_id, state=pack.state.value))


async def swap(tx: Transaction, scope: OperatorScope, pool_id: UUID, asked: SwapInput) -> Swap:
    """A swap; the same swap_id again is the same swap.

    Raises PoolNotFound, PackNotFound, PackAlreadyIssued, PackNotReady, NoPackReady, NegativeEnergy,
    FigureImplausible, ContractNotFound, StateTransition, SwapEmpty.
    """
    for reading in (asked.pack_out, asked.pack_in):
        if reading is not None:
            _require_readable(reading.soc, reading.soh, reading.usable_kwh, reading.counter_kwh)
    await get(tx, scope, pool_id)
    kept = await store_deals.swap(tx, scope, asked.swap_id)
    if kept is not None:
        return msgspec.convert(kept, Swap)
    if asked.contract_id is not None:
        await _active_contract(tx, scope, asked.contract_id)
    outgoing = asked.pack_out or await _chosen(tx, scope, pool_id, asked)
    names = [reading.pack_id for reading in (outgoing, asked.pack_in) if reading is not None]
    if not names:
        raise SwapEmpty
    rows = await store_deals.packs_locked(tx, scope, pool_id, sorted(set(names)))
    for name in names:
        if name not in rows:
            raise PackNotFound(pack=name)
    at = asked.at or clock.now()
    flags: list[str] = []
    if outgoing is not None:
        await _issue(tx, scope, pool_id, rows[outgoing.pack_id], outgoing, asked)
    used = None
    if asked.pack_in is not None:
        used, flags = await _take_back(tx, scope, pool_id, rows[asked.pack_in.pack_id], asked)
    made = Swap(
        swap_id=asked.swap_id,
        pool_id=pool_id,
        station=asked.station,
        user=asked.user,
        at=at,
        pack_out=outgoing,
        pack_in=asked.pack_in,
        contract_id=asked.contract_id,
        used=used,
        flags=tuple(flags),
    )
    if not await store_deals.add_swap(tx, scope, pool_id, asked.swap_id, asked.contract_id, at, asked.station, made):
        raise StateTransition(state="kept", event="swap", allowed="—")
    await tx.record(
        PackSwapped(
            swap_id=asked.swap_id,
            pool_id=pool_id,
            station=asked.station,
            pack_out=outgoing.pack_id if outgoing else None,
            pack_in=asked.pack_in.pack_id if asked.pack_in else None,
        )
    )
    return made


def _require_readable(soc: float, soh: float, usable_kwh: float, counter_kwh: float | None = None) -> None:
    """Refuse a reading that no pack gives: below zero by the name of the meter's fault, else as implausible."""
    below = min(usable_kwh, counter_kwh or 0.0)
    if below < 0:
        raise NegativeEnergy(value=f"{below:g}")
    require_plausible(soc=soc, soh=soh, usable_kwh=usable_kwh, counter_kwh=counter_kwh)


async def _active_contract(tx: Transaction, scope: OperatorScope, contract_id: UUID) -> Contract:
    deal = await store_deals.deal(tx, scope, "contract", contract_id)
    if deal is None or deal.side != "giver":
        raise ContractNotFound
    contract = deal.read(Contract)
    if contract.state is not ContractState.ACTIVE:
        raise StateTransition(state=contract.state.value, event="swap", allowed="accept")
    return contract


async def _chosen(tx: Transaction, scope: OperatorScope, pool_id: UUID, asked: SwapInput) -> Reading | None:
    """The pack that the pool hands out: the least worn of those that are ready at the station."""
    if asked.requested_kwh is None:
        return None
    record = await get(tx, scope, pool_id)
    rows = [row for row in await store_deals.packs(tx, scope, pool_id) if row.body.station == asked.station]
    there = [
        replace(row.body, verdict=await _verdict(tx, scope, row.battery_id, row.body.verdict))
        for row in rows
        if row.body.state is PackState.CHARGED
    ]
    pack = pack_to_issue(there, record.rules, asked.requested_kwh)
    if pack is None:
        raise NoPackReady(station=asked.station, energy_kwh=f"{asked.requested_kwh:g}")
    return Reading(pack_id=pack.pack_id, soc=pack.soc, usable_kwh=pack.usable_kwh, soh=pack.soh)


class _OnLoan(msgspec.Struct, frozen=True, kw_only=True):
    """Readings at issue, kept with the holder until the pack comes back."""

    user: str
    soc: Finite
    usable_kwh: Finite
    counter_kwh: Finite | None


async def _issue(
    tx: Transaction, scope: OperatorScope, pool_id: UUID, row: PackRow, reading: Reading, asked: SwapInput
) -> None:
    if row.body.state is PackState.ISSUED:
        raise PackAlreadyIssued(pack=row.pack_id)
    verdict = await _verdict(tx, scope, row.battery_id, row.body.verdict)
    if verdict is not Verdict.PASS:
        raise PackNotReady(pack=row.pack_id, state=verdict.value)
    if row.body.state is not PackState.CHARGED or reading.soc < LEAST_SOC:
        raise PackNotReady(pack=row.pack_id, state=row.body.state.value)
    pack = replace(
        row.body,
        state=PackState.ISSUED,
        soc=reading.soc,
        usable_kwh=reading.usable_kwh,
        soh_before=row.body.soh,
        soh=reading.soh,
        station=asked.station,
    )
    loan = _OnLoan(user=asked.user, soc=reading.soc, usable_kwh=reading.usable_kwh, counter_kwh=reading.counter_kwh)
    holder = msgspec.json.encode(loan).decode()
    await store_deals.save_pack(tx, scope, pool_id, pack, holder, row.battery_id)


async def _take_back(
    tx: Transaction, scope: OperatorScope, pool_id: UUID, row: PackRow, asked: SwapInput
) -> tuple[Swapped, list[str]]:
    """The pack that came in, what was taken from it, and what is strange about it."""
    reading = asked.pack_in
    assert reading is not None  # noqa: S101  (the caller looked)
    if row.body.state is not PackState.ISSUED:
        raise StateTransition(state=row.body.state.value, event="return", allowed="issue")
    loan = msgspec.json.decode(row.holder, type=_OnLoan)
    counted = loan.counter_kwh is not None and reading.counter_kwh is not None
    used = Swapped(
        swap_id=str(asked.swap_id),
        pack_id=row.pack_id,
        rated_kwh=_decimal(row.body.rated_kwh),
        usable_kwh=_decimal(loan.usable_kwh),
        meter="bms" if counted else "soc",
        reading_out=_decimal(loan.counter_kwh if counted else loan.soc),
        reading_in=_decimal(reading.counter_kwh if counted else reading.soc),
    )
    energy = used.energy_kwh
    if energy < 0:
        raise NegativeEnergy(value=energy)
    flags = ["RESET"] if reading.soh > row.body.soh + 2 else []
    verdict = await _verdict(tx, scope, row.battery_id, row.body.verdict)
    state = PackState.QUARANTINE if verdict is Verdict.VETO else PackState.DIAGNOSIS if flags else PackState.CHARGING
    pack = replace(
        row.body,
        state=state,
        verdict=verdict,
        soc=reading.soc,
        usable_kwh=reading.usable_kwh,
        soh_before=row.body.soh,
        soh=reading.soh,
        efc=row.body.efc + float(energy) / max(row.body.rated_kwh, 1e-9),
        station=asked.station,
        idle_since=clock.now(),
    )
    await store_deals.save_pack(tx, scope, pool_id, pack, "", row.battery_id)
    return used, flags


def _decimal(value: float | None) -> Decimal:
    return Decimal(str(value or 0))


async def health(tx: Transaction, scope: OperatorScope, pool_id: UUID) -> PoolHealth:
    """How the pool stands. Raises PoolNotFound."""
    record, now = await get(tx, scope, pool_id), clock.now()
    rows = await store_deals.packs(tx, scope, pool_id)
    swaps = await store_deals.swaps(tx, scope, pool_id, now - timedelta(days=_DAYS_OF_DEMAND), 10_000)
    issued = [(station, at.astimezone(JAPAN)) for at, station, body in swaps if body.get("pack_out")]
    return pool_health([row.body for row in rows], record.rules, issued, now)


async def recent(tx: Transaction, scope: OperatorScope, pool_id: UUID, limit: int = 50) -> list[Swap]:
    """The newest swaps of a pool. Raises PoolNotFound."""
    await get(tx, scope, pool_id)
    found = await store_deals.swaps(tx, scope, pool_id, datetime.min.replace(tzinfo=clock.now().tzinfo), limit)
    return [msgspec.convert(body, Swap) for _, _, body in found]
