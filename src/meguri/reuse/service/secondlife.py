"""Second life: the decision's option is carried out and the passport follows: a new one, the old one inactive."""

from uuid import UUID

from meguri.kernel.scope import OperatorScope
from meguri.reuse import store
from meguri.reuse.decide import passport_event
from meguri.reuse.errors import NotHeld, SiteLaw, StateTransition
from meguri.reuse.law import checklist_gaps
from meguri.reuse.model import Option
from meguri.reuse.records import HeldBattery, ListingKind
from meguri.reuse.service import passports
from meguri.reuse.service.batteries import get
from meguri.reuse.service.judging import ensure_open, hold
from meguri.reuse.service.passports import SecondLife, Succession
from meguri.storage import Transaction


async def begin(
    tx: Transaction,
    scope: OperatorScope,
    battery_id: UUID,
    option: Option,
    wanted: SecondLife,
    end_of_waste: tuple[str, ...] = (),
) -> tuple[HeldBattery, Succession]:
    """Carry out reuse, repurposing or remanufacturing of a battery that is owned and held.

    end_of_waste  evidence of Art. 73(1) that is at hand, when the battery is waste; while some is missing it stays waste
    Raises BatteryNotFound, NotHeld, GateVeto, GateNotAssessable, StateTransition, SiteLaw, and what `passport.succeed` raises.
    """
    await hold(tx, scope, battery_id)
    battery = await get(tx, scope, battery_id)
    if not battery.held or battery.owner_id != scope.operator_id:
        raise NotHeld
    if option in (Option.RECYCLE, Option.HOLD_FOR_TEST) or battery.passport_id is None:
        raise StateTransition(
            state="no_passport" if battery.passport_id is None else "held", event=option.value, allowed="—"
        )
    await ensure_open(tx, scope.operator_id, battery_id, ListingKind.REUSE)
    gaps = checklist_gaps("end_of_waste", end_of_waste) if battery.waste else ()
    if gaps:
        raise SiteLaw(rule="(EU) 2023/1542 Art. 73(1)", detail=", ".join(gaps))
    operation = passport_event(option, as_is=False, waste=battery.waste)
    done = await passports.succeed(tx, scope, battery, operation, wanted)
    found = await store.certificates(tx, scope, battery_id, None, 1)
    if found:  # what the last diagnosis measured stands in the new passport from its first day (Annex VII)
        batch = f"certificate:{found[0].certificate_id}"
        await passports.write_back(tx, scope, done.passport_id, found[0].contents.results, batch)
    await store.rename_passport(tx, scope, battery_id, done.passport_id, done.dpp_id, waste=False)
    return await get(tx, scope, battery_id), done
