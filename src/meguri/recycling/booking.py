"""A run as bookkeeping: what is taken from lots, what is made, which kilograms move, and who descends from whom.

Pure: lots as they are go in, lots as they shall be come out. Each element is conserved; a residual within the limits is
posted to CORRECTION, beyond them the run is refused.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.errors import FieldError
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import ZERO, plain
from meguri.kernel.text import Text
from meguri.kernel.units import AmountUnit, NotConvertible, convert
from meguri.recycling import counted
from meguri.recycling.chain import AS_WHOLE_BATTERY, booking_year, require_output
from meguri.recycling.conservation import MASS, Measured, Residual, balances, require_conserved
from meguri.recycling.elements import contained, dry_mass, element_named, require_possible, require_unity
from meguri.recycling.errors import NegativeStock, UnitMismatch, UnusableInput
from meguri.recycling.ledger import Posting, State
from meguri.recycling.model import MOISTURE_NEEDED, PREPARATION, Counting, LotKind, LotStatus, ReClass, SourceClass
from meguri.recycling.provenance import mixed
from meguri.recycling.rates import half_up
from meguri.recycling.records import Line, Lot, LotInput, Output, Part, RunInput, Share
from meguri.recycling.rulebook import conservation
from meguri.recycling.tracing import REAGENTS

MOST_KG = Decimal(10) ** 9
REAGENT = "reagent"
_TREATMENT = re.compile(r"(R([1-9]|1[0-3])|D([1-9]|1[0-5]))\Z")
_MOST_OF_ANY_UNIT = Decimal(10) ** 15  # in micrograms or tonnes: beyond any lot
_SAY = {
    "positive": Text(ja="0 より大きい値が必要です。", en="must be greater than 0."),
    "range": Text(ja="{low}〜{high} の値が必要です。", en="must be between {low} and {high}."),
    "finite": Text(
        ja="有限の数値が必要です(小数点は「.」、例 12.5)。",
        en="must be a finite number with a decimal point, such as 12.5.",
    ),
    "site_unnamed": Text(
        ja="買い手が届け先の拠点をまだ選んでいません。買い手に選んでもらうか、拠点のIDを入力してください。",
        en="is needed: the buyer has not said yet where it wants the lot. Ask it to choose, or give the id of its site.",
    ),
    "site_of_buyer": Text(
        ja="買い手が選んだ届け先は {name} です。ほかの拠点には出荷できません。",
        en="must be the site that the buyer chose: {name}.",
    ),
    "not_negative": Text(ja="0 以上の値が必要です。", en="must not be negative."),
    "treatment": Text(
        ja="R1〜R13 または D1〜D15 が必要です。受け取った値: {given}",
        en="must be one of R1–R13 or D1–D15. Given: {given}",
    ),
    "campaign": Text(
        ja="産出の年か、その 1〜2 年前の年が必要です。受け取った値: {given}",
        en="must be the year of the output or one or two years before it. Given: {given}",
    ),
    "large": Text(ja="10 億 kg を超えています。", en="is above 1,000,000,000 kg."),
    "moisture": Text(ja="この種類のロットには水分率が必要です。", en="is needed for a lot of this kind."),
    "element": Text(ja="元素として認識できません: {given}", en="is no element: {given}"),
    "either": Text(ja="mass_fraction か mass_kg のどちらかが必要です。", en="needs mass_fraction or mass_kg."),
    "substance": Text(ja="換算表 stoich/1 にない物質です: {given}", en="is no substance of stoich/1: {given}"),
    "zone": Text(
        ja="時間帯の名前(例 Asia/Tokyo)が必要です。受け取った値: {given}",
        en="must be the name of a time zone, such as Asia/Tokyo. Given: {given}",
    ),
    "inputs": Text(ja="投入ロットが 1 つ以上必要です。", en="needs at least one lot."),
}


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken from a lot, and the lot as it is then."""

    lot: Lot
    after: Lot
    mass_kg: Decimal
    parts: list[Part]

    @property
    def elements(self) -> dict[str, Decimal]:
        """kg by element, total mass included."""
        return {MASS: self.mass_kg, **summed(self.parts)}


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """kg of each element that went from parent to child."""

    parent_id: UUID
    child_id: UUID
    elements: dict[str, Decimal]


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """A run's whole effect."""

    drawn: list[Drawn]
    made: list[Lot]
    lines: list[Line]
    edges: list[Edge]
    postings: list[Posting]
    residuals: dict[str, Residual]
    verdict: str


