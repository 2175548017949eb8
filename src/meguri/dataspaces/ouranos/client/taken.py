"""What comes from a foreign system, as our use cases take it. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos.client import foreign
from meguri.dataspaces.ouranos.client.shaping import Figures
from meguri.footprint.model import UNIT_PREFIX, FootprintInput, Quality
from meguri.kernel.units import AmountUnit
from meguri.traceability.model import ChildInput, Part, PartInput

_OWN = {
    "preProduction": "pre_production",
    "mainProduction": "main_production",
    "preComponent": "pre_component",
    "mainComponent": "main_component",
}
_ANSWER = {"preProductionResponse": "pre_production", "mainProductionResponse": "main_production"}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier answers, and whether figures and ratings are shown to us."""

    figures: FootprintInput
    shows_figures: bool
    shows_quality: bool


def unit_of(text: str | None) -> AmountUnit | None:
    """The unit, None for none and for one that nobody knows."""
    try:
        return AmountUnit(text) if text else None
    except ValueError:
        return None


def part_input(part: foreign.Parts, plant_id: UUID, *, terminated: bool | None = None) -> PartInput:
    """A part as its maker would write it here."""
    return PartInput(
        plant_id=plant_id,
        name=part.parts_name[:50],
        support_name=part.support_parts_name or None,
        label=part.parts_label_name or None,
        info1=part.parts_add_info1 or None,
        info2=part.parts_add_info2 or None,
        info3=part.parts_add_info3 or None,
        unit=unit_of(part.amount_required_unit),
        terminated=part.terminated_flag if terminated is None else terminated,
    )


def input_of(part: Part) -> PartInput:
    """A part of ours as it is written again."""
    return PartInput(**{name: getattr(part, name) for name in PartInput.__struct_fields__})


def children_of(there: foreign.Structure, plants: Mapping[UUID, UUID]) -> list[ChildInput]:
    """The components of a structure; `plants`: ours by theirs."""
    return [
        ChildInput(
            **msgspec.structs.asdict(part_input(child, plants[child.plant_id])),
            amount=child.amount_required or Decimal(0),
        )
        for child in there.children_parts_model
    ]


def _quality(scores: foreign.Scores | None, emits: bool) -> Quality:
    return Quality(ter=scores.ter, ger=scores.ger, tir=scores.tir) if scores and emits else Quality()


def _declared(rows: Sequence[foreign.Cfp], fields: Mapping[str, str]) -> FootprintInput | None:
    found = {fields[row.cfp_type]: row for row in rows if row.cfp_type in fields}
    unit = unit_of(rows[0].ghg_declared_unit.removeprefix(UNIT_PREFIX)) if rows else None
    if not found or unit is None:
        return None
    values = {name: row.ghg_emission for name, row in found.items()}
    scores = {
        side: next((row.dqr_value for name, row in found.items() if name.startswith(side)), None)
        for side in ("pre", "main")
    }
    emits = {side: any(value for name, value in values.items() if name.startswith(side)) for side in ("pre", "main")}
    return FootprintInput(
        declared_unit=unit,
        pre_production=values.get("pre_production"),
        main_production=values.get("main_production"),
        pre_component=values.get("pre_component"),
        main_component=values.get("main_component"),
        pre_quality=_quality(scores["pre"], emits["pre"]),
        main_quality=_quality(scores["main"], emits["main"]),
    )


def own_figures(rows: Sequence[foreign.Cfp]) -> FootprintInput | None:
    """Own figures of a part; None: there are none that we can hold."""
    return _declared(rows, _OWN)


def answer_of(rows: Sequence[foreign.Cfp]) -> Answer | None:
    """What a supplier answers for a part of ours; None: nothing yet."""
    rows = [row for row in rows if row.cfp_type in _ANSWER]
    figures = _declared(rows, _ANSWER)
    if figures is None:
        return None
    scores = [row.dqr_value for row in rows if row.dqr_value]
    return Answer(
        figures=figures,
        shows_figures=any(row.ghg_emission is not None for row in rows),
        shows_quality=any(value is not None for one in scores for value in (one.ter, one.ger, one.tir)),
    )


def as_figures(said: FootprintInput) -> Figures:
    """Figures that came, in the form in which ours are compared."""
    names = [name for name in Figures.__struct_fields__ if name != "unit"]
    return Figures(unit=said.declared_unit, **{name: getattr(said, name) for name in names})
