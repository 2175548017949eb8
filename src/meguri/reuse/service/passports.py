"""What becomes of the passport when a battery is sold, gets a second life, or fails: by the use cases of passports.

A battery without passport, or whose passport another operator keeps, is handed over all the same; only the passport then
stays where it is.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from meguri.health.model import Result, Status
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.passport import service as passports
from meguri.passport.lifecycle import Life, State
from meguri.passport.model import NewPassport, Record
from meguri.passport.readings import Reading
from meguri.reuse.records import Custody, HeldBattery, ListingKind
from meguri.storage import Transaction

ATTRIBUTES = {
    "capacity": "remaining_capacity",
    "energy": "remaining_usable_energy",
    "soce": "soce",
    "resistance": "measured_resistance_pack",
    "ohmic_resistance": "ohmic_resistance",
    "rte": "remaining_rte",
    "self_discharge": "self_discharge_current",
}
"""Quantities of a diagnosis by the passport's own attributes."""


class SecondLife(msgspec.Struct, frozen=True, kw_only=True):
    """What a battery becomes. `values`: what the new operator declares of it, by catalogue keys.

    evidence  the contract or certificate that shows the second life; needed when the battery is waste
    """

    passport: NewPassport
    evidence: str | None = None
    end_of_waste_evidence: str | None = None


class Succession(msgspec.Struct, frozen=True, kw_only=True):
    """The new passport and what became inactive."""

    passport_id: UUID
    dpp_id: str
    inactive: tuple[str, ...]


async def known(tx: Transaction, passport_id: UUID | None) -> Record | None:
    """The passport's record within the house; None without one."""
    return None if passport_id is None else await passports.known(tx, str(passport_id))


async def dangers(tx: Transaction, _: OperatorScope, passport_id: UUID | None) -> list[Text]:
    """What whoever opens or carries the battery has to know by its passport, such as hydrogen sulfide."""
    return [] if passport_id is None else await passports.dangers(tx, [str(passport_id)])


async def propose(tx: Transaction, scope: OperatorScope, custody: Custody) -> UUID | None:
    """The seller, where it is responsible for the passport, proposes that the buyer takes over."""
    record = await known(tx, custody.passport_id)
    if record is None or record.operator_id != scope.operator_id or record.state != State.ACTIVE:
        return None
    proposed = await passports.propose_transfer(
        tx,
        scope,
        passports.NewTransfer(
            dpp_ids=(record.dpp_id,),
            reason="waste" if custody.kind is ListingKind.FEEDSTOCK else "sale",
            incoming_operator_id=custody.buyer_id,
            evidence_document_ids=(str(custody.transfer_id),),
        ),
    )
    return proposed.transfer_id


async def accept(tx: Transaction, scope: OperatorScope, custody: Custody) -> None:
    """The buyer takes over; what was bought as feedstock is declared waste."""
    if custody.passport_transfer_id is None:
        return
    await passports.accept_transfer(tx, scope, custody.passport_transfer_id)
    record = await known(tx, custody.passport_id)
    if custody.kind is ListingKind.FEEDSTOCK and record is not None and record.life != Life.WASTE:
        await passports.declare_waste(tx, scope, record.dpp_id, not_determined="sold as recycling feedstock")


async def withdraw(tx: Transaction, scope: OperatorScope, custody: Custody) -> None:
    """The proposal ends with the hand-over: the seller takes it back, the buyer says no."""
    if custody.passport_transfer_id is None:
        return
    end = passports.withdraw_transfer if scope.operator_id == custody.seller_id else passports.reject_transfer
    await end(tx, scope, custody.passport_transfer_id)


async def succeed(
    tx: Transaction, scope: OperatorScope, battery: HeldBattery, operation: str, wanted: SecondLife
) -> Succession:
    """A new passport in the place of the old one, which becomes inactive. Raises what `passport.succeed` raises."""
    done = await passports.succeed(
        tx,
        scope,
        passports.Succession(
            operation=operation,
            successors=[
                passports.Successor(
                    passport=wanted.passport,
                    predecessors=[
                        passports.Part(dpp_id=str(battery.passport_id), evidence_document_id=wanted.evidence)
                    ],
                )
            ],
            soh_evidence=wanted.evidence,
            end_of_waste_evidence=wanted.end_of_waste_evidence,
        ),
        base=tx.installation.origin,
    )
    made = done.successors[0]
    return Succession(passport_id=made.passport_id, dpp_id=made.dpp_id, inactive=tuple(done.inactive))


async def write_back(
    tx: Transaction, scope: OperatorScope, passport_id: UUID | None, results: Sequence[Result], batch_id: str
) -> int:
    """The results of a diagnosis as measured values of the passport, where the company is responsible. How many were taken."""
    record = await known(tx, passport_id)
    if record is None or record.operator_id != scope.operator_id or record.state != State.ACTIVE:
        return 0
    now = clock.now()
    readings = [
        Reading(
            attribute=ATTRIBUTES[result.quantity],
            value=result.value,
            measured_at=now,
            method=result.method,
            uncertainty_pct=_uncertainty(result),
        )
        for result in results
        if result.quantity in ATTRIBUTES and result.status is Status.OK and result.value is not None
    ]
    if not readings:
        return 0
    batch = passports.Batch(batch_id=batch_id, source="diagnostic", readings=readings)
    return (await passports.record_readings(tx, scope, record.dpp_id, batch)).accepted


def _uncertainty(result: Result) -> float | None:
    """Half-width of the interval in per cent of the value."""
    if result.lower is None or result.upper is None or not result.value:
        return None
    return round((result.upper - result.lower) / 2 / abs(result.value) * 100, 3)


async def report(
    tx: Transaction,
    scope: OperatorScope,
    passport_id: UUID | None,
    kind: str,
    *,
    severity: str,
    ja: str,
    en: str,
    at: datetime | None = None,
    event_id: UUID | None = None,
) -> bool:
    """A negative event in the passport, where the scope's company is responsible for it. Whether it was written."""
    record = await known(tx, passport_id)
    if record is None or record.operator_id != scope.operator_id or record.state != State.ACTIVE:
        return False
    await passports.record_event(
        tx,
        scope,
        record.dpp_id,
        type=kind,
        at=at or clock.now(),
        severity=severity,
        description={"ja": ja, "en": en},
        event_id=event_id or new_id(),
    )
    return True
