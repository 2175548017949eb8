"""What the company waits for, or what waits for it, beyond this node: rooms to the right know it, and tell it here.

As with disclosure's subjects, this room knows none of them: they introduce themselves with `learn`.
"""

from typing import Protocol
from uuid import UUID

import msgspec

from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.storage.transaction import Transaction


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the work list, in the reader's language. `mine`: it is the reader's turn, else somebody else's."""

    mine: bool
    kind: str
    status: str
    title: str
    line: str
    href: str


class Waits(Protocol):
    """A room that knows of such waiting."""

    async def of_company(self, tx: Transaction, scope: OperatorScope, language: Language) -> list[Wait]:
        """All of it."""
        ...

    async def of_request(self, tx: Transaction, scope: OperatorScope, trade_id: UUID, language: Language) -> str | None:
        """Why a request has not gone on its way yet; None: nothing keeps it."""
        ...


_known: list[Waits] = []


def learn(one: Waits) -> None:
    """Introduce a room that knows; twice the same kind counts once."""
    if all(type(other) is not type(one) for other in _known):
        _known.append(one)


async def of_company(tx: Transaction, scope: OperatorScope, language: Language) -> list[Wait]:
    """Everything that is waited for beyond this node."""
    return [wait for one in _known for wait in await one.of_company(tx, scope, language)]


async def of_request(tx: Transaction, scope: OperatorScope, trade_id: UUID, language: Language) -> str | None:
    """Why a request has not gone on its way yet."""
    for one in _known:
        why = await one.of_request(tx, scope, trade_id, language)
        if why is not None:
            return why
    return None
