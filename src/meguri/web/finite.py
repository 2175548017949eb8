"""Numbers of a body that are none: `"NaN"` and `"Infinity"` written as text are decimals to the decoder, and would be kept."""

import math
import re
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
from litestar import Request

from meguri.kernel.errors import FieldError, Invalid, Refusal
from meguri.kernel.text import Text

_SAYS_SO = re.compile(rb'"\s*[+-]?s?(?:nan|inf(?:inity)?)[0-9]*\s*"', re.IGNORECASE)
UseCase = Callable[..., Awaitable[Any]]
FINITE = Text(ja="有限の数値を指定してください。", en="This has to be a finite number.")


async def finite(request: Request[Any, Any, Any], use_case: UseCase, args: tuple[Any, ...], kwargs: Any) -> UseCase:
    """`use_case`, which does nothing where a number of the JSON body is none; a body without such a word costs one search.

    The use case's own refusal comes first, for it knows more; what it would have kept or failed at raises Invalid.
    """
    if request.content_type[0] != "application/json" or not _SAYS_SO.search(await request.body()):
        return use_case
    given = (*args, *kwargs.values())
    found = tuple(FieldError(field, FINITE, {}) for value in given for field in _endless(value, ""))

    async def refused(*args: Any, **kwargs: Any) -> Any:
        try:
            await use_case(*args, **kwargs)
        except (Refusal, psycopg.OperationalError):  # the second is tried again
            raise
        except Exception as error:
            raise Invalid(fields=found) from error
        raise Invalid(fields=found)

    return refused if found else use_case


def _endless(value: object, at: str) -> Iterator[str]:
    """Where numbers stand that are none."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            yield at
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield at
    elif isinstance(value, msgspec.Struct):
        for name, wire in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
            yield from _endless(getattr(value, name), f"{at}.{wire}" if at else wire)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _endless(inner, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _endless(inner, f"{at}[{place}]")
