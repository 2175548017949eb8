"""Elementary flows with their characterisation factors: the Environmental Footprint set, as its workbook or as ILCD.

Source: European Commission, JRC, EF reference package 3.1 (3.0 alike). Of its categories this product counts climate change
alone; the parts that its total is made of (fossil, biogenic, land use) would count twice and are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from meguri.footprint.calculation.factors import Licence, Source
from meguri.footprint.factors.importing.found import Found, no
from meguri.footprint.factors.importing.xml import Element, attribute, each, first, text
from meguri.footprint.factors.model import FactorInput, RejectedRow

SHEET = "lciamethods_CF"
_NEEDED = ("flow_uuid", "flow_name", "lciamethod_name")
_VALUES = {"cf ef3.1": "3.1", "lciamethod_meanvalue": "3.0"}
_TOTAL = re.compile(r"(ef[- ]?v?3\.\d[ ,:-]*)?climate change(, total)?(, gwp ?100)?", re.IGNORECASE)
_SETS = {"3.1": "AR6"}
"""EF 3.1 takes the sixth assessment report; EF 3.0 adds carbon-cycle feedbacks to the fifth, which is no set of ours."""
_LICENCE = Licence(
    code="EC reuse 2011/833/EU",
    redistribute="yes",
    attribution="European Commission, Joint Research Centre: Environmental Footprint reference package",
)


class Flow(NamedTuple):
    """A row: what one kg of a flow counts for in one category."""

    line: int
    uuid: str
    name: str
    category: str
    value: str
    location: str
    direction: str
    compartment: str


def is_flow_list(head: Sequence[str]) -> bool:
    """Whether a table with these columns is one of flows and their factors."""
    lower = {cell.casefold() for cell in head}
    return lower.issuperset(_NEEDED) and not lower.isdisjoint(_VALUES)


def from_flow_table(rows: Sequence[Sequence[str]]) -> Found:
    """The workbook's sheet, or the same as CSV."""
    head = [str(cell).strip().casefold() for cell in rows[0]]
    value = next(name for name in _VALUES if name in head)
    place = {name: head.index(name) for name in head}
    return _taken(_flows(rows[1:], place, value), _VALUES[value])


def from_lcia_method(file_name: str, root: Element) -> Found:
    """An ILCD data set of one category."""
    category = text(first(root, "dataSetInformation"), "name") or text(root, "impactCategory")
    version = "3.0" if "3.0" in f"{file_name} {category}" else "3.1"
    flows = (
        Flow(
            line,
            attribute(first(factor, "referenceToFlowDataSet"), "refObjectId") or "",
            text(first(factor, "referenceToFlowDataSet"), "shortDescription"),
            category,
            text(factor, "meanValue"),
            text(factor, "location"),
            text(factor, "exchangeDirection"),
            "",
        )
        for line, factor in enumerate(each(root, "factor"), start=1)
    )
    return _taken(flows, version)


def _flows(rows: Sequence[Sequence[Any]], place: Mapping[str, int], value: str) -> Iterator[Flow]:
    for line, row in enumerate(rows, start=2):
        cells = {name: str(row[at]).strip() if at < len(row) else "" for name, at in place.items()}
        if any(cells.values()):
            yield Flow(
                line,
                cells["flow_uuid"],
                cells["flow_name"],
                cells["lciamethod_name"],
                cells[value],
                cells.get("lciamethod_location", ""),
                cells.get("lciamethod_direction", ""),
                " / ".join(part for name in ("flow_class1", "flow_class2") if (part := cells.get(name, ""))),
            )


def _taken(flows: Iterator[Flow], version: str) -> Found:
    factors: dict[str, tuple[int, FactorInput]] = {}
    rejected: list[RejectedRow] = []
    left_out: Counter[str] = Counter()
    first_lines: dict[str, int] = {}
    for flow in flows:
        if not _TOTAL.fullmatch(flow.category):
            left_out[flow.category] += 1
            first_lines.setdefault(flow.category, flow.line)
            continue
        known = factors.get(_id(flow))
        if (wrong := _wrong(flow)) is not None:
            rejected.append(wrong)
        elif known is None:
            factors[_id(flow)] = (flow.line, _factor(flow, version))
        elif known[1].value != Decimal(flow.value):
            rejected.append(
                no(
                    flow.line,
                    f"フロー「{flow.name}」は {known[0]} 行目に別の値があります",
                    f"The flow {flow.name} has another value in line {known[0]}",
                )
            )
    rejected += [_other(category, count, first_lines[category]) for category, count in left_out.items()]
    return Found(list(factors.values()), sorted(rejected, key=lambda row: row.line))


def _wrong(flow: Flow) -> RejectedRow | None:
    if not flow.uuid or not flow.name:
        return no(flow.line, "フローの ID または名称がありません", "The flow has no id or no name")
    if flow.direction.casefold() == "input":
        return no(
            flow.line,
            f"「{flow.name}」は資源の採取です。排出だけを取り込みます",
            f"{flow.name} is taken from nature; only emissions are taken in",
        )
    try:
        finite = Decimal(flow.value).is_finite()
    except InvalidOperation:
        finite = False
    return (
        None
        if finite
        else no(flow.line, f"係数「{flow.value}」を読めません", f"The factor “{flow.value}” is no number")
    )


def _other(category: str, count: int, line: int) -> RejectedRow:
    name = category or "?"
    return no(
        line,
        f"「{name}」は気候変動（合計）ではないため、{count} 件を取り込みません",
        f"{name} is not climate change in total: {count} rows are left out",
    )


def _id(flow: Flow) -> str:
    return "-".join(["EF", flow.uuid.lower(), *([flow.location] if flow.location else [])])


def _factor(flow: Flow, version: str) -> FactorInput:
    return FactorInput(
        id=_id(flow),
        version=version,
        name=f"{flow.name} ({flow.compartment})" if flow.compartment else flow.name,
        unit="kg",
        value=Decimal(flow.value),
        gwp_set=_SETS.get(version),
        geography=flow.location or "GLO",
        system_model="ef31" if version == "3.1" else "n/a",
        synonyms=[flow.name],
        classification=flow.compartment,
        source=Source(name="EF", version=version, publisher="European Commission, JRC", citation=flow.category),
        licence=_LICENCE,
    )