def refuse(field: str, why: str, **values: object) -> UnusableInput:
    """The refusal that names one field."""
    fault = FieldError(field, _SAY[why], values)
    return UnusableInput(detail=f"{field}: {fault.of('en')}", fields=(fault,))


def summed(parts: Sequence[Part]) -> dict[str, Decimal]:
    """kg by element."""
    found: dict[str, Decimal] = {}
    for part in parts:
        found[part.element] = found.get(part.element, ZERO) + part.kg
    return found


def require_reckonable(field: str, given: Decimal | None, *, most: Decimal = MOST_KG) -> None:
    """Refuse what cannot be reckoned with: no finite number, negative, or beyond `most`. Raises UnusableInput."""
    if given is None:
        return
    if not given.is_finite():
        raise refuse(field, "finite")
    if given < 0:
        raise refuse(field, "not_negative")
    if given > most:
        raise refuse(field, "large")


def in_kg(amount: Decimal, unit: str, field: str) -> Decimal:
    """`amount` in kg, six decimals. Raises UnitMismatch, UnusableInput."""
    if amount.is_finite() and abs(amount) > _MOST_OF_ANY_UNIT:
        raise refuse(field, "large")
    try:
        kg = half_up(convert(amount, unit, AmountUnit.KILOGRAM)) if amount.is_finite() else amount
    except NotConvertible:
        raise UnitMismatch(field=field, given=unit) from None
    if not kg.is_finite() or kg <= 0:
        raise refuse(field, "positive")
    if kg > MOST_KG:
        raise refuse(field, "large")
    return kg


def parts_of(shares: Sequence[Share], dry_kg: Decimal, substance: str | None, field: str) -> list[Part]:
    """A composition in kg. Raises UnusableInput, CompositionOverUnity, AssayOverStoichiometric."""
    if substance is not None and not shares:
        pure = contained(substance)
        if pure is None:
            raise refuse(f"{field}.substance", "substance", given=substance)
        shares = [Share(element=e, mass_fraction=f, method="stoichiometric") for e, f in pure.items()]
    parts = [_part(share, dry_kg, f"{field}.composition[{place}]") for place, share in enumerate(shares)]
    require_unity(part.kg / dry_kg for part in parts if part.kg)
    if substance is not None:
        require_possible(substance, {e: kg / dry_kg for e, kg in summed(parts).items()})
    return parts


def _part(share: Share, dry_kg: Decimal, field: str) -> Part:
    element = element_named(share.element)
    if element is None:
        raise refuse(f"{field}.element", "element", given=share.element)
    if (share.mass_fraction is None) == (share.mass_kg is None):
        raise refuse(field, "either")
    given = share.mass_kg if share.mass_kg is not None else share.mass_fraction
    if given is None or not given.is_finite() or given < 0:
        raise refuse(field, "finite" if given is not None and not given.is_finite() else "not_negative")
    if given > MOST_KG:
        raise refuse(field, "large")
    if share.u_rel is not None and not (share.u_rel.is_finite() and 0 <= share.u_rel <= 1):
        raise refuse(f"{field}.u_rel", "range", low=0, high=1)
    kg = half_up(given if share.mass_kg is not None else given * dry_kg)
    return Part(element=element, kg=kg, left=kg, location=share.location, u_rel=share.u_rel, method=share.method)


