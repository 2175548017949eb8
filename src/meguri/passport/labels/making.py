"""Label content and sheets: what the law wants on a battery (Annex VI Part A), in order of importance."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from meguri.documents.pdf import DocumentFailed, pdf
from meguri.kernel.text import Language, Text
from meguri.passport.carrier import symbol_for
from meguri.passport.carrier.rules import carrier_rules
from meguri.passport.identifiers import product_identifier
from meguri.passport.kinds import kind_of
from meguri.passport.labels import symbols
from meguri.passport.labels.errors import LabelOverflow, UnknownLabelSize
from meguri.passport.labels.sizes import CollectionSymbol, on_a_side
from meguri.passport.model import View
from meguri.passport.public.plan import plan_of
from meguri.passport.public.showing import address_lines, show, words

_SHARE = 0.4
"""A symbol higher than this part of the label stands on a label of its own, in its full size."""
_LINES: tuple[tuple[str, Text], ...] = (
    ("extinguishing_agents", Text(ja="消火剤", en="Extinguishing agent")),
    ("battery_category", Text(ja="区分", en="Category")),
    ("battery_model_id", Text(ja="型式", en="Model")),
    ("rated_capacity", Text(ja="定格容量", en="Capacity")),
    ("battery_mass", Text(ja="質量", en="Mass")),
    ("battery_chemistry", Text(ja="化学系", en="Chemistry")),
    ("manufacturing_date", Text(ja="製造年月", en="Made")),
    ("hazardous_substances", Text(ja="有害物質", en="Hazardous substances")),
    ("critical_raw_materials", Text(ja="重要原材料", en="Critical raw materials")),
    ("manufacturing_place", Text(ja="製造地", en="Place of manufacture")),
    ("cf_performance_class", Text(ja="CFPクラス", en="CFP class")),
    ("manufacturer_address", Text(ja="住所", en="Address")),
    ("manufacturer_web", Text(ja="Web", en="Web")),
    ("manufacturer_email", Text(ja="メール", en="E-mail")),
)
"""In order of importance: what comes last is moved to the packaging first."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """One label: its lines (key, name, words), the symbols with their heights in mm, and the code."""

    title: str
    lines: list[tuple[str, str, str]]
    symbols: list[tuple[str, float, str]]
    notified: str | None
    uri: str
    hri: str
    code_mm: float


def label_of(view: View, language: Language) -> Label:
    """The label's content."""
    values = view.values
    product = product_identifier(view.record.product_id, "https://id.example.jp")
    maker = values.get("manufacturer_trade_name") or values.get("manufacturer_name") or ""
    lines = []
    for key, name in _LINES:
        said = _said(view, key, language)
        if said:
            lines.append((key, both(name), said))
    return Label(
        title=words(maker, language).text,
        lines=lines,
        symbols=_symbols(values),
        notified=str(values["notified_body_number"]) if values.get("notified_body_number") else None,
        uri=view.record.product_id,
        hri=product.hri,
        code_mm=symbol_for(view.record.product_id).side_mm,
    )


def both(name: Text) -> str:
    """A name in both languages, Japanese first."""
    return name.ja if name.ja == name.en else f"{name.ja} {name.en}"


def _said(view: View, key: str, language: Language) -> str:
    kind, value = kind_of(view.record.kind), view.values.get(key)
    attribute = kind.attributes.get(key)
    if value in (None, []) or attribute is None:
        return ""
    if key == kind.head.category:
        return kind.category_name(str(value)).of(language)
    if key in ("manufacturer_address", "manufacturing_place") and isinstance(value, Mapping):
        return address_lines(value, language).text
    if isinstance(value, list) and value and isinstance(value[0], Mapping) and "name" in value[0]:
        return ", ".join(str(one["name"]) for one in value)
    shown = show(attribute, value, language, plan_of(kind))
    return ", ".join(line.text for line in shown.lines)


def collection_size(values: Mapping[str, Any]) -> CollectionSymbol:
    """The size of the bin for a battery of these dimensions; the largest allowed where they are unknown."""
    sides = sorted(
        (float(values[key]) for key in ("pack_length", "pack_width", "pack_height") if values.get(key)), reverse=True
    )
    return on_a_side(sides[0] * sides[1]) if len(sides) >= 2 else on_a_side(math.inf)


def _symbols(values: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    size = collection_size(values).side_mm
    metals = tuple(str(one) for one in values.get("symbols_cd_pb") or ())
    name = f"collection{'-'.join(['', *metals]).lower()}.svg"
    found = [(name, size * (1.34 if metals else 1), f"separate collection {' '.join(metals)}".strip())]
    if values.get("ce_marking"):
        found.append(("ce.svg", max(5.0, min(size, 8.0)), "CE"))
    return found


def label_pdf(views: Sequence[View], size: str, language: Language, *, sheet: bool = False) -> bytes:
    """Labels as a tagged PDF: each on a page of its size, or side by side on A4 sheets.

    Raises UnknownLabelSize, LabelOverflow (naming what belongs on the packaging). Takes CPU: call it in a thread.
    """
    sizes = carrier_rules().label.sizes
    if size not in sizes:
        raise UnknownLabelSize(sizes=", ".join(sizes))
    labels = [label_of(view, language) for view in views]
    moved: list[str] = []
    while True:
        try:
            made = _compiled(labels, sizes[size], language, frozenset(moved), sheet=sheet)
        except DocumentFailed as failed:
            left = [key for key, _name in _LINES if key not in moved and any(_has(one, key) for one in labels)]
            if "LABEL_OVERFLOW" not in str(failed.values.get("reason")) or not left:
                raise
            moved.append(left[-1])
            continue
        if moved:
            names = dict(_LINES)
            raise LabelOverflow([names[key].of(language) for key in moved], carrier_rules().label.x_height_mm)
        return made


def _has(label: Label, key: str) -> bool:
    return any(line[0] == key for line in label.lines)


def _compiled(
    labels: Sequence[Label], size: tuple[float, float], language: Language, moved: frozenset[str], *, sheet: bool
) -> bytes:
    pictures: dict[str, bytes] = {"ce.svg": symbols.ce().encode()}
    told: list[dict[str, Any]] = []
    apart: list[list[Any]] = []
    for number, label in enumerate(labels):
        code = f"code-{number}.svg"
        pictures[code] = symbol_for(label.uri).svg().encode()
        for name, _height, alt in label.symbols:
            if name.startswith("collection"):
                metals = tuple(part for part in alt.split() if part in ("Cd", "Pb"))
                pictures[name] = symbols.collection(metals).encode()
        apart += [[*symbol] for symbol in label.symbols if symbol[1] > size[1] * _SHARE]
        told.append(
            {
                "title": label.title,
                "lines": [[name, said] for key, name, said in label.lines if key not in moved],
                "symbols": [[*symbol] for symbol in label.symbols if symbol[1] <= size[1] * _SHARE],
                "notified": label.notified,
                "code": code,
                "code_mm": label.code_mm,
                "hri": label.hri,
            }
        )
    data = {
        # PDF/UA asks for a title, and a draft may lack its maker.
        "title": next((label.title or label.hri for label in labels), "—"),
        "width": size[0],
        "height": size[1],
        "sheet": sheet,
        "labels": told,
        "apart": apart,
    }
    return pdf("meguri.passport", "label.typ", data, language=language, standard="ua-1", pictures=pictures)
