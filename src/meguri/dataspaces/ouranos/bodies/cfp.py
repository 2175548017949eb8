"""PUT cfp: the four rows that a company declares of one of its parts."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos import atoms
from meguri.dataspaces.ouranos.atoms import Invalid
from meguri.dataspaces.ouranos.bodies.base import CfpType, DqrType, Wire
from meguri.dataspaces.ouranos.gojson import Body, shortest
from meguri.dataspaces.ouranos.rules import limits
from meguri.footprint.model import FootprintInput, Quality
from meguri.kernel.units import AmountUnit


class PutDqrValue(Wire):
    """Data-quality scores: technological, geographical, temporal representativeness."""

    go: ClassVar[str] = "traceability.PutDqrValueInput"
    te_r: float | None = msgspec.field(name="TeR", default=None)
    ge_r: float | None = msgspec.field(name="GeR", default=None)
    ti_r: float | None = msgspec.field(name="TiR", default=None)

    def triple(self) -> tuple[float | None, float | None, float | None]:
        """The three scores, to compare."""
        return (self.te_r, self.ge_r, self.ti_r)


class PutCfp(Wire):
    """One row as it is sent."""

    go: ClassVar[str] = "traceability.PutCfpInput"
    cfp_id: str | None = None
    trace_id: str | None = None
    ghg_emission: float | None = None
    ghg_declared_unit: str | None = None
    cfp_type: CfpType | None = None
    dqr_type: DqrType | None = None
    dqr_value: PutDqrValue | None = None


Rows = Annotated[list[PutCfp | None], msgspec.Meta(extra={"go": "traceability.PutCfpInputs"})]
CFP: Body[list[PutCfp | None]] = Body(Rows)


class CfpInput(msgspec.Struct, frozen=True, kw_only=True):
    """A checked declaration of one part. `order`: the kinds of rows as sent, in which the answer lists them."""

    cfp_id: UUID | None
    trace_id: UUID
    declared: FootprintInput
    order: tuple[str, ...]


def check_cfp(raw: Sequence[PutCfp | None] | None) -> CfpInput:
    """The four rows of one part. Raises Invalid."""
    rows = [row or PutCfp() for row in raw or ()]
    items = [
        *(f"cfpModel[{place}]: ({text})" for place, text in enumerate(map(_broken_row, rows)) if text),
        *_broken_set(rows),
        *_different(rows),
        *_without_emission(rows),
    ]
    if _qualities_differ(rows):
        items.append("different dqrValues are set for the same dqrType")
    if broken := atoms.join(items):
        raise Invalid(broken)
    first = rows[0]
    return CfpInput(
        cfp_id=UUID(first.cfp_id) if first.cfp_id else None,
        trace_id=UUID(first.trace_id or ""),
        declared=_declared(rows),
        order=tuple(row.cfp_type or "" for row in rows),
    )


def _declared(rows: list[PutCfp]) -> FootprintInput:
    emissions = {row.cfp_type: _decimal(row.ghg_emission) for row in rows}
    unit = (rows[0].ghg_declared_unit or "").removeprefix(limits().words.emission_prefix)
    return FootprintInput(
        declared_unit=AmountUnit(unit),
        pre_production=emissions["preProduction"],
        main_production=emissions["mainProduction"],
        pre_component=emissions["preComponent"],
        main_component=emissions["mainComponent"],
        pre_quality=_quality(rows, "preProcessing"),
        main_quality=_quality(rows, "mainProcessing"),
    )


def _broken_row(row: PutCfp) -> str | None:
    words = limits().words
    units = [words.emission_prefix + unit for unit in words.amount_units]
    broken = atoms.objerr(
        {
            "cfpId": atoms.uuid_or_null(row.cfp_id),
            "traceId": atoms.uuid(row.trace_id),
            "ghgEmission": atoms.number(row.ghg_emission),
            "ghgDeclaredUnit": atoms.word(row.ghg_declared_unit, units),
            "cfpType": atoms.word(row.cfp_type, words.cfp_types),
            "dqrType": atoms.word(row.dqr_type, words.cfp_types.values()),
        }
    )
    wanted = words.cfp_types.get(row.cfp_type or "")
    paired = wanted is None or (row.dqr_type or "") == wanted
    quality = _broken_quality(row.dqr_value or PutDqrValue())
    pairing = None if paired else "ensure the combination of cfpType and dqrType is correct"
    return atoms.join([broken, pairing, quality])


def _broken_quality(value: PutDqrValue) -> str | None:
    broken = atoms.objerr(
        {"TeR": atoms.number(value.te_r), "GeR": atoms.number(value.ge_r), "TiR": atoms.number(value.ti_r)}
    )
    return f"dqrValue: ({broken})" if broken else None


def _broken_set(rows: list[PutCfp]) -> list[str]:
    """The set has four rows, one of each writable kind."""
    rules = limits()
    kinds = {row.cfp_type for row in rows}
    items = [f"cfpType {kind} is insufficient" for kind in rules.words.cfp_types if kind not in kinds]
    if len(rows) != rules.bodies.cfp_rows:
        items.insert(0, f"cfp models must be {rules.bodies.cfp_rows} elements")
    return items


def _different(rows: list[PutCfp]) -> list[str]:
    """Rows that are not of the same record, part or unit as the first one."""
    items = []
    for row in rows:
        if row.cfp_id != rows[0].cfp_id:
            items.append("ensure all objects have the same cfpId")
        if (row.trace_id or "") != (rows[0].trace_id or ""):
            items.append("ensure all objects have the same traceId")
        if (row.ghg_declared_unit or "") != (rows[0].ghg_declared_unit or ""):
            items.append("ensure all objects have the same ghgDeclaredUnit")
    return items


def _without_emission(rows: list[PutCfp]) -> list[str]:
    """A side that has scores but no emission to weigh them by."""
    cfp_types = limits().words.cfp_types
    items = []
    for side in dict.fromkeys(cfp_types.values()):
        group = [row for row in rows if row.dqr_type == side]
        scored = any(score and score > 0 for row in group for score in (row.dqr_value or PutDqrValue()).triple())
        if scored and not any((row.ghg_emission or 0) > 0 for row in group):
            kinds = " or ".join(kind for kind, of in cfp_types.items() if of == side)
            items.append(f"set ghgEmission to a value greater than 0 for cfpType of {kinds}")
    return items


def _qualities_differ(rows: list[PutCfp]) -> bool:
    """Whether one side carries two different sets of scores."""
    triples: dict[str, set[tuple[float | None, ...]]] = {}
    for row in rows:
        if row.dqr_type and row.dqr_type in limits().words.cfp_types.values():
            triples.setdefault(row.dqr_type, set()).add((row.dqr_value or PutDqrValue()).triple())
    return any(len(found) > 1 for found in triples.values())


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else shortest(number)


def _quality(rows: list[PutCfp], side: str) -> Quality:
    scores = next(row.dqr_value or PutDqrValue() for row in rows if row.dqr_type == side)
    ter, ger, tir = map(_decimal, scores.triple())
    return Quality(ter=ter, ger=ger, tir=tir)