def new_lot(said: LotInput, site_id: UUID, at: Any, *, field: str, origin: bool, run_id: UUID | None = None) -> Lot:
    """A lot from what somebody books. Raises UnusableInput, UnitMismatch and the refusals of a composition."""
    wet = in_kg(said.mass_wet_kg, said.unit, f"{field}.mass_wet_kg")
    moisture = said.moisture_pct
    if moisture is None and said.kind in MOISTURE_NEEDED:
        raise refuse(f"{field}.moisture_pct", "moisture")
    if moisture is not None and not (moisture.is_finite() and 0 <= moisture < 100):
        raise refuse(f"{field}.moisture_pct", "range", low=0, high=100)
    dry = half_up(dry_mass(wet, moisture or ZERO))
    if not dry:
        raise refuse(f"{field}.mass_wet_kg", "positive")
    parts = parts_of(said.composition, dry, said.substance, field)
    if said.material is not None:
        require_possible(said.material, {e: kg / dry for e, kg in summed(parts).items()})
    elements = {MASS, *(part.element for part in parts)}
    return Lot(
        lot_id=new_id(),
        lot_no=said.lot_no,
        site_id=site_id,
        kind=said.kind,
        material=said.material or said.substance,
        created_at=at,
        closed_at=None,
        mass_wet_kg=wet,
        moisture_pct=moisture,
        mass_kg=dry,
        left_kg=dry,
        composition=parts,
        sources={element: {said.source_class.value: Decimal(1)} for element in sorted(elements)},
        re_class=said.re_class or _class_of(said.kind, elements),
        main_chemistry=said.main_chemistry,
        waste_code=said.waste_code,
        is_waste=said.is_waste,
        is_origin=origin,
        country_collected=said.country_collected,
        passports=said.passports,
        hazard=said.hazard,
        analysis=said.analysis,
        status=LotStatus.OPEN,
        warnings=[],
        run_id=run_id,
        past={},
        version=1,
    )


def _class_of(kind: LotKind, elements: set[str]) -> ReClass | None:
    """A waste battery that holds lithium is lithium-based (Delegated Regulation (EU) 2025/606 Annex §1(1))."""
    return ReClass.LITHIUM_BASED if kind in AS_WHOLE_BATTERY and "Li" in elements else None


def draw(lot: Lot, mass_kg: Decimal | None, at: Any, status: LotStatus = LotStatus.CONSUMED) -> Drawn:
    """`mass_kg` (None = all that is left) taken from a lot, each element in its proportion; what is left is exact.

    Raises NegativeStock when there is less, UnusableInput for what is no mass.
    """
    require_reckonable("mass_kg", mass_kg)
    wanted = lot.left_kg if mass_kg is None else half_up(mass_kg)
    if wanted <= 0 or wanted > lot.left_kg:
        raise NegativeStock(lot=lot.lot_no, available=plain(lot.left_kg), requested=plain(wanted))
    whole = wanted == lot.left_kg
    parts, after = [], []
    with localcontext() as context:
        context.prec = 40
        for part in lot.composition:
            kg = part.left if whole else half_up(part.left * wanted / lot.left_kg)
            parts.append(msgspec.structs.replace(part, kg=kg, left=kg))
            after.append(msgspec.structs.replace(part, left=part.left - kg))
    left = msgspec.structs.replace(
        lot,
        left_kg=lot.left_kg - wanted,
        composition=after,
        closed_at=at if whole else None,
        status=status if whole else lot.status,
        version=lot.version + 1,
    )
    return Drawn(lot=lot, after=left, mass_kg=wanted, parts=parts)


def book_run(said: RunInput, lots: Mapping[UUID, Lot], run_id: UUID, year: int | None = None) -> Booked:
    """The effect of a process run on the lots that it takes. `year`: in which it ended at its site.

    Raises UnusableInput, NegativeStock, ConservationViolation, BlackMassIntermediate and the refusals of a composition.
    """
    require_sound(said, said.end_at.year if year is None else year)
    drawn = [draw(lots[taken.lot_id], taken.mass_kg, said.end_at) for taken in _once(said)]
    made = []
    for place, output in enumerate(said.outputs):
        field = f"outputs[{place}]"
        require_output(output.lot.kind, output.counting, calculation_point=output.calculation_point, field=field)
        made.append(new_lot(output.lot, said.site_id, said.end_at, field=f"{field}.lot", origin=False, run_id=run_id))
    reagents = [
        (r.substance, half_up(r.mass_kg), parts_of(r.composition, r.mass_kg, None, f"reagents[{n}]"))
        for n, r in enumerate(said.reagents)
    ]
    losses = _losses(said, drawn, made, reagents)
    made = _of_one_class(_with_sources(made, drawn, reagents), drawn)
    before = _past(said, drawn)
    made = [_with_past(lot, output, before) for lot, output in zip(made, said.outputs, strict=True)]
    lines = _lines(said, drawn, made, reagents, losses, before)
    residuals = _balance(lines)
    verdict = require_conserved(residuals)
    return Booked(
        drawn=drawn,
        made=made,
        lines=lines,
        edges=edges_of(drawn, made, [{MASS: kg, **summed(parts)} for _, kg, parts in reagents]),
        postings=postings_of(run_id, lines, residuals),
        residuals=residuals,
        verdict=verdict.value,
    )


