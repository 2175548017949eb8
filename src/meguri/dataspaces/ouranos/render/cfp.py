"""CfpModel[]: one template per part, filled with numbers that are already written as texts.

A page of 50 parts has 400 rows; building each row as an object would cost several times the rest of the request.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from meguri.footprint.model import UNIT_PREFIX, Figures, Footprint, Quality, Statement, Totals
from meguri.kernel.memory import Memory
from meguri.kernel.numbers import plain

_OWN_KINDS = ("preProduction", "mainProduction", "preComponent", "mainComponent")
_TOTAL_KINDS = tuple(f"{kind}Total" for kind in _OWN_KINDS)
_ANSWER_KINDS = ("preProductionResponse", "mainProductionResponse")

# Places of a row's template: cfpId, traceId, ghgEmission, unit, the three scores.
_ROW = (
    '{"cfpId":%%s,"traceId":"%%s","ghgEmission":%%s,"ghgDeclaredUnit":"%%s","cfpType":"%s","dqrType":"%s",'
    '"dqrValue":{"TeR":%%s,"GeR":%%s,"TiR":%%s}}'
)


def _side(kind: str) -> str:
    """The kind of score that goes with a kind of row."""
    side = "preProcessing" if kind.startswith("pre") else "mainProcessing"
    suffix = next((ending for ending in ("Total", "Response") if kind.endswith(ending)), "")
    return side + suffix


def _template(*kinds: str) -> str:
    return ",".join(_ROW % (kind, _side(kind)) for kind in kinds)


_OWN = _template(*_OWN_KINDS)
_OWN_AND_TOTALS = _template(*_OWN_KINDS, *_TOTAL_KINDS)
_ANSWER = _template(*_ANSWER_KINDS)
_ONE = {kind: _template(kind) for kind in _OWN_KINDS}
Texts = tuple[str, ...]


@lru_cache(maxsize=16_384)
def text(value: Decimal | None) -> str:
    """A number as JSON. Remembered: equal numbers are written alike, and most of a page's numbers repeat."""
    return "null" if value is None else plain(value)


def _scores(quality: Quality) -> Texts:
    return (text(quality.ter), text(quality.ger), text(quality.tir))


def _head(own: Footprint) -> tuple[str, str, str]:
    """What all rows of a declaration share: cfpId, traceId, unit."""
    return f'"{own.footprint_id}"', str(own.trace_id), UNIT_PREFIX + own.declared_unit


def _own_places(own: Footprint, head: tuple[str, str, str]) -> tuple[Texts, Texts, Texts, Texts]:
    """The places of the four own rows, in the order of `_OWN_KINDS`."""
    cfp_id, trace_id, unit = head
    pre, main = _scores(own.pre_quality), _scores(own.main_quality)
    return (
        (cfp_id, trace_id, text(own.pre_production), unit, *pre),
        (cfp_id, trace_id, text(own.main_production), unit, *main),
        (cfp_id, trace_id, text(own.pre_component), unit, *pre),
        (cfp_id, trace_id, text(own.main_component), unit, *main),
    )


def _total_places(totals: Totals, head: tuple[str, str, str]) -> tuple[Texts, Texts, Texts, Texts]:
    """The places of the four totals, in the order of `_TOTAL_KINDS`."""
    cfp_id, trace_id, unit = head
    pre, main = _scores(totals.pre_quality), _scores(totals.main_quality)
    return (
        (cfp_id, trace_id, text(totals.pre_production), unit, *pre),
        (cfp_id, trace_id, text(totals.main_production), unit, *main),
        (cfp_id, trace_id, text(totals.pre_component), unit, *pre),
        (cfp_id, trace_id, text(totals.main_component), unit, *main),
    )


def _answer_places(trace_id: str, unit: str, answer: Figures) -> Texts:
    return (
        *("null", trace_id, text(answer.pre), unit, *_scores(answer.pre_quality)),
        *("null", trace_id, text(answer.main), unit, *_scores(answer.main_quality)),
    )


def _rows(found: Statement) -> str | None:
    """The rows of one part; None if it shows none."""
    if found.answer is not None:
        return _ANSWER % _answer_places(str(found.trace_id), UNIT_PREFIX + (found.answer_unit or ""), found.answer)
    if found.own is None:
        return None
    head = _head(found.own)
    one, two, three, four = _own_places(found.own, head)
    if found.totals is None:
        return _OWN % (*one, *two, *three, *four)
    five, six, seven, eight = _total_places(found.totals, head)
    return _OWN_AND_TOTALS % (*one, *two, *three, *four, *five, *six, *seven, *eight)


def statements(found: Iterable[Statement]) -> bytes:
    """CfpModel[] of any number of parts, in the order given."""
    return f"[{','.join(rows for rows in map(_remembered, found) if rows)}]".encode()


_written: Memory[int, tuple[Statement, str | None]] = Memory(10_000)


def _remembered(found: Statement) -> str | None:
    """The rows of a statement that has been written before; it is kept with them, so that its identity stays its own."""
    known = _written.recall(id(found), None) or _written.keep(id(found), None, (found, _rows(found)))
    return known[1]


def declared(own: Footprint, order: Iterable[str]) -> bytes:
    """The four rows that were just written, in the order in which they were sent."""
    places = dict(zip(_OWN_KINDS, _own_places(own, _head(own)), strict=True))
    return f"[{','.join(_ONE[kind] % places[kind] for kind in order)}]".encode()
