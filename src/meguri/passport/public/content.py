"""The content of a passport's page: the same for the screen, the saved file and the print."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from meguri.kernel.text import Language, Text
from meguri.passport.catalogue import Flag
from meguri.passport.document import with_addresses
from meguri.passport.kinds import Kind
from meguri.passport.model import View
from meguri.passport.public.plan import Plan, Recycled, Section, plan_of
from meguri.passport.public.showing import Line, Shown, figure, show, unit_of, words

MISSING, PENDING = "missing", "pending"


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute: its name and its value, or why there is none (`missing`, `pending`)."""

    key: str
    label: str
    shown: Shown | None = None
    absent: str | None = None


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table with a bar: `width` in per cent of the drawing, `mark` the place of a target."""

    label: str
    value: str
    width: float
    note: str = ""
    mark: float | None = None
    second: float = 0


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A section of the page."""

    code: str
    title: str
    items: list[Item]
    bars: list[Bar] = []


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of the first screen: `grade` before it, `note` below it."""

    label: str
    value: str
    grade: str | None = None
    note: str = ""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page says of a product.

    groups   the identifier in groups of four, for reading aloud
    health   how good the product still is, where the reader may see it
    guarded  whether law keeps that for some readers, so that the page says who they are
    recycled bars of the metals with recycled content, for the first screen
    warnings dangers that everyone near it has to know of
    """

    title: str
    category: str
    state: str
    changed: str
    identifier: str
    groups: list[str]
    figures: list[Headline]
    blocks: list[Block]
    grade: str | None
    contact: Shown | None
    maker: str
    health: Headline | None
    guarded: bool
    recycled: list[Bar]
    warnings: list[str]


def content_of(kind: Kind, view: View, language: Language, origin: str = "") -> Content:
    """The page's content for one reader: what `view` holds, and nothing else. `origin`: before addresses of kept files."""
    located = with_addresses(kind, view.values, view.record.passport_id, origin)
    view = msgspec.structs.replace(view, values=located)
    plan, values = plan_of(kind), view.values
    category = str(values.get(kind.head.category) or "") or None
    blocks = [_block(kind, plan, section, values, category, language) for section in plan.sections]
    blocks = _joined([*blocks, *_further(kind, plan, view, language)])
    name = values.get("battery_model_name") or values.get(kind.head.model_name) or view.record.model_name
    return Content(
        title=words(name or values.get(kind.head.model_id) or view.record.dpp_id, language).text,
        category=kind.category_name(category).of(language),
        state=view.record.state,
        changed=view.changed_at.isoformat(),
        identifier=view.record.product_id,
        groups=in_fours(view.record.product_id),
        figures=_figures(kind, plan, values, language),
        blocks=[block for block in blocks if block.items or block.bars],
        grade=str(values["cf_performance_class"]) if values.get("cf_performance_class") else None,
        contact=_contact(kind, plan, values, language),
        maker=words(values[plan.maker], language).text if values.get(plan.maker) else "",
        health=_health(kind, plan, values, language),
        guarded=bool(plan.health),
        recycled=_told(_recycled_bars(plan, values, language)),
        warnings=[one.text.of(language) for one in plan.warnings if values.get(one.key) == one.value],
    )


def _health(kind: Kind, plan: Plan, values: Mapping[str, Any], language: Language) -> Headline | None:
    key = next((key for key in plan.health if values.get(key) is not None), None)
    if key is None:
        return None
    attribute = kind.attributes[key]
    shown = show(attribute, values[key], language, plan).lines[0].text
    value, _, note = shown.partition(" (")
    return Headline(label=attribute.name.of(language), value=value, note=note.removesuffix(")"))


def _told(bars: list[Bar]) -> list[Bar]:
    """Metals of which there is recycled content; without any, none has it, and the first one says so."""
    return [bar for bar in bars if bar.width + bar.second > 0] or bars[:1]


def in_fours(identifier: str) -> list[str]:
    """The digits and letters of an identifier's last parts in groups of four."""
    tail = identifier.partition("://")[2].partition("/")[2]
    return [part[at : at + 4] for part in tail.split("/") for at in range(0, len(part), 4)]


def _block(
    kind: Kind, plan: Plan, section: Section, values: Mapping[str, Any], category: str | None, language: Language
) -> Block:
    items = [item for key in section.keys if (item := _item(kind, plan, key, values, category, language)) is not None]
    bars = _stage_bars(kind, plan, values, language) if section.code == "carbon" else []
    if section.code == "recycled":
        bars = _recycled_bars(plan, values, language)
    return Block(code=section.code, title=section.name.of(language), items=items, bars=bars)


def _item(
    kind: Kind, plan: Plan, key: str, values: Mapping[str, Any], category: str | None, language: Language
) -> Item | None:
    attribute = kind.attributes.get(key)
    if attribute is None:
        return None
    label, flag = attribute.name.of(language), attribute.flag("ec", category)
    value = values.get(key)
    if value is not None and value != []:
        if key == kind.head.category:
            return Item(key=key, label=label, shown=_plain(kind.category_name(str(value)).of(language)))
        return Item(key=key, label=label, shown=show(attribute, value, language, plan))
    if flag is Flag.PENDING:
        return Item(key=key, label=label, absent=PENDING)
    return Item(key=key, label=label, absent=MISSING) if flag is Flag.MANDATORY else None


