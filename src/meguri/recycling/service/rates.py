"""Rates from the ledger: of a site, a period, a route; and calculations kept with the rules that they used."""

import hashlib
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.errors import FieldError
from meguri.kernel.numbers import ZERO, plain
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.recycling import store, store_claims
from meguri.recycling.errors import HazardBalance, UnusableInput
from meguri.recycling.events import CalculationKept
from meguri.recycling.grading import GradedRecovery, grade, graded_recovery
from meguri.recycling.ledger import require_month
from meguri.recycling.model import Counting, Location, LotKind, ReClass
from meguri.recycling.rates import half_up
from meguri.recycling.recovery import Charge, Recovery, Yielded, recover
from meguri.recycling.recovery_case import calculate, to_json
from meguri.recycling.recovery_input import parse
from meguri.recycling.rulebook import recovery_rules
from meguri.recycling.sankey import Flow, Sankey, sankey
from meguri.recycling.store import FlowRow, RateInput, RateOutput
from meguri.storage import Transaction

_ORDER = Text(
    ja="最後の月 {last} が最初の月 {first} より前です。", en="the last month {last} is before the first, {first}."
)


class KeptCalculation(msgspec.Struct, frozen=True, kw_only=True):
    """A calculation with the id under which it is kept."""

    calculation_id: UUID
    hash: str
    result: msgspec.Raw


def require_range(first: str, last: str) -> None:
    """Months in order. Raises UnusableInput."""
    if require_month(first) > require_month(last):
        raise UnusableInput(fields=(FieldError("last", _ORDER, {"first": first, "last": last}),))


async def of_period(
    tx: Transaction,
    scope: OperatorScope,
    *,
    site_id: UUID | None,
    first: str,
    last: str,
    route: str | None = None,
    re_class: ReClass = ReClass.LITHIUM_BASED,
    rule_set: str | None = None,
    optional: tuple[str, ...] = (),
) -> Recovery:
    """Recycling efficiency and recovery from what was posted in the months `first` to `last`.

    Raises UnusableInput (no months, or in the wrong order), RuleSetUnknown, RuleSetNotValid.
    """
    require_range(first, last)
    year = int(last[:4])
    book = recovery_rules(rule_set, year)
    asked = {"site_id": site_id, "first": first, "last": last, "route": route, "re_class": re_class.value}
    charges = [_charge(row) for row in await store.rate_inputs(tx, scope, **asked)]
    yields = [_yield(row, n) for n, row in enumerate(await store.rate_outputs(tx, scope, **asked))]
    return recover(book, year, re_class, charges, yields, optional=optional)


def _charge(row: RateInput) -> Charge:
    return Charge(
        element=row.element,
        mass_kg=row.kg,
        location=Location(row.location) if row.location else None,
        u_rel=row.u_rel,
    )


def _yield(row: RateOutput, place: int) -> Yielded:
    return Yielded(
        place=f"outputs[{place}]",
        element=row.element,
        mass_kg=row.kg,
        reagent_kg=row.primary_kg,
        counted_kg=row.counted_kg,
        recovered_kg=row.earned_kg,
        counting=Counting(row.counting),
        location=Location(row.location) if row.location else None,
        u_rel=row.u_rel,
        calculation_point=row.calculation_point,
        substitutes_primary=row.substitutes_primary,
        country=row.country,
        evidence=row.evidence,
        kind=LotKind(row.kind),
    )


async def keep(tx: Transaction, scope: OperatorScope, raw: bytes) -> KeptCalculation:
    """A calculation in the form of the command line, computed and kept.

    What is kept balances in mercury and cadmium too. Raises UnusableInput, RuleSetUnknown, RuleSetNotValid,
    ConservationViolation, HazardBalance.
    """
    said = parse(raw)
    found = calculate(said)
    for element, balance in found.hazards.items():
        if not balance.balanced:
            raise HazardBalance(element=element, residual_kg=plain(half_up(balance.residual_kg)))
    result = to_json(found)
    digest = hashlib.sha256(result).hexdigest()
    calculation_id = await store_claims.add_calculation(
        tx,
        scope,
        "recovery",
        found.ruleSet,
        msgspec.Raw(raw.removeprefix(b"\xef\xbb\xbf")),
        msgspec.Raw(result),
        digest,
    )
    await tx.record(CalculationKept(calculation_id=calculation_id, kind="recovery", rule_set=found.ruleSet))
    return KeptCalculation(calculation_id=calculation_id, hash=digest, result=msgspec.Raw(result))


