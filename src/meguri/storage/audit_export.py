"""The hourly roots outside the database: a file that grows by one line each, to be kept where the database's owner has no hand.

Whoever alters history and makes all chains and roots anew, consistent in themselves, cannot alter what was carried away before.
A line: `{"at": …, "chains": …, "root": …}`, `root` in hexadecimal, by `at`.
"""

import os
from datetime import datetime
from pathlib import Path

import msgspec

from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)
NAME = "audit-roots.jsonl"


class Root(msgspec.Struct, frozen=True):
    """One root as it was carried away."""

    at: datetime
    chains: int
    root: str


class BadRoots(Exception):
    """A line of the file is none of a root; the message says which."""


async def export_roots(tx: Transaction, file: Path) -> int:
    """Append the roots that `file` lacks, forced to disk; how many. Raises OSError, BadRoots."""
    known = _last_in(file)
    missing = [root for root in await _kept(tx) if not known or root.at > known[0].at]
    _append(file, missing)
    return len(missing)


def _last_in(file: Path) -> list[Root]:
    return read_roots(file)[-1:] if file.exists() else []


def _append(file: Path, roots: list[Root]) -> None:
    if not roots:
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("ab") as sink:
        for root in roots:
            sink.write(msgspec.json.encode(root) + b"\n")
        sink.flush()
        os.fsync(sink.fileno())


async def roots_that_differ(tx: Transaction, file: Path) -> list[datetime]:
    """The moments for which the database says something else than `file`, or nothing. Raises OSError, BadRoots."""
    kept = {root.at: root for root in await _kept(tx)}
    return [root.at for root in read_roots(file) if kept.get(root.at) != root]


def read_roots(file: Path) -> list[Root]:
    """The roots in `file`. Raises OSError, BadRoots."""
    found = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            found.append(msgspec.json.decode(line, type=Root))
        except msgspec.MsgspecError as error:
            raise BadRoots(f"line {number}: {error}") from error
    return found


async def _kept(tx: Transaction) -> list[Root]:
    async with tx.across():
        rows: list[tuple[datetime, bytes, int]] = await tx.all(queries.audit_roots)
    return [Root(at, chains, root.hex()) for at, root, chains in rows]