def require_sound(said: RunInput, year: int) -> None:
    """What can be told of a run, which ended in `year` at its site, without its lots. Raises UnusableInput naming the field."""
    if not said.inputs:
        raise refuse("inputs", "inputs")
    if said.treatment_code is not None and not _TREATMENT.match(said.treatment_code):
        raise refuse("treatment_code", "treatment", given=said.treatment_code[:20])
    campaign = said.campaign_year
    if campaign is not None and (campaign > year or booking_year(campaign, year) != campaign):
        raise refuse("campaign_year", "campaign", given=campaign)
    added = (("reagents", [r.mass_kg for r in said.reagents]), ("losses", [loss.mass_kg for loss in said.losses]))
    for name, masses in added:
        for place, kg in enumerate(masses):
            if not kg.is_finite() or kg < 0 or kg > MOST_KG:
                why = "finite" if not kg.is_finite() else "large" if kg > 0 else "not_negative"
                raise refuse(f"{name}[{place}].mass_kg", why)


def _once(said: RunInput) -> list[Any]:
    """Each lot once, its masses added: the same lot twice is one taking."""
    found: dict[UUID, Any] = {}
    for taken in said.inputs:
        before = found.get(taken.lot_id)
        if before is not None and before.mass_kg is not None and taken.mass_kg is not None:
            taken = msgspec.structs.replace(taken, mass_kg=before.mass_kg + taken.mass_kg)
        found[taken.lot_id] = taken
    return list(found.values())


Added = tuple[str, Decimal, list[Part]]


def _losses(said: RunInput, drawn: list[Drawn], made: list[Lot], reagents: list[Added]) -> list[Added]:
    stated: list[Added] = [
        (loss.type, half_up(loss.mass_kg), parts_of(loss.composition, loss.mass_kg, None, f"losses[{place}]"))
        for place, loss in enumerate(said.losses)
        if not loss.closes and loss.mass_kg > 0
    ]
    closing = next((loss for loss in said.losses if loss.closes), None)
    if closing is None:
        return stated
    left: dict[str, Decimal] = {}
    for elements, sign in (
        *((d.elements, 1) for d in drawn),
        *(({MASS: kg, **summed(parts)}, 1) for _, kg, parts in reagents),
        *(({MASS: lot.mass_kg, **summed(lot.composition)}, -1) for lot in made),
        *(({MASS: kg, **summed(parts)}, -1) for _, kg, parts in stated),
    ):
        for element, kg in elements.items():
            left[element] = left.get(element, ZERO) + sign * kg
    balance = max(left.pop(MASS, ZERO), ZERO)
    mass = half_up(closing.mass_kg) if closing.mass_kg > 0 else balance
    parts = [Part(element=e, kg=kg, left=kg, method="output_closure") for e, kg in sorted(left.items()) if kg > 0]
    return [*stated, (closing.type, mass, parts)] if mass or parts else stated


def _with_sources(made: list[Lot], drawn: list[Drawn], reagents: list[Added]) -> list[Lot]:
    """Outputs are well mixed from what went in; what reagents bring is primary."""
    parents: list[tuple[Mapping[str, Decimal], Mapping[str, Mapping[str, Decimal]]]] = [
        (d.elements, d.lot.sources) for d in drawn
    ]
    for _, _, parts in reagents:
        elements = summed(parts)
        parents.append((elements, {e: {SourceClass.PRIMARY.value: Decimal(1)} for e in elements}))
    shares = mixed(parents)
    return [
        msgspec.structs.replace(
            lot,
            sources={
                e: {source: half_up(share, Decimal("1e-12")) for source, share in shares.get(e, own).items()}
                for e, own in lot.sources.items()
            },
        )
        for lot in made
    ]


def _past(said: RunInput, drawn: list[Drawn]) -> counted.Past:
    """Shares of what goes in that were counted before; what counts as input here has been counted afterwards."""

    def entered(one: counted.Taken, element: str) -> Decimal:
        if isinstance(one, Drawn) and counts_as_input(one.lot, said):
            return counted.ONE
        return counted.share(one.lot.past, counted.ENTERED, element, origin=one.lot.is_origin)

    return {
        counted.ENTERED: counted.mixed(drawn, counted.ENTERED, entered),
        counted.COUNTED: counted.mixed(drawn, counted.COUNTED),
        counted.EARNED: counted.mixed(drawn, counted.EARNED),
    }


