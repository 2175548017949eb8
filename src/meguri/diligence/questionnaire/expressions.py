"""Gates: small expressions over answers. Only names of questions, constants, comparison, `and`, `or`, `not`, `in`.

`policy == true and country in ["CD", "ZM"]`. A question that is not answered is `none`; a comparison with it is false
except `== none`. Parsed into a tree of allowed nodes and walked: nothing of it is ever run as code.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_WORDS = {"true": True, "false": False, "none": None}
_LONGEST = 500


class BadExpression(ValueError):
    """An expression that holds anything but what is allowed; the message says what."""


def parse(text: str) -> ast.expr:
    """The tree of an expression. Raises BadExpression."""
    if len(text) > _LONGEST:
        raise BadExpression("the expression is too long")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadExpression(f"“{text}” is not an expression") from error
    _check(tree)
    return tree


def _check(node: ast.expr) -> None:
    match node:
        case ast.BoolOp(values=values):
            _check_all(values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand)
        case ast.Compare(left=left, ops=ops, comparators=comparators) if all(type(op) in _COMPARE for op in ops):
            _check_all([left, *comparators])
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            _check_all(elements)
        case ast.Name():
            pass
        case ast.Constant(value=str() | int() | float() | bool() | None):
            pass
        case _:
            raise BadExpression(f"“{ast.unparse(node)[:80]}” is not allowed in an expression")


def _check_all(nodes: list[ast.expr]) -> None:
    for node in nodes:
        _check(node)


def names_in(text: str) -> set[str]:
    """Keys of the questions that an expression asks about. Raises BadExpression."""
    return {node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name)} - set(_WORDS)


def holds(text: str, answers: Mapping[str, Any]) -> bool:
    """Whether the expression is true of these answers. Raises BadExpression."""
    return bool(_value(parse(text), answers))


def _value(node: ast.expr, answers: Mapping[str, Any]) -> Any:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(one, answers) for one in values)
        case ast.BoolOp(values=values):
            return any(_value(one, answers) for one in values)
        case ast.UnaryOp(operand=operand):
            return not _value(operand, answers)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            return _compare(left, ops, comparators, answers)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_value(one, answers) for one in elements]
        case ast.Name(id=name):
            return _WORDS[name] if name in _WORDS else answers.get(name)
        case ast.Constant(value=value):
            return value
    raise BadExpression(ast.unparse(node))


def _compare(left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr], answers: Mapping[str, Any]) -> bool:
    here = _value(left, answers)
    for op, other in zip(ops, others, strict=True):
        there = _value(other, answers)
        try:
            if not _COMPARE[type(op)](here, there):
                return False
        except TypeError:  # unlike kinds, or no answer: not comparable, so not true
            return False
        here = there
    return True
