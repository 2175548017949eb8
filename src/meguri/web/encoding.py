"""JSON out: as msgspec writes it, but exact numbers in their plainest form (`10`, `0.5`), as text."""

from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Response
from litestar.enums import MediaType
from litestar.types import Serializer

from meguri.kernel.numbers import plain

_encoder = msgspec.json.Encoder()


def to_json(content: object) -> bytes:
    """`content` as JSON; Decimals as plain text, never `1E+2` or `10.00`."""
    if isinstance(content, msgspec.Struct) and not _may_hold_decimals(type(content)):
        return _encoder.encode(content)
    return _encoder.encode(_plain(msgspec.to_builtins(content, builtin_types=(Decimal,), str_keys=True)))


def _plain(content: Any) -> Any:
    if isinstance(content, Decimal):
        return plain(content)
    if isinstance(content, dict):
        return {key: _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    return content


@lru_cache(maxsize=2048)
def _may_hold_decimals(kind: type[msgspec.Struct]) -> bool:
    """Whether a Decimal may be anywhere within the Struct; unsure counts as yes."""
    seen: set[type] = set()
    return _holds(msgspec.inspect.type_info(kind), seen)


def _holds(info: Any, seen: set[type]) -> bool:
    if isinstance(info, msgspec.inspect.DecimalType | msgspec.inspect.AnyType | msgspec.inspect.CustomType):
        return True
    if isinstance(info, msgspec.inspect.StructType):
        if info.cls in seen:
            return False
        seen.add(info.cls)
        return any(_holds(field.type, seen) for field in info.fields)
    inner = [getattr(info, name, None) for name in ("item_type", "value_type", "type")]
    inner += [*getattr(info, "types", ()), *getattr(info, "item_types", ())]
    return any(_holds(part, seen) for part in inner if isinstance(part, msgspec.inspect.Type))


class JsonResponse(Response[Any]):
    """The answer class of the application: JSON by `to_json`, all else as Litestar does."""

    def render(self, content: Any, media_type: str, enc_hook: Serializer | None = None) -> bytes:
        """The body in bytes."""
        is_json = media_type.startswith(MediaType.JSON) or media_type.partition(";")[0].endswith("+json")
        if is_json and not isinstance(content, bytes | msgspec.Raw) and content is not None:
            return to_json(content)
        return super().render(content, media_type, enc_hook) if enc_hook else super().render(content, media_type)