def _with_past(lot: Lot, output: Output, before: counted.Past) -> Lot:
    recycled, point = _how(output)
    elements = summed(lot.composition)
    return msgspec.structs.replace(lot, past=counted.of_made(before, elements, recycled=recycled, point=point))


def _how(output: Output) -> tuple[bool, bool]:
    """Whether an output counts as recycled, and whether its metals are recovered there."""
    point = counted.is_point(
        output.lot.kind, calculation_point=output.calculation_point, substitutes_primary=output.substitutes_primary
    )
    return output.counting is Counting.RECYCLING, point


def _of_one_class(made: list[Lot], drawn: list[Drawn]) -> list[Lot]:
    """What comes of one class of batteries is of that class, unless said otherwise; of several, it has to be said."""
    classes = {d.lot.re_class for d in drawn}
    if len(classes) != 1:
        return made
    one = classes.pop()
    return [msgspec.structs.replace(lot, re_class=lot.re_class or one) for lot in made]


def line_in(drawn: Drawn) -> Line:
    """What was taken from a lot, as a line of a booking."""
    return Line(
        line_no=0,
        direction="in",
        lot_id=drawn.lot.lot_id,
        label=drawn.lot.lot_no,
        mass_kg=drawn.mass_kg,
        elements=drawn.elements,
        composition=drawn.parts,
    )


def line_out(lot: Lot) -> Line:
    """A lot that was made, as a line of a booking."""
    return Line(
        line_no=0,
        direction="out",
        lot_id=lot.lot_id,
        label=lot.lot_no,
        mass_kg=lot.mass_kg,
        elements={MASS: lot.mass_kg, **summed(lot.composition)},
        composition=lot.composition,
    )


def _lines(
    said: RunInput,
    drawn: list[Drawn],
    made: list[Lot],
    reagents: list[Added],
    losses: list[Added],
    before: counted.Past,
) -> list[Line]:
    lines = [
        msgspec.structs.replace(
            line_in(d), counts_as_input=counts_as_input(d.lot, said), past=counted.of_input(d.lot, d.elements)
        )
        for d in drawn
    ]
    lines += [
        msgspec.structs.replace(
            line_out(lot),
            counting=output.counting,
            destination=output.destination,
            country=output.country_generated,
            evidence=output.equivalent_conditions_doc,
            end_of_waste=output.end_of_waste,
            substitutes_primary=output.substitutes_primary,
            calculation_point=output.calculation_point,
            past=counted.of_output(before, recycled=_how(output)[0], point=_how(output)[1]),
        )
        for lot, output in zip(made, said.outputs, strict=True)
    ]
    for direction, added in ((REAGENT, reagents), ("loss", losses)):
        lines += [
            Line(
                line_no=0,
                direction=direction,
                lot_id=None,
                label=label,
                mass_kg=kg,
                elements={MASS: kg, **summed(parts)},
                composition=parts,
            )
            for label, kg, parts in added
        ]
    return [msgspec.structs.replace(line, line_no=place) for place, line in enumerate(lines)]


def counts_as_input(lot: Lot, said: RunInput) -> bool:
    """Whether what is taken from a lot belongs to the input fraction: waste batteries, and parts of them.

    Storage, sorting and the like move a lot without starting its recycling; dismantling begins the count, for the
    components dismantled stay in the input fraction (Delegated Regulation (EU) 2025/606 Annex §1(2)). What was counted
    before does not count again: the line keeps that share.
    """
    moving = said.step_type in PREPARATION and said.step_type.value not in ("dismantling", "depollution")
    return lot.kind in (LotKind.WASTE_PACK, LotKind.WASTE_MODULE, LotKind.WASTE_CELL) and not moving


