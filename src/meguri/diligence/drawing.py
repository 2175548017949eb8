"""Where the places of a supply chain stand on a drawing: origins left, the company right; pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

WIDTH, HEIGHT = 216, 66
GAP, ROW, HEAD = 110, 84, 28
_THINNEST, _THICKEST = 1.5, 9.0


class Flow(NamedTuple):
    """A supply relation to be drawn. `share`: percent of what the receiver gets of this material."""

    source: str
    to: str
    material: str
    share: Decimal


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A place with its corner; `unknown`: a gap."""

    id: str
    x: int
    y: int
    unknown: bool


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A supply relation as a curve as thick as its share, with the place of its words beside where it leaves."""

    path: str
    unknown: bool
    thick: float
    material: str
    share: Decimal
    x: int
    y: int


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A column's heading: how many steps it is from the company."""

    x: int
    steps: int


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything with the size of the whole."""

    boxes: list[Box]
    lines: list[Line]
    heads: list[Head]
    width: int
    height: int


def draw(nodes: Sequence[tuple[str, bool]], flows: Sequence[Flow], root: str) -> Drawing:
    """Places in columns by how far they are from `root`, each near those whom it supplies. nodes: (id, unknown)."""
    depth = {root: 0}
    for _ in nodes:
        for flow in flows:
            if flow.to in depth and depth.get(flow.source, -1) < depth[flow.to] + 1 <= len(nodes):
                depth[flow.source] = depth[flow.to] + 1
    unknown = dict(nodes) | {root: False}
    deepest = max(depth.values(), default=0)
    columns = [[key for key in [root, *dict(nodes)] if depth.get(key) == step] for step in range(deepest + 1)]
    tallest = max(map(len, columns))
    place: dict[str, float] = {}
    boxes: dict[str, Box] = {}
    for step, keys in enumerate(columns):
        ordered = sorted(keys, key=lambda key: (_middle(key, flows, place), unknown[key]))
        for row, key in enumerate(ordered):
            place[key] = row + (tallest - len(keys)) / 2
            x, y = (deepest - step) * (WIDTH + GAP), HEAD + round(place[key] * ROW)
            boxes[key] = Box(id=key, x=x, y=y, unknown=unknown[key])
    lines = [_line(flow, boxes, unknown[flow.source]) for flow in flows if flow.source in boxes and flow.to in boxes]
    heads = [Head(x=(deepest - step) * (WIDTH + GAP), steps=step) for step in range(deepest + 1)]
    width = deepest * (WIDTH + GAP) + WIDTH
    return Drawing(boxes=list(boxes.values()), lines=lines, heads=heads, width=width, height=HEAD + tallest * ROW)


def _middle(key: str, flows: Sequence[Flow], place: Mapping[str, float]) -> float:
    """The mean place of those whom a place supplies."""
    to = [place[flow.to] for flow in flows if flow.source == key and flow.to in place]
    return sum(to) / len(to) if to else 0.0


def _line(flow: Flow, boxes: Mapping[str, Box], unknown: bool) -> Line:
    source, to = boxes[flow.source], boxes[flow.to]
    x1, y1, x2, y2 = source.x + WIDTH, source.y + HEIGHT // 2, to.x, to.y + HEIGHT // 2
    middle = (x1 + x2) // 2
    share = float(min(max(flow.share, Decimal(0)), Decimal(100))) / 100
    return Line(
        path=f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}",
        unknown=unknown,
        thick=round(_THINNEST + (_THICKEST - _THINNEST) * share, 1),
        material=flow.material,
        share=flow.share,
        x=x1 + 8,
        y=y1 - 8,
    )
