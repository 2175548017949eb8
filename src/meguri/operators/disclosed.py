"""What is disclosed: to whom, since when, by whom and why. Reading alone; `disclosure.py` changes it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.operators import store, store_sharing, subjects
from meguri.operators.catalogue import disclosure_rules
from meguri.operators.errors import DisclosureNotFound
from meguri.operators.model import Disclosure, DisclosureLine, DisclosureVersion, Grant, GroupState
from meguri.storage import Transaction

Pair = tuple[UUID, UUID]
NOTHING: frozenset[str] = frozenset()


async def released(tx: Transaction, operator_id: UUID, pairs: Iterable[Pair]) -> dict[Pair, frozenset[str]]:
    """What `operator_id` discloses: the open groups of each (trace_id, to_operator_id); none is an empty set.

    One statement. Within `tx.across()` when the reader is not the owner: else the answer is that nothing is open.
    """
    asked = list(dict.fromkeys(pairs))
    found = await _released(tx, [(operator_id, trace_id, reader) for trace_id, reader in asked])
    return {pair: found.get((operator_id, *pair), NOTHING) for pair in asked}


async def opened_since_across(
    tx: Transaction, group: str, since: datetime, owner: UUID | None = None
) -> list[tuple[UUID, UUID, UUID]]:
    """(owner, own part, reader) of what is open and was opened since then, newest first; of all owners or one."""
    async with tx.across():
        return await store_sharing.opened_since(tx, group, since, owner)


async def released_to(tx: Transaction, to_operator_id: UUID, pairs: Iterable[Pair]) -> dict[Pair, frozenset[str]]:
    """What `to_operator_id` may read: the open groups of each (owner_operator_id, trace_id); none is an empty set.

    One statement for any number of owners, under the role that reaches across companies.
    """
    asked = list(dict.fromkeys(pairs))
    async with tx.across():
        found = await _released(tx, [(owner, trace_id, to_operator_id) for owner, trace_id in asked])
    return {pair: found.get((*pair, to_operator_id), NOTHING) for pair in asked}


async def released_between(
    tx: Transaction, triples: Iterable[tuple[UUID, UUID, UUID]]
) -> dict[tuple[UUID, UUID, UUID], frozenset[str]]:
    """The open groups of each (owner_operator_id, trace_id, to_operator_id); none is an empty set.

    One statement for any number of owners and readers, under the role that reaches across companies.
    """
    asked = list(dict.fromkeys(triples))
    async with tx.across():
        found = await _released(tx, asked)
    return {triple: found.get(triple, NOTHING) for triple in asked}


async def _released(
    tx: Transaction, triples: Sequence[tuple[UUID, UUID, UUID]]
) -> dict[tuple[UUID, UUID, UUID], frozenset[str]]:
    found: dict[tuple[UUID, UUID, UUID], set[str]] = {}
    for owner, trace_id, reader, group in await store_sharing.released(tx, triples) if triples else []:
        found.setdefault((owner, trace_id, reader), set()).add(group)
    return {triple: frozenset(groups) for triple, groups in found.items()}


async def grants_of(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[Disclosure]:
    """All that the operator decided about one of its parts, by company id; empty: nothing was ever decided."""
    by_reader: dict[UUID, list[Grant]] = {}
    for grant in await store_sharing.grants_of_parts(tx, scope, [trace_id]):
        by_reader.setdefault(grant.to_operator_id, []).append(grant)
    return [as_disclosure(trace_id, reader, grants) for reader, grants in by_reader.items()]


async def get(tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID) -> Disclosure:
    """What the operator decided about one part and one company; version 0 and nothing open if never."""
    grants = await store_sharing.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    return as_disclosure(trace_id, to_operator_id, grants)


async def line_of(tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID) -> DisclosureLine:
    """One pair with its names: decided, or joined by a live request and not decided yet. Raises DisclosureNotFound."""
    found = await who_sees_what(tx, scope, to_operator_id=to_operator_id, trace_id=trace_id, open_only=False, limit=1)
    if found.items:
        return found.items[0]
    if to_operator_id == scope.operator_id or not await subjects.related(tx, scope, trace_id, to_operator_id):
        raise DisclosureNotFound
    company = next(iter(await store.by_ids(tx, scope, [to_operator_id])), None)
    return DisclosureLine(
        disclosure=as_disclosure(trace_id, to_operator_id, []),
        to_name=company.name if company else "",
        to_open_operator_id=company.open_operator_id if company else None,
        trace_name=(await subjects.part_names(tx, scope, {trace_id})).get(trace_id),
    )


async def who_sees_what(
    tx: Transaction,
    scope: OperatorScope,
    *,
    to_operator_id: UUID | None = None,
    trace_id: UUID | None = None,
    open_only: bool = True,
    limit: int = 100,
    cursor: str | None = None,
) -> Page[DisclosureLine]:
    """Every part that the operator discloses and to whom, by the company's name; with the closed ones if so asked.

    Raises BadCursor.
    """
    pairs = await store_sharing.pairs_page(
        tx,
        scope,
        to_operator_id=to_operator_id,
        trace_id=trace_id,
        open_only=open_only,
        start=_place(cursor) if cursor else None,
        rows=limit + 1,
    )
    shown, after = pairs[:limit], None
    if len(pairs) > limit:
        first = pairs[limit]
        after = encode_cursor(first.search_name, str(first.to_operator_id), str(first.trace_id))
    return Page(items=await _lines(tx, scope, shown), next_cursor=after)


async def _lines(
    tx: Transaction, scope: OperatorScope, shown: list[store_sharing.DisclosedPair]
) -> list[DisclosureLine]:
    if not shown:
        return []
    grants: dict[Pair, list[Grant]] = {}
    for grant in await store_sharing.grants_of_pairs(
        tx, scope, [(pair.trace_id, pair.to_operator_id) for pair in shown]
    ):
        grants.setdefault((grant.trace_id, grant.to_operator_id), []).append(grant)
    names = await subjects.part_names(tx, scope, {pair.trace_id for pair in shown})
    return [
        DisclosureLine(
            disclosure=as_disclosure(pair.trace_id, pair.to_operator_id, grants[pair.trace_id, pair.to_operator_id]),
            to_name=pair.to_name,
            to_open_operator_id=pair.to_open_operator_id,
            trace_name=names.get(pair.trace_id),
        )
        for pair in shown
    ]


def _place(cursor: str) -> tuple[str, UUID, UUID]:
    search_name, to, trace = decode_cursor(cursor, 3)
    to_operator_id, trace_id = parse_uuid(to), parse_uuid(trace)
    if to_operator_id is None or trace_id is None:
        raise BadCursor
    return search_name, to_operator_id, trace_id


async def versions(
    tx: Transaction,
    scope: OperatorScope,
    trace_id: UUID,
    to_operator_id: UUID,
    *,
    limit: int = 100,
    cursor: str | None = None,
) -> Page[DisclosureVersion]:
    """The life of one pair, newest first: what was opened, closed, withdrawn, by whom and why. Raises BadCursor."""
    start = None
    if cursor:
        version, group = decode_cursor(cursor, 2)
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise BadCursor
        start = (int(version), group)
    found = await store_sharing.disclosure_versions(tx, scope, trace_id, to_operator_id, start, limit + 1)
    after = None
    if len(found) > limit:
        after = encode_cursor(str(found[limit].version), found[limit].item_group)
    return Page(items=found[:limit], next_cursor=after)


def open_groups(states: Mapping[str, bool]) -> tuple[str, ...]:
    """The groups that are open, in alphabetical order."""
    return tuple(sorted(group for group, flag in states.items() if flag))


def open_of(grants: list[Grant]) -> tuple[str, ...]:
    """The groups that these decisions open, in alphabetical order."""
    return open_groups({grant.item_group: grant.released for grant in grants})


def version_of(grants: list[Grant]) -> int:
    """How often one pair was changed; 0: nothing was ever decided."""
    return max((grant.version for grant in grants), default=0)


def as_disclosure(trace_id: UUID, to_operator_id: UUID, grants: list[Grant]) -> Disclosure:
    """Every group of the rules, in their order; a group that the rules no longer know comes last."""
    decided = {grant.item_group: grant for grant in grants}
    order = [*disclosure_rules().groups, *(group for group in decided if group not in disclosure_rules().groups)]
    states = [_state(group, decided.get(group)) for group in order]
    return Disclosure(trace_id=trace_id, to_operator_id=to_operator_id, version=version_of(grants), groups=states)


def _state(group: str, grant: Grant | None) -> GroupState:
    if grant is None:
        return GroupState(item_group=group, released=False)
    return GroupState(
        item_group=group, released=grant.released, since=grant.since, actor=grant.actor, reason=grant.reason
    )