async def graded(
    tx: Transaction, scope: OperatorScope, site_id: UUID, first: str, last: str, found: Recovery
) -> list[GradedRecovery]:
    """The sheet of Japan's fund: recovery counting only battery-grade kilograms, and yen per kilogram recovered.

    The cost of the runs is shared over all metals by mass.
    """
    rows, cost = await store.graded_outputs(tx, scope, site_id, first, last)
    total = sum((row.kg for row in rows), ZERO)
    sheet = []
    for metal in ("Li", "Ni", "Co"):
        lots = [(row.kg, grade(row.material or "", row.analysis).grade) for row in rows if row.element == metal]
        part = sum((kg for kg, _ in lots), ZERO)
        share = cost * part / total if cost is not None and total else None
        rate = found.r_rm.get(metal)
        sheet.append(graded_recovery(metal, rate.input_kg if rate else ZERO, lots, share))
    return sheet


_STAGE = {
    LotKind.WASTE_PACK: "collected",
    LotKind.WASTE_MODULE: "prepared",
    LotKind.WASTE_CELL: "prepared",
    LotKind.MANUFACTURING_WASTE: "collected",
    LotKind.BLACK_MASS: "intermediate",
    LotKind.ELECTRODE_FOIL: "intermediate",
    LotKind.ALLOY: "intermediate",
    LotKind.SALT: "recovered",
    LotKind.METAL: "recovered",
    LotKind.GRAPHITE: "recovered",
    LotKind.METAL_FRACTION: "recovered",
    LotKind.PLASTIC_FRACTION: "recovered",
    LotKind.PRECURSOR: "precursor",
    LotKind.CATHODE_ACTIVE_MATERIAL: "cam",
    LotKind.CELL_LOT: "cell",
    LotKind.RESIDUE: "disposal",
    LotKind.SLAG: "intermediate",
}


async def flow_chart(
    tx: Transaction, scope: OperatorScope, site_id: UUID, element: str, first: str, last: str
) -> Sankey:
    """The Sankey of one element through a site: kinds of material and steps, with losses as nodes.

    A kind of material that is both made and used is one node; what is made and not used is stock. Raises UnusableInput
    for what is no range of months.
    """
    require_range(first, last)
    rows = await store.flows(tx, scope, site_id, element, first, last)
    flows = [flow for row in rows if (flow := _flow(row)) is not None]
    return sankey(element, f"{first}/{last}", [*flows, *_stock(flows)])


def _flow(row: FlowRow) -> Flow | None:
    step = (f"step:{row.step_type}", row.step_type or row.run_kind, "intermediate")
    if row.direction == "reagent":
        return Flow(source=("reagent", "reagent", "collected"), target=step, kg=row.kg)
    if row.direction == "loss":
        return Flow(source=step, target=("loss", row.label, "loss"), kg=row.kg)
    kind = LotKind(row.kind) if row.kind else LotKind.RESIDUE
    lot = (f"kind:{kind.value}", kind.value, _STAGE.get(kind, "intermediate"))
    return (
        Flow(source=lot, target=step, kg=row.kg) if row.direction == "in" else Flow(source=step, target=lot, kg=row.kg)
    )


def _stock(flows: list[Flow]) -> list[Flow]:
    """What a material node received more than it gave: stock of the period (an end node needs none)."""
    into: dict[str, Any] = {}
    out: dict[str, Any] = {}
    ends: dict[str, tuple[str, str, str]] = {}
    for flow in flows:
        into[flow.target[0]] = into.get(flow.target[0], 0) + flow.kg
        out[flow.source[0]] = out.get(flow.source[0], 0) + flow.kg
        ends[flow.target[0]], ends[flow.source[0]] = flow.target, flow.source
    found = []
    for node, end in ends.items():
        if node.startswith("kind:") and node in into and node in out and into[node] > out[node]:
            found.append(Flow(source=end, target=("stock", "stock", "stock"), kg=into[node] - out[node]))
        if node.startswith("step:") and into.get(node, 0) > out.get(node, 0):
            found.append(
                Flow(source=end, target=("loss:unaccounted", "unaccounted", "loss"), kg=into[node] - out.get(node, 0))
            )
    return found
