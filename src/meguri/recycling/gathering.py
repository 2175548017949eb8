"""Lots put together, split and given back: bookings that are no process, exact by element."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from meguri.kernel.ids import new_id
from meguri.kernel.numbers import ZERO
from meguri.recycling import counted
from meguri.recycling.booking import Drawn, line_in, line_out
from meguri.recycling.model import LotStatus
from meguri.recycling.provenance import mixed
from meguri.recycling.rates import half_up
from meguri.recycling.records import Hazard, Line, Lot, Part


def gathered(drawn: Sequence[Drawn], lot_no: str, at: Any, run_id: UUID) -> Lot:
    """What was taken as one lot: a part of one parent, or several parents of one kind together, exact by element."""
    first = drawn[0].lot
    parts: dict[tuple[str, Any, Any, str], Part] = {}
    for d in drawn:
        for part in d.parts:
            key = (part.element, part.location, part.u_rel, part.method)
            before = parts.get(key)
            kg = part.kg + (before.kg if before else ZERO)
            parts[key] = msgspec.structs.replace(part, kg=kg, left=kg)
    mass = sum((d.mass_kg for d in drawn), ZERO)
    whole = sum((d.lot.mass_kg for d in drawn), ZERO)
    wet = half_up(sum((d.lot.mass_wet_kg * d.mass_kg / d.lot.mass_kg for d in drawn), ZERO))
    return msgspec.structs.replace(
        first,
        lot_id=new_id(),
        lot_no=lot_no,
        created_at=at,
        closed_at=None,
        mass_wet_kg=wet,
        moisture_pct=None if first.moisture_pct is None else half_up((1 - mass / wet) * 100),
        mass_kg=mass,
        left_kg=mass,
        composition=list(parts.values()),
        sources={
            e: {source: half_up(share, Decimal("1e-12")) for source, share in row.items()}
            for e, row in mixed([(d.elements, d.lot.sources) for d in drawn]).items()
        },
        re_class=_common([d.lot.re_class for d in drawn]),
        main_chemistry=_common([d.lot.main_chemistry for d in drawn], "mixed"),
        material=_common([d.lot.material for d in drawn]),
        waste_code=_common([d.lot.waste_code for d in drawn]),
        country_collected=_common([d.lot.country_collected for d in drawn]),
        is_waste=any(d.lot.is_waste for d in drawn),
        hazard=_worst([d.lot.hazard for d in drawn]),
        is_origin=all(d.lot.is_origin for d in drawn),
        passports=[p for d in drawn for p in d.lot.passports] if mass == whole else [],
        analysis=first.analysis if len(drawn) == 1 else {},
        status=LotStatus.OPEN,
        run_id=run_id,
        past=counted.of_gathered(list(drawn)),
        version=1,
    )


Common = TypeVar("Common")
_DANGER = ("intact", "damaged_noncritical", "unknown", "damaged_critical")


def _common(values: Sequence[Common | None], otherwise: Common | None = None) -> Common | None:
    """What all have in common; `otherwise` where they differ."""
    first = values[0]
    return first if all(value == first for value in values) else otherwise


def _worst(hazards: Sequence[Hazard]) -> Hazard:
    """Together lots are as dangerous as the worst of them."""
    return max(
        hazards, key=lambda one: (_DANGER.index(one.defect_class) if one.defect_class in _DANGER else 2, bool(one.un))
    )


def movement_lines(drawn: Sequence[Drawn], made: Sequence[Lot]) -> list[Line]:
    """The lines of a booking that is no process."""
    lines = [*map(line_in, drawn), *map(line_out, made)]
    return [msgspec.structs.replace(line, line_no=place) for place, line in enumerate(lines)]


def given_back(lot: Lot, line: Line) -> Lot:
    """A lot with what a line took from it put back, element by element: an assay since may have renamed their places."""
    parts = list(lot.composition)
    for back in line.composition:
        place = _place_of(parts, back)
        if place is None:
            parts.append(msgspec.structs.replace(back, left=back.kg))
        else:
            left = parts[place].left + back.kg
            parts[place] = msgspec.structs.replace(parts[place], left=left, kg=max(parts[place].kg, left))
    status = lot.status if lot.status in (LotStatus.BLOCKED, LotStatus.CLAIMED) else LotStatus.OPEN
    return msgspec.structs.replace(
        lot, left_kg=lot.left_kg + line.mass_kg, composition=parts, closed_at=None, status=status
    )


def _place_of(parts: Sequence[Part], back: Part) -> int | None:
    """Where an element goes back to: the very same part, else one in the same location, else any of the element."""
    of_element = [place for place, part in enumerate(parts) if part.element == back.element]
    same = [p for p in of_element if (parts[p].location, parts[p].method) == (back.location, back.method)]
    near = [p for p in of_element if parts[p].location == back.location]
    return next(iter([*same, *near, *of_element]), None)