def _balance(lines: list[Line]) -> dict[str, Residual]:
    into: dict[str, list[Measured]] = {}
    out: dict[str, list[Measured]] = {}
    lost: dict[str, list[Measured]] = {}
    for line in lines:
        side = {"in": into, REAGENT: into, "out": out, "loss": lost}[line.direction]
        side.setdefault(MASS, []).append(Measured(line.mass_kg, line.mass_kg * _scale()))
        for part in line.composition:
            side.setdefault(part.element, []).append(Measured(part.kg, part.kg * _u_rel(part, line)))
    return balances(into, out, lost)


def _scale() -> Decimal:
    return conservation().default_u_rel["floor_scale"]


def _u_rel(part: Part, line: Line) -> Decimal:
    if part.u_rel is not None:
        return part.u_rel
    known = conservation().default_u_rel
    if part.method == "passport_bom":
        return known["passport_bom"]
    if part.method in ("stoichiometric", "output_closure"):
        return known["floor_scale"]
    return known["icp_black_mass"] if line.direction == "in" else known["icp_salt"]


def edges_of(drawn: Sequence[Drawn], made: Sequence[Lot], added: Sequence[Mapping[str, Decimal]] = ()) -> list[Edge]:
    """m_e(j→k) = m_e,out(k) · m_e,in(j) / Σ m_e,in; what reagents added comes from the parent REAGENTS, which is no lot."""
    totals: dict[str, Decimal] = {}
    parents = [(d.lot.lot_id, d.elements) for d in drawn] + [(REAGENTS, elements) for elements in _together(added)]
    for _, elements in parents:
        for element, kg in elements.items():
            totals[element] = totals.get(element, ZERO) + kg
    edges = []
    with localcontext() as context:
        context.prec = 40
        for lot in made:
            out = {MASS: lot.mass_kg, **summed(lot.composition)}
            for parent_id, elements in parents:
                given = {
                    e: half_up(out[e] * kg / totals[e], Decimal("1e-9"))
                    for e, kg in elements.items()
                    if kg and out.get(e)
                }
                edges.append(Edge(parent_id=parent_id, child_id=lot.lot_id, elements=given))
    return edges


def _together(added: Sequence[Mapping[str, Decimal]]) -> list[dict[str, Decimal]]:
    """All that was added as one; nothing when nothing was."""
    sums: dict[str, Decimal] = {}
    for elements in added:
        for element, kg in elements.items():
            sums[element] = sums.get(element, ZERO) + kg
    return [sums] if any(sums.values()) else []


def postings_of(run_id: UUID, lines: Sequence[Line], residuals: Mapping[str, Residual]) -> list[Posting]:
    """What a run's lines move between accounts; a residual within the limits goes to CORRECTION."""
    found = []
    for line in lines:
        for element, kg in line.elements.items():
            if kg:
                state, sign = _account(line)
                found.append(Posting(element=element, state=state, qty_kg=sign * kg, lot_id=line.lot_id, run_id=run_id))
    found += [
        Posting(element=e, state=State.CORRECTION, qty_kg=r.residual_kg, run_id=run_id)
        for e, r in residuals.items()
        if r.residual_kg
    ]
    return found


def _account(line: Line) -> tuple[State, int]:
    if line.direction == "in":
        return State.STOCK, -1
    if line.direction == REAGENT:
        return State.EXT_SUPPLIER, -1
    if line.direction == "out":
        return State.STOCK, 1
    return {"emission": State.EMISSION, "disposal": State.DISPOSAL}.get(line.label, State.LOSS), 1


def receipt_postings(lot: Lot) -> list[Posting]:
    """A lot arrives: from outside into stock."""
    found = []
    for element, kg in {MASS: lot.mass_kg, **summed(lot.composition)}.items():
        if kg:
            found.append(Posting(element=element, state=State.EXT_SUPPLIER, qty_kg=-kg, lot_id=lot.lot_id))
            found.append(Posting(element=element, state=State.STOCK, qty_kg=kg, lot_id=lot.lot_id))
    return found


def leaving_postings(drawn: Drawn, to: State, run_id: UUID) -> list[Posting]:
    """What is taken from a lot leaves stock for `to` (customer, disposal, correction)."""
    found = []
    for element, kg in drawn.elements.items():
        if kg:
            both = {"element": element, "lot_id": drawn.lot.lot_id, "run_id": run_id}
            found.append(Posting(state=State.STOCK, qty_kg=-kg, **both))  # type: ignore[arg-type]
            found.append(Posting(state=to, qty_kg=kg, **both))  # type: ignore[arg-type]
    return found
