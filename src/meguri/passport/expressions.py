"""The small language of the rule data: which values are there, how they compare, what follows from them.

Names are catalogue keys. `a & b | c` asks whether values are there; `a == b and not c` compares (a name that is no key is
a code: `battery_category == ev`); arithmetic computes. A value that is missing makes the whole expression say nothing.
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

Values = Mapping[str, Any]
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Missing(Exception):
    """A value that the expression needs is not there."""


class BadExpression(Exception):
    """The rule data has an expression that this language does not know; found when it is first used."""


@lru_cache(maxsize=1024)
def parsed(text: str) -> ast.expr:
    """The expression's tree. Raises BadExpression."""
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise BadExpression(text) from error


@lru_cache(maxsize=1024)
def names_in(text: str) -> tuple[str, ...]:
    """Every name in the expression, functions left out."""
    called = {id(node.func) for node in ast.walk(parsed(text)) if isinstance(node, ast.Call)}
    found = [node.id for node in ast.walk(parsed(text)) if isinstance(node, ast.Name) and id(node) not in called]
    return tuple(dict.fromkeys(found))


def filled(value: Any) -> bool:
    """Whether a value counts as given: a list or an object that holds something, a text that says something."""
    return value is not None and value != "" and value != [] and value != {}


def present(text: str, values: Values) -> bool:
    """Whether the values that `a & (b | c)` asks for are there."""
    return _present(parsed(text), values)


def _present(node: ast.expr, values: Values) -> bool:
    if isinstance(node, ast.Name):
        return filled(values.get(node.id))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd):
        return _present(node.left, values) and _present(node.right, values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _present(node.left, values) or _present(node.right, values)
    raise BadExpression(ast.dump(node))


def holds(text: str, values: Values, keys: Any) -> bool:
    """Whether a condition is true; one whose values are missing is not. `keys` are the names that are attributes."""
    try:
        return bool(_Reader(values, keys).of(parsed(text)))
    except Missing:
        return False


def compute(text: str, values: Values, keys: Any) -> Any:
    """The value of an expression, or None when an input is missing or the sum has no answer (division by zero)."""
    try:
        return _native(_Reader(values, keys).of(parsed(text)))
    except (Missing, ArithmeticError):
        return None


def _native(found: Any) -> Any:
    """Numbers as JSON has them: of 15 significant digits, whole ones as such."""
    if isinstance(found, list):
        return [_native(each) for each in found]
    if not isinstance(found, Decimal):
        return found
    return float(f"{found:.15g}")


def _exact(found: Any) -> Any:
    """A number as it is written, so that sums of decimals come out as on paper."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return found
    return Decimal(repr(found))


class _Reader:
    """Walks a tree over the values of one document."""

    def __init__(self, values: Values, keys: Any) -> None:
        self._values, self._keys = values, keys

    def of(self, node: ast.expr) -> Any:
        read = getattr(self, f"_{type(node).__name__.lower()}", None)
        if read is None:
            raise BadExpression(ast.dump(node))
        return read(node)

    def _constant(self, node: ast.Constant) -> Any:
        return _exact(node.value)

    def _name(self, node: ast.Name) -> Any:
        if node.id in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[node.id]
        if node.id not in self._keys:
            return node.id
        value = plain(self._values.get(node.id))
        if value is None:
            raise Missing(node.id)
        return _exact(value)

    def _list(self, node: ast.List) -> list[Any]:
        return [self.of(each) for each in node.elts]

    def _boolop(self, node: ast.BoolOp) -> bool:
        is_and = isinstance(node.op, ast.And)
        for each in node.values:
            try:
                found = bool(self.of(each))
            except Missing:
                found = False
            if found is not is_and:
                return found
        return is_and

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Not):
            return not self.of(node.operand)
        if isinstance(node.op, ast.USub):
            return -self.of(node.operand)
        raise BadExpression(ast.dump(node))

    def _binop(self, node: ast.BinOp) -> Any:
        does = _BINARY.get(type(node.op))
        if does is None:
            raise BadExpression(ast.dump(node))
        return does(self.of(node.left), self.of(node.right))

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.of(node.body) if self.of(node.test) else self.of(node.orelse)

    def _compare(self, node: ast.Compare) -> bool:
        if len(node.ops) != 1:
            raise BadExpression(ast.dump(node))
        left, right = node.left, node.comparators[0]
        if isinstance(right, ast.Name) and right.id == "null" and isinstance(left, ast.Name):
            there = filled(self._values.get(left.id))
            return there if isinstance(node.ops[0], ast.NotEq) else not there
        if isinstance(node.ops[0], ast.NotEq) and isinstance(left, ast.Name) and not self._there(left.id):
            return True  # what is not there is not that
        does = _COMPARE.get(type(node.ops[0]))
        if does is None:
            raise BadExpression(ast.dump(node))
        return does(self.of(left), self.of(right))

    def _there(self, name: str) -> bool:
        return name not in self._keys or filled(self._values.get(name))

    def _call(self, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        does = _FUNCTIONS.get(name)
        if does is None:
            raise BadExpression(name)
        return does(self, node.args)

    def raw(self, node: ast.expr) -> Any:
        """The value as it is stored; None when it is not there."""
        return self._values.get(node.id) if isinstance(node, ast.Name) else self.of(node)


def plain(value: Any) -> Any:
    """The number within a measured value or a quantity; every other value as it is."""
    return value.get("value") if isinstance(value, dict) and "value" in value else value


def _points(value: Any) -> Sequence[Mapping[str, Any]]:
    inner = plain(value)
    return inner if isinstance(inner, list) else ()


def _at_soc(reader: _Reader, args: list[ast.expr]) -> Any:
    wanted = reader.of(args[1])
    for point in _points(reader.raw(args[0])):
        if point.get("soc_pct") == wanted:
            return _exact(point["power_w"])
    raise Missing


def _has_soc(reader: _Reader, args: list[ast.expr]) -> bool:
    wanted = reader.of(args[1])
    return any(point.get("soc_pct") == wanted for point in _points(reader.raw(args[0])))


def _share(reader: _Reader, args: list[ast.expr]) -> Decimal:
    """The mass share of one metal in a list of heavy metals, in per cent; not listed is none."""
    metal = reader.of(args[1])
    listed = reader.raw(args[0]) or []
    return sum((_exact(each["concentration_pct"]) for each in listed if each.get("metal") == metal), Decimal())


def _total(reader: _Reader, args: list[ast.expr]) -> Decimal:
    """The sum of one field over the rows of several lists."""
    field = reader.of(args[0])
    rows = [row for arg in args[1:] for row in (reader.raw(arg) or [])]
    return sum((_exact(row[field]) for row in rows if row.get(field) is not None), Decimal())


def _band(reader: _Reader, args: list[ast.expr]) -> Any:
    """`band(x, 10, low, 20, middle, high)`: the word of the first limit that x does not exceed, else the last."""
    value = reader.of(args[0])
    limits = args[1:-1]
    for limit, word in zip(limits[::2], limits[1::2], strict=True):
        if value <= reader.of(limit):
            return reader.of(word)
    return reader.of(args[-1])


_FUNCTIONS: dict[str, Callable[[_Reader, list[ast.expr]], Any]] = {
    "abs": lambda reader, args: abs(reader.of(args[0])),
    "tenth": lambda reader, args: reader.of(args[0]).quantize(Decimal("0.1"), ROUND_HALF_UP),
    "at_soc": _at_soc,
    "has_soc": _has_soc,
    "share": _share,
    "total": _total,
    "band": _band,
}
