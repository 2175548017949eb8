"""Where boxes and ribbons of a Sankey, and lots of a genealogy, stand on paper. Pure geometry; pages and PDFs draw it."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from meguri.recycling.sankey import Link, Sankey

WIDTH, BOX, GAP = 900.0, 14.0, 12.0
HEIGHT = 360.0


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """One node: its place, its words beside it, its class by stage."""

    id: str
    label: str
    stage: str
    x: float
    y: float
    height: float
    width: float = BOX
    right: bool = False
    href: str | None = None
    amount: str = ""


class Ribbon(msgspec.Struct, frozen=True, kw_only=True):
    """One flow as the path of an SVG, with what it says on pointing."""

    path: str
    label: str
    stage: str
    width: float = 0.0


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A drawing of `width` × `height`."""

    width: float
    height: float
    boxes: list[Box]
    ribbons: list[Ribbon]


def columns_of(ids: Sequence[str], links: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The column of each node: one more than the largest of those before it (a cycle is cut at the node met first)."""
    before: dict[str, list[str]] = defaultdict(list)
    for source, target in links:
        before[target].append(source)
    found: dict[str, int] = {}
    busy: set[str] = set()

    def place(node: str) -> int:
        if node in found:
            return found[node]
        if node in busy:
            return 0
        busy.add(node)
        found[node] = max((place(one) + 1 for one in before[node]), default=0)
        busy.discard(node)
        return found[node]

    for node in ids:
        place(node)
    return found


def sankey_picture(drawn: Sankey, names: Mapping[str, str]) -> Picture:
    """A Sankey's boxes and ribbons; `names`: node id → its words in the reader's language."""
    if not drawn.links:
        return Picture(width=WIDTH, height=0, boxes=[], ribbons=[])
    columns = columns_of([node.id for node in drawn.nodes], [(link.source, link.target) for link in drawn.links])
    size: dict[str, float] = {}
    for node in drawn.nodes:
        into = sum(float(link.value) for link in drawn.links if link.target == node.id)
        out = sum(float(link.value) for link in drawn.links if link.source == node.id)
        size[node.id] = max(into, out)
    stacked: dict[int, list[str]] = defaultdict(list)
    for node in drawn.nodes:
        stacked[columns[node.id]].append(node.id)
    most = max(len(ids) for ids in stacked.values())
    tallest = max(sum(size[one] for one in ids) for ids in stacked.values())
    scale = (HEIGHT - GAP * 2 * (most - 1)) / tallest if tallest else 0.0
    step = (WIDTH - BOX - 130) / max(max(stacked), 1)
    stage = {node.id: node.stage for node in drawn.nodes}
    boxes = {}
    for column, ids in stacked.items():
        y = 8.0
        for one in ids:
            height = max(size[one] * scale, 2.0)
            boxes[one] = Box(
                id=one,
                label=names.get(one, one),
                stage=stage[one],
                x=column * step,
                y=y,
                height=height,
                amount=f"{shown(size[one])} kg",
            )
            y += height + GAP * 2
    ribbons = _ribbons(drawn, boxes, scale, names)
    bottom = max(box.y + box.height for box in boxes.values()) + 12
    return Picture(width=WIDTH, height=bottom, boxes=list(boxes.values()), ribbons=ribbons)


def shown(kg: float) -> str:
    """A mass with three digits that count, whole thousands apart: `1,720`, `5.60`, `0.0123`."""
    if not kg:
        return "0"
    after = max(2 - math.floor(math.log10(abs(kg))), 0)
    return f"{round(kg, 2 - math.floor(math.log10(abs(kg)))):,.{after}f}"


def in_order(drawn: Sankey) -> list[Link]:
    """The flows as a reader follows them: from the left, the largest of each node first."""
    columns = columns_of([node.id for node in drawn.nodes], [(link.source, link.target) for link in drawn.links])
    return sorted(drawn.links, key=lambda link: (columns[link.source], link.source, -link.value))


def _ribbons(drawn: Sankey, boxes: Mapping[str, Box], scale: float, names: Mapping[str, str]) -> list[Ribbon]:
    out: dict[str, float] = defaultdict(float)
    into: dict[str, float] = defaultdict(float)
    ribbons = []
    for link in sorted(drawn.links, key=lambda one: (boxes[one.source].y, boxes[one.target].y)):
        a, b = boxes[link.source], boxes[link.target]
        width = max(float(link.value) * scale, 1.0)
        x1, x2 = a.x + BOX, b.x
        y1, y2 = a.y + out[link.source], b.y + into[link.target]
        out[link.source] += width
        into[link.target] += width
        middle = (x1 + x2) / 2
        path = (
            f"M{x1:.1f},{y1:.1f} C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {x2:.1f},{y2:.1f} "
            f"L{x2:.1f},{y2 + width:.1f} C{middle:.1f},{y2 + width:.1f} {middle:.1f},{y1 + width:.1f} "
            f"{x1:.1f},{y1 + width:.1f} Z"
        )
        words = f"{names.get(link.source, link.source)} → {names.get(link.target, link.target)}: {link.value:f} kg"
        ribbons.append(Ribbon(path=path, label=words, stage=b.stage, width=width))
    return ribbons


def fitted(label: str, room: int = 20) -> str:
    """A label cut to `room` half-width letters; Japanese signs count twice."""
    width, kept = 0, ""
    for sign in label:
        width += 2 if ord(sign) > 0x2E7F else 1
        if width > room:
            return f"{kept}…"
        kept += sign
    return kept


def graph_picture(
    nodes: Sequence[tuple[str, str, str, str | None]], edges: Sequence[tuple[str, str, float]], here: str
) -> Picture:
    """A genealogy from left to right. nodes: (id, label, words beneath, href); edges: (parent, child, kg)."""
    columns = columns_of([node[0] for node in nodes], [(parent, child) for parent, child, _ in edges])
    stacked: dict[int, list[tuple[str, str, str, str | None]]] = defaultdict(list)
    for node in nodes:
        stacked[columns[node[0]]].append(node)
    step = 230.0
    boxes = {}
    for column, ones in stacked.items():
        for place, (one, label, _, href) in enumerate(ones):
            boxes[one] = Box(
                id=one,
                label=fitted(label),
                stage="here" if one == here else "lot",
                x=8 + column * step,
                y=8 + place * 46.0,
                height=34.0,
                width=170.0,
                href=href,
            )
    most = max((kg for _, _, kg in edges), default=0.0) or 1.0
    ribbons = []
    for parent, child, kg in edges:
        a, b = boxes[parent], boxes[child]
        x1, y1, x2, y2 = a.x + a.width, a.y + 17, b.x, b.y + 17
        middle = (x1 + x2) / 2
        path = f"M{x1:.1f},{y1:.1f} C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"
        ribbons.append(
            Ribbon(path=path, label=f"{a.label} → {b.label}: {kg:.6g} kg", stage="edge", width=1 + 7 * kg / most)
        )
    width = max((box.x + box.width for box in boxes.values()), default=0.0) + 8
    height = max((box.y + box.height for box in boxes.values()), default=0.0) + 8
    return Picture(width=max(width, 200.0), height=height, boxes=list(boxes.values()), ribbons=ribbons)
