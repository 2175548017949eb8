"""Lists and searches: own passports, and those of others that a grant or an office opens. Filters obey the lattice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.passport import dealings_store, errors, store
from meguri.passport.access import LATTICE, Audience, Classes, narrowed, sees
from meguri.passport.catalogue import AccessClass
from meguri.passport.dealings import GrantBody
from meguri.passport.kinds import kinds
from meguri.passport.lifecycle import State
from meguri.passport.model import Brief, LifeEvent
from meguri.passport.service import standing
from meguri.passport.store import Wanted
from meguri.storage import Transaction

EXACT_UP_TO = 10_000


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of passports; `rest` is where the next one begins.

    total  how many there are, up to 10,000; where not `exact`, how many there are at most
    """

    items: list[Brief]
    rest: tuple[datetime, UUID] | None
    total: int
    exact: bool = True


async def search(
    tx: Transaction,
    scope: OperatorScope,
    wanted: Wanted,
    *,
    of: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 100,
) -> Found:
    """Passports, the latest change first: one's own, or those of another operator (`of`) that one may see more of.

    Of another's only what a grant covers, or, for an authority, all that is published.
    Raises AuthenticationRequired, ForbiddenFilter for a filter by what the caller may not see, UnknownAttribute.
    """
    if standing.is_anonymous(scope):
        raise errors.AuthenticationRequired
    owner = of or scope.operator_id
    classes, only = await _reach(tx, scope, owner)
    refuse_filters(wanted, classes, own=owner == scope.operator_id)
    narrowed_to = msgspec.structs.replace(wanted, only=only) if only is not None else wanted
    if only is not None and not only:
        return Found(items=[], rest=None, total=0)
    async with tx.across():
        rows = await store.listed(tx, owner, narrowed_to, after=after, count=limit + 1)
        total = await store.counted(tx, owner, narrowed_to, EXACT_UP_TO)
    if owner != scope.operator_id:
        rows = [_as_seen(each, classes) for each in rows if each.state not in (State.DRAFT, State.INVALID)]
    rest = (rows[limit - 1].updated_at, rows[limit - 1].passport_id) if len(rows) > limit else None
    items = rows[:limit]
    if after is None and rest is None:  # the page is all there is
        return Found(items=items, rest=rest, total=len(items))
    exact = only is None and not _narrows(wanted)
    return Found(items=items, rest=rest, total=total if only is None else len(only), exact=exact)


def _narrows(wanted: Wanted) -> bool:
    """Whether a filter is set that counting does not look at: it would have to read every passport."""
    return bool(wanted.filters) or any(
        each is not None for each in (wanted.q, wanted.kind, wanted.life, wanted.updated_since, wanted.score_lt)
    )


async def _reach(tx: Transaction, scope: OperatorScope, owner: UUID) -> tuple[Classes, tuple[UUID, ...] | None]:
    """The classes by which the caller may filter an operator's passports, and which of these passports he may list."""
    if owner == scope.operator_id:
        return LATTICE[Audience.OWNER], None
    if await standing.is_authority(tx, scope):
        return LATTICE[Audience.AUTHORITY], None
    classes: set[AccessClass] = set(LATTICE[Audience.PUBLIC])
    covered: set[UUID] = set()
    now = clock.now()
    for dealing in await dealings_store.between(tx, scope.operator_id, "grant", owner):
        grant = msgspec.convert(dealing.body, GrantBody)
        if dealing.state != "active" or not dealing.valid_from <= now < dealing.valid_until:
            continue
        classes |= narrowed(grant.audience, grant.classes)
        if grant.scope.operator_id == owner:
            return frozenset(classes), None
        covered |= {*grant.scope.passports}
        for model in grant.scope.models:
            covered |= {each.passport_id for each in await _of_model(tx, owner, model)}
    return frozenset(classes), tuple(sorted(covered))


async def _of_model(tx: Transaction, owner: UUID, model: UUID) -> list[Brief]:
    async with tx.across():
        return await store.listed(tx, owner, Wanted(model=model), after=None, count=1000)


def refuse_filters(wanted: Wanted, classes: Classes, *, own: bool) -> None:
    """Raises ForbiddenFilter for a filter by what may not be seen, UnknownAttribute for what is no attribute."""
    if wanted.life is not None and AccessClass.P4 not in classes:
        raise errors.ForbiddenFilter
    if wanted.score_lt is not None and not own:
        raise errors.ForbiddenFilter
    for key in wanted.filters:
        attributes = [kind.attributes[key] for kind in kinds().values() if key in kind.attributes]
        if not attributes:
            raise errors.UnknownAttribute(where=key)
        if not all(sees(each, classes) for each in attributes):
            raise errors.ForbiddenFilter


def _as_seen(brief: Brief, classes: Classes) -> Brief:
    return msgspec.structs.replace(brief, score=None, life=brief.life if AccessClass.P4 in classes else None)


async def events_recorded(
    tx: Transaction,
    scope: OperatorScope,
    *,
    after: tuple[datetime, UUID] | None = None,
    since: datetime | None = None,
    limit: int = 1000,
) -> list[LifeEvent]:
    """An operator's own events in the order of recording, after one of them."""
    return await store.events_recorded(tx, scope.operator_id, after=after, since=since, count=limit)


def plain_filters(said: Mapping[str, str]) -> dict[str, Any]:
    """Filter values as they stand in documents: numbers and truth values by their own form, all else as text."""
    found: dict[str, Any] = {}
    for key, text in said.items():
        try:
            found[key] = msgspec.json.decode(text.encode())
        except msgspec.DecodeError:
            found[key] = text
    return found
