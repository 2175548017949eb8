"""A chain of entries, each holding the hash of the one before: what was entered can't be changed or left out unseen."""

from collections.abc import Iterable, Mapping
from typing import Any

from meguri.proof import jcs

START = "0" * 64


def entry_hash(entry: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form without `hash`; keys without a value are left out (an empty object stays)."""
    return jcs.sha256_hex({key: value for key, value in entry.items() if key != "hash" and value is not None})


def chained(entries: Iterable[Mapping[str, Any]], previous: str = START, seq: int = 1) -> list[dict[str, Any]]:
    """`entries` with `seq`, `prev` and `hash`, after the entry with hash `previous`."""
    made: list[dict[str, Any]] = []
    for number, entry in enumerate(entries, seq):
        whole = {**entry, "seq": number, "prev": previous}
        previous = whole["hash"] = entry_hash(whole)
        made.append(whole)
    return made


def first_broken(entries: Iterable[Mapping[str, Any]], previous: str = START) -> int | None:
    """The number of the first entry that does not follow from the ones before, None when the chain holds."""
    expected: int | None = None
    for entry in entries:
        seq = int(entry["seq"])
        in_order = expected is None or seq == expected
        if not in_order or entry.get("prev") != previous or entry.get("hash") != entry_hash(entry):
            return seq
        previous, expected = entry["hash"], seq + 1
    return None