def _plain(text: str) -> Shown:
    return Shown([Line(text)])


def _joined(blocks: list[Block]) -> list[Block]:
    """Blocks of one title become one."""
    by_title: dict[str, Block] = {}
    for block in blocks:
        before = by_title.get(block.title)
        by_title[block.title] = (
            block if before is None else msgspec.structs.replace(before, items=[*before.items, *block.items])
        )
    return list(by_title.values())


def _further(kind: Kind, plan: Plan, view: View, language: Language) -> list[Block]:
    """What a reader sees beyond the plan (of other classes, or of other kinds), by the catalogue's sections."""
    planned = {key for section in plan.sections for key in section.keys}
    planned |= {key for row in plan.recycled for key in (row.total, row.before, row.after)}
    planned |= (set(plan.stages.keys) if plan.stages else set()) | set(plan.elsewhere)
    own = {"P1"} if view.standing.classes == frozenset({"P1"}) else None
    blocks = []
    for code, attributes in kind.by_section.items():
        if code == "envelope":
            continue
        items = [
            Item(key=one.key, label=one.name.of(language), shown=show(one, view.values[one.key], language, plan))
            for one in attributes
            if one.key in view.values and one.key not in planned and (own is None or one.access.value in own)
        ]
        title = kind.section_name(code).of(language)
        blocks.append(Block(code=f"more-{code}", title=title, items=items))
    return blocks


def _figures(kind: Kind, plan: Plan, values: Mapping[str, Any], language: Language) -> list[Headline]:
    found = []
    for one in plan.figures:
        attribute, value = kind.attributes.get(one.key), values.get(one.key)
        if attribute is None or not isinstance(value, int | float):
            continue
        beside = [
            figure(language, values[key], unit_of(kind.attributes[key], language))
            for key in one.beside
            if isinstance(values.get(key), int | float)
        ]
        found.append(
            Headline(
                label=(one.name or attribute.name).of(language),
                value=figure(language, value, unit_of(attribute, language)),
                grade=str(values[one.grade]) if one.grade and values.get(one.grade) else None,
                note=" · ".join(beside),
            )
        )
    return found


def _stage_bars(kind: Kind, plan: Plan, values: Mapping[str, Any], language: Language) -> list[Bar]:
    if plan.stages is None:
        return []
    total = values.get(plan.stages.total)
    parts = {key: values[key] for key in plan.stages.keys if isinstance(values.get(key), int | float)}
    # The ground behind a bar is the whole; where a credit makes a stage larger than the total, it is the largest stage.
    sizes = [abs(float(value)) for value in parts.values()]
    largest = max([*sizes, float(total) if isinstance(total, int | float) else 0.0], default=0.0)
    bars = []
    for key, value in parts.items():
        attribute = kind.attributes[key]
        share = figure(language, round(100 * float(value) / float(total), 1), "%") if total else ""
        width = 100 * abs(float(value)) / largest if largest else 0
        said = figure(language, value, unit_of(attribute, language))
        name = plan.stages.name(key) or attribute.name
        bars.append(Bar(label=name.of(language), value=said, width=round(width, 1), note=share))
    return bars


_RECYCLED = Text(
    ja="工程端材 {}・使用済み {}・目標 2031年 {}、2036年 {}",
    en="pre-consumer {}, post-consumer {}; target 2031 {}, 2036 {}",
    de="aus der Produktion {}, nach Gebrauch {}; Ziel 2031 {}, 2036 {}",
)


def _recycled_bars(plan: Plan, values: Mapping[str, Any], language: Language) -> list[Bar]:
    rows = [row for row in plan.recycled if isinstance(values.get(row.total), int | float)]
    full = _full_width(rows, values)
    bars = []
    for row in rows:
        total = float(values[row.total])
        before, after = (float(values.get(key) or 0) for key in (row.before, row.after))
        said = (before, after, row.target_2031, row.target_2036)
        note = _RECYCLED.of(language).format(*(figure(language, each, "%") for each in said))
        bars.append(
            Bar(
                label=row.metal.of(language),
                value=figure(language, total, "%"),
                width=round(100 * (before if before + after else total) / full, 1),
                second=round(100 * after / full, 1),
                note=note,
                mark=round(100 * row.target_2031 / full, 1) if row.target_2031 < full else None,
            )
        )
    return bars


def _full_width(rows: Sequence[Recycled], values: Mapping[str, Any]) -> float:
    """What a bar's whole width stands for, in per cent: shares and targets of those metals that have any recycled content.

    Six per cent of a hundred is a sliver, beside which nobody sees whether the target is met.
    """
    found = [row for row in rows if values[row.total] > 0] or rows
    return max((max(float(values[row.total]), row.target_2036) for row in found), default=100.0) * 1.05


def _contact(kind: Kind, plan: Plan, values: Mapping[str, Any], language: Language) -> Shown | None:
    for key in ("operator_information", "manufacturer_address"):
        attribute = kind.attributes.get(key)
        if attribute is not None and values.get(key) is not None:
            return show(attribute, values[key], language, plan)
    return None
