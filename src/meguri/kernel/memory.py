"""What a process remembers of things that it can work out again."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """The last `most` things worked out, each valid only under the stamp under which it was."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Key, tuple[object, Value]] = {}

    def recall(self, key: Key, stamp: object) -> Value | None:
        """What was kept of `key` under an equal stamp, or None."""
        known = self._known.get(key)
        return known[1] if known is not None and known[0] == stamp else None

    def keep(self, key: Key, stamp: object, value: Value) -> Value:
        """Remembers `value`; the oldest makes room."""
        self._known.pop(key, None)
        if len(self._known) >= self._most:
            del self._known[next(iter(self._known))]
        self._known[key] = (stamp, value)
        return value
