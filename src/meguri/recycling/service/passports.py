"""Recycling and the passport: waste is declared, the passport ceases, recycled content is stated with its provenance."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.passport import service as passport
from meguri.passport.lifecycle import Life
from meguri.passport.model import Issued
from meguri.recycling.events import LotReceived, RunPosted
from meguri.recycling.rates import half_up
from meguri.recycling.service import contents
from meguri.storage import Transaction

NAMES = {"Ni": "nickel", "Co": "cobalt", "Li": "lithium", "Pb": "lead"}
REASON = "received for recycling"


async def on_received(tx: Transaction, scope: OperatorScope, event: LotReceived) -> None:
    """Batteries that arrive for recycling are waste from then on, where this company answers for their passports."""
    for identifier in event.passports:
        await _declared(tx, scope, identifier)


async def _declared(tx: Transaction, scope: OperatorScope, identifier: str) -> bool:
    record = await passport.known(tx, identifier)
    if record is None or record.operator_id != scope.operator_id or record.life in (None, Life.WASTE.value):
        return False
    return await _tried(tx, passport.declare_waste, scope, identifier, not_determined=REASON, reason=REASON)


async def on_posted(tx: Transaction, scope: OperatorScope, event: RunPosted) -> None:
    """A battery whose last piece was recycled has no passport any more; the ledger keeps the link."""
    for identifier in event.passports:
        record = await passport.known(tx, identifier)
        if record is not None and record.operator_id == scope.operator_id and record.life == Life.WASTE.value:
            await _tried(tx, passport.recycle, scope, identifier, recycling_record_id=str(event.run_id))


async def _tried(tx: Transaction, use_case: Any, scope: OperatorScope, identifier: str, **more: Any) -> bool:
    """A passport that does not allow the step stays as it is: the booking of mass does not depend on it."""
    try:
        async with tx.savepoint():
            await use_case(tx, scope, identifier, **more)
    except Refusal:
        return False
    return True


async def state_content(
    tx: Transaction, scope: OperatorScope, identifier: str, battery_model_id: str, plant_id: str, year: int
) -> Issued:
    """Write a model's recycled content into its passport, with year, plant and rule set as its provenance.

    Raises what reading the content and changing a passport raise.
    """
    study = await contents.study(tx, scope, battery_model_id, plant_id, year)
    values: dict[str, Any] = {}
    for found in study.elements:
        if found.value is not None and found.pre is not None and found.post is not None:
            values[f"recycled_pre_{NAMES[found.element]}"] = float(half_up(found.pre))
            values[f"recycled_post_{NAMES[found.element]}"] = float(half_up(found.post))
    values |= {"recycled_content_year": year, "recycled_content_plant": plant_id}
    rule_set = study.elements[0].rule_set if study.elements else ""
    return await passport.change(
        tx,
        scope,
        identifier,
        values,
        reason=f"recycled content {year}",
        source="recycling_module",
        reference=f"{rule_set} {battery_model_id} {plant_id} {year}",
    )


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Which battery a passport is about, as far as this company may see it."""

    dpp_id: str
    model_name: str
    state: str
    life: str | None
    own: bool


async def seen(tx: Transaction, scope: OperatorScope, identifier: str) -> Shown | None:
    """A passport's head, for pages that name a battery; None when there is none."""
    record = await passport.known(tx, identifier)
    if record is None:
        return None
    return Shown(
        dpp_id=record.dpp_id,
        model_name=record.model_name,
        state=record.state,
        life=record.life,
        own=record.operator_id == scope.operator_id,
    )


async def dangers(tx: Transaction, identifiers: Sequence[str]) -> list[Text]:
    """What whoever sorts or carries these batteries has to know, such as hydrogen sulfide; [] when nothing is known of them."""
    return await passport.dangers(tx, identifiers)


def told(found: Sequence[Text]) -> list[dict[str, str]]:
    """Dangers as they are noted: in both languages, for whoever reads the note."""
    return [{"ja": one.ja, "en": one.en} for one in found]


async def by_id(tx: Transaction, passport_id: UUID) -> str | None:
    """The public identifier of a passport by its internal id."""
    record = await passport.by_internal_id(tx, passport_id)
    return record.dpp_id if record else None
