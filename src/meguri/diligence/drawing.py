"""Where the places of a supply chain stand on a drawing: origins left, the company right; pure."""

from collections.abc import Sequence

import msgspec

COLUMN, ROW, WIDTH, HEIGHT = 190, 58, 160, 42


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A place with its corner; `unknown`: a gap."""

    id: str
    x: int
    y: int
    unknown: bool


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A supply relation as a curve."""

    path: str
    unknown: bool


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything with the size of the whole."""

    boxes: list[Box]
    lines: list[Line]
    width: int
    height: int


def draw(nodes: Sequence[tuple[str, bool]], links: Sequence[tuple[str, str]], root: str) -> Drawing:
    """Places in columns by how far they are from `root`. nodes: (id, unknown); links: (source, receiver)."""
    depth = {root: 0}
    for _ in nodes:
        for source, to in links:
            if to in depth and depth.get(source, -1) < depth[to] + 1 <= len(nodes):
                depth[source] = depth[to] + 1
    unknown = dict(nodes) | {root: False}
    deepest = max(depth.values(), default=0)
    rows: dict[int, int] = {}
    boxes: dict[str, Box] = {}
    for place in [root, *(key for key, _ in nodes if key in depth and key != root)]:
        column = deepest - depth[place]
        row = rows.get(column, 0)
        rows[column] = row + 1
        boxes[place] = Box(id=place, x=column * COLUMN, y=row * ROW, unknown=unknown[place])
    lines = [
        Line(path=_curve(boxes[source], boxes[to]), unknown=unknown[source])
        for source, to in links
        if source in boxes and to in boxes
    ]
    height = max(rows.values(), default=1) * ROW
    return Drawing(boxes=list(boxes.values()), lines=lines, width=deepest * COLUMN + WIDTH, height=height)


def _curve(source: Box, to: Box) -> str:
    x1, y1, x2, y2 = source.x + WIDTH, source.y + HEIGHT // 2, to.x, to.y + HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"
