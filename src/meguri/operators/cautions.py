"""What a discloser is warned of before others read a value. A warning never forbids: the company decides itself.

Rooms that know what a value gives away register who tells with `caution_by`; nobody is warned until one does.
"""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage import Transaction

Kept = TypeVar("Kept")


class Caution(msgspec.Struct, frozen=True, kw_only=True):
    """One warning.

    code            what it is about, for machines (`derivable_child`)
    kind            `total`: by what is read;  `change`: by comparing it with what was read before
    item_group      the group of items that would give it away
    to_operator_id  who could work it out
    total_of        the own part whose total gives it away
    trace_id        the own part whose figure that is;  partner_id: the supplier who answered it
    columns         which figures of it
    message         the sentence for people, in both languages
    """

    code: str
    kind: str
    item_group: str
    to_operator_id: UUID
    total_of: UUID
    trace_id: UUID
    partner_id: UUID | None
    columns: list[str]
    message: Text


class DisclosureReview(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of one disclosure would do, and what the company is warned of; nothing is changed.

    opens, closes  groups that the partner newly can, or no longer can, read
    cautions       what the partner could work out from all that would be open
    """

    opens: list[str]
    closes: list[str]
    cautions: list[Caution]


class Cautioner(Protocol):
    """Who knows what a value gives away."""

    async def of_opening(
        self, tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID, groups: Collection[str]
    ) -> list[Caution]:
        """What the company could work out while these groups of the own part are open to it."""

    async def of_part(self, tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[Caution]:
        """What readers of an own part, and of those that it goes into, could work out from what is told to them now."""

    async def of_change(self, tx: Transaction, scope: OperatorScope, trace_id: UUID, since: datetime) -> list[Caution]:
        """What they could by comparing what is told to them now with before, as far as it changed from `since` on."""

    async def heard(self, tx: Transaction, scope: OperatorScope, found: list[Caution]) -> None:
        """A person of the company has read these and goes on: it need not be told of them again."""


class Cautioned(Exception):
    """Raised by a page within its transaction, so that nothing is kept until the person has read the warnings."""

    def __init__(self, found: list[Caution]) -> None:
        super().__init__("not confirmed yet")
        self.found = found


_cautioners: list[Cautioner] = []


def caution_by(cautioner: Cautioner) -> None:
    """Register who else warns. Called when a room is loaded."""
    if all(type(cautioner) is not type(known) for known in _cautioners):
        _cautioners.append(cautioner)


async def of_opening(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID, groups: Collection[str]
) -> list[Caution]:
    """What the company could work out while these groups of the own part are open to it."""
    found = [await one.of_opening(tx, scope, trace_id, to_operator_id, groups) for one in _cautioners if groups]
    return [caution for some in found for caution in some]


async def heard(tx: Transaction, scope: OperatorScope, found: list[Caution]) -> None:
    """A person of the company has read these and goes on: it need not be told of them again."""
    if found:
        for one in _cautioners:
            await one.heard(tx, scope, found)


async def asking_first(
    tx: Transaction,
    scope: OperatorScope,
    trace_id: UUID | None,
    write: Callable[[], Awaitable[Kept]],
    *,
    confirmed: bool,
) -> Kept:
    """Makes a change of an own part as `watched`, for a page. Raises Cautioned until the person has read the warnings."""
    kept, found = await watched(tx, scope, trace_id, write)
    if found and not confirmed:
        raise Cautioned(found)
    await heard(tx, scope, found)
    return kept


async def watched(
    tx: Transaction, scope: OperatorScope, trace_id: UUID | None, write: Callable[[], Awaitable[Kept]]
) -> tuple[Kept, list[Caution]]:
    """Makes a change of an own part (None: a new one) and says what readers could work out because of it."""
    since = clock.now()
    if trace_id is None:
        return await write(), []
    before = [caution for one in _cautioners for caution in await one.of_part(tx, scope, trace_id)]
    kept = await write()
    after = [caution for one in _cautioners for caution in await one.of_part(tx, scope, trace_id)]
    fresh = [caution for caution in after if caution not in before]
    changed = [caution for one in _cautioners for caution in await one.of_change(tx, scope, trace_id, since)]
    return kept, [*fresh, *changed]
