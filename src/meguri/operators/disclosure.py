"""Disclosure: which group of items of an operator's part which other company may read. Nothing is disclosed by default.

Other rooms decide nothing here; they ask `released` or `released_to` before they show a value, react to
`DisclosureChanged`, and call `open_by_default` and `revoke_all` when a request is linked or ends.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from meguri.kernel.errors import Invalid, Stale
from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.operators import checks, store
from meguri.operators.catalogue import disclosure_rules, groups_of_family
from meguri.operators.errors import DisclosureNotFound, DisclosureToSelf, NoRelation, UnknownItemGroup
from meguri.operators.events import DisclosureChanged
from meguri.operators.model import Disclosure, DisclosureLine, DisclosureVersion, Grant, GroupState, Notification
from meguri.storage import Transaction

Pair = tuple[UUID, UUID]
NOTHING: frozenset[str] = frozenset()
_FAR_ENOUGH = 1000  # rows of history that `undo` looks back over; beyond them a group counts as closed


class Subjects(Protocol):
    """What this room must know of parts and requests, and another room tells: `app` registers it with `learn`."""

    async def names(self, tx: Transaction, scope: OperatorScope, trace_ids: Collection[UUID]) -> dict[UUID, str]:
        """The names of the operator's own parts; unknown ones are left out."""

    async def related(self, tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID) -> bool:
        """Whether a live request of that company is linked to this own part."""

    def request_href(self, told: Notification, operator_id: UUID) -> str | None:
        """The page of the request that a notification to this operator is about, or None where there is none."""


class _Unlearnt:
    """Until a room tells: no part has a name, and no company is related to any (nothing can be opened)."""

    async def names(self, tx: Transaction, scope: OperatorScope, trace_ids: Collection[UUID]) -> dict[UUID, str]:
        return {}

    async def related(self, tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID) -> bool:
        return False

    def request_href(self, told: Notification, operator_id: UUID) -> str | None:
        return None


_subjects: Subjects = _Unlearnt()


def learn(subjects: Subjects) -> None:
    """Register who tells about parts and requests. Called once, by the composition root."""
    global _subjects
    _subjects = subjects


async def part_names(tx: Transaction, scope: OperatorScope, trace_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of the operator's own parts, as their room tells them; unknown ones are left out."""
    return await _subjects.names(tx, scope, trace_ids) if trace_ids else {}


def hrefs_of(told: Iterable[Notification]) -> dict[UUID, str]:
    """Where the requests that these notifications are about can be opened, by notification."""
    found = {one.notification_id: _subjects.request_href(one, one.operator_id) for one in told}
    return {notification_id: href for notification_id, href in found.items() if href is not None}


async def set_groups(
    tx: Transaction,
    scope: OperatorScope,
    trace_id: UUID,
    to_operator_id: UUID,
    groups: Mapping[str, bool],
    reason: str | None = None,
) -> Disclosure:
    """Open (true) or close (false) the named groups of the operator's part for one company; the others stay.

    The caller has made sure that the part is the operator's own and linked to a request of that company.
    `DisclosureChanged` is recorded only if what may be read changes. Raises UnknownItemGroup, DisclosureToSelf.
    """
    _refuse_unknown(groups)
    if to_operator_id == scope.operator_id:
        raise DisclosureToSelf
    await _lock(tx, scope.operator_id, trace_id, to_operator_id)
    grants = await store.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    return await _set(tx, scope, trace_id, to_operator_id, grants, groups, reason)


async def release(
    tx: Transaction,
    scope: OperatorScope,
    trace_id: UUID,
    to_operator_id: UUID,
    groups: Mapping[str, bool],
    reason: str | None = None,
    *,
    expected_version: int,
) -> Disclosure:
    """As `set_groups`, for a person or system of the operator itself.

    Opening needs a live request of that company linked to the part; closing is always possible.
    `expected_version` is the version that the writer read (If-Match), 0 where nothing was decided.
    Raises Invalid, UnknownItemGroup, DisclosureToSelf, Stale, NoRelation, DisclosureNotFound.
    """
    if broken := checks.shape_of_reason(reason):
        raise Invalid(fields=tuple(broken))
    _refuse_unknown(groups)
    if to_operator_id == scope.operator_id:
        raise DisclosureToSelf
    await _lock(tx, scope.operator_id, trace_id, to_operator_id)
    grants = await store.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    if _version(grants) != expected_version:
        raise Stale
    opened = {group for group, flag in groups.items() if flag} - set(_open(grants))
    if opened and not await _subjects.related(tx, scope, trace_id, to_operator_id):
        raise NoRelation
    if not grants and not opened and not await _subjects.related(tx, scope, trace_id, to_operator_id):
        raise DisclosureNotFound
    return await _set(tx, scope, trace_id, to_operator_id, grants, groups, reason)


async def _set(
    tx: Transaction,
    scope: OperatorScope,
    trace_id: UUID,
    to_operator_id: UUID,
    grants: list[Grant],
    groups: Mapping[str, bool],
    reason: str | None,
) -> Disclosure:
    present = {grant.item_group: grant.released for grant in grants}
    changes = {group: flag for group, flag in groups.items() if present.get(group) is not flag}
    if changes:
        await store.save_grants(tx, scope, trace_id, to_operator_id, changes, reason)
        after = _open_groups({**present, **changes})
        await _tell(tx, scope.operator_id, trace_id, to_operator_id, _open(grants), after)
        grants = await store.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    return _disclosure(trace_id, to_operator_id, grants)


async def undo(tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID, version: int) -> Disclosure:
    """Take back the operator's change that made `version`, as long as nothing was decided since.

    What was open before opens again only while a request links the two. Raises Stale, NoRelation.
    """
    lived = await store.disclosure_versions(tx, scope, trace_id, to_operator_id, (version, ""), _FAR_ENOUGH)
    undone = {one.item_group for one in lived if one.version == version}
    before: dict[str, bool] = dict.fromkeys(undone, False)
    for one in reversed(lived):
        if one.version < version and one.item_group in undone:
            before[one.item_group] = bool(one.released)
    return await release(tx, scope, trace_id, to_operator_id, before, expected_version=version)


async def open_by_default(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID, family: str = "CFP"
) -> None:
    """On linking: open the groups of this kind of request, if the operator has automatic disclosure switched on.

    Where the operator has decided anything about this pair and kind before, that stays.
    """
    wanted = groups_of_family(family, open_by_default=True)
    if not wanted or not (await store.settings(tx, scope)).auto_disclose:
        return
    await _lock(tx, scope.operator_id, trace_id, to_operator_id)
    grants = await store.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    if {grant.item_group for grant in grants}.isdisjoint(groups_of_family(family)):
        opened = dict.fromkeys(wanted, True)
        await _set(tx, scope, trace_id, to_operator_id, grants, opened, "system:auto_disclose")


async def revoke_all(
    tx: Transaction,
    owner_operator_id: UUID,
    trace_id: UUID,
    to_operator_id: UUID,
    reason: str = "system:request_cancelled",
) -> None:
    """Take back all that is open for one pair, because its last request ended.

    Afterwards nothing is decided, but for what the owner had closed on purpose. The owner need not be the one who acts:
    the change is made under the role that reaches across companies, and both companies' audits show it.
    `reason`: `system:request_cancelled`, `system:request_rejected`, `system:part_relinked`.
    """
    actor = tx.scope.actor if tx.scope else "system:operators"
    async with tx.across():
        await _lock(tx, owner_operator_id, trace_id, to_operator_id)
        before = _open(await store.grants_of_pair(tx, owner_operator_id, trace_id, to_operator_id))
        if before:
            await store.withdraw_grants(tx, owner_operator_id, trace_id, to_operator_id, actor=actor, reason=reason)
    if before:
        await _tell(tx, owner_operator_id, trace_id, to_operator_id, before, ())


async def released(tx: Transaction, operator_id: UUID, pairs: Iterable[Pair]) -> dict[Pair, frozenset[str]]:
    """What `operator_id` discloses: the open groups of each (trace_id, to_operator_id); none is an empty set.

    One statement. Within `tx.across()` when the reader is not the owner: else the answer is that nothing is open.
    """
    asked = list(dict.fromkeys(pairs))
    found = await _released(tx, [(operator_id, trace_id, reader) for trace_id, reader in asked])
    return {pair: found.get((operator_id, *pair), NOTHING) for pair in asked}


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
    for owner, trace_id, reader, group in await store.released(tx, triples) if triples else []:
        found.setdefault((owner, trace_id, reader), set()).add(group)
    return {triple: frozenset(groups) for triple, groups in found.items()}


async def grants_of(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[Disclosure]:
    """All that the operator decided about one of its parts, by company id; empty: nothing was ever decided."""
    by_reader: dict[UUID, list[Grant]] = {}
    for grant in await store.grants_of_parts(tx, scope, [trace_id]):
        by_reader.setdefault(grant.to_operator_id, []).append(grant)
    return [_disclosure(trace_id, reader, grants) for reader, grants in by_reader.items()]


async def get(tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID) -> Disclosure:
    """What the operator decided about one part and one company; version 0 and nothing open if never."""
    grants = await store.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    return _disclosure(trace_id, to_operator_id, grants)


async def line_of(tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID) -> DisclosureLine:
    """One decided pair with its names. Raises DisclosureNotFound."""
    found = await who_sees_what(tx, scope, to_operator_id=to_operator_id, trace_id=trace_id, open_only=False, limit=1)
    if not found.items:
        raise DisclosureNotFound
    return found.items[0]


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
    pairs = await store.pairs_page(
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


async def _lines(tx: Transaction, scope: OperatorScope, shown: list[store.DisclosedPair]) -> list[DisclosureLine]:
    if not shown:
        return []
    grants: dict[Pair, list[Grant]] = {}
    for grant in await store.grants_of_pairs(tx, scope, [(pair.trace_id, pair.to_operator_id) for pair in shown]):
        grants.setdefault((grant.trace_id, grant.to_operator_id), []).append(grant)
    names = await _subjects.names(tx, scope, {pair.trace_id for pair in shown})
    return [
        DisclosureLine(
            disclosure=_disclosure(pair.trace_id, pair.to_operator_id, grants[pair.trace_id, pair.to_operator_id]),
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
    found = await store.disclosure_versions(tx, scope, trace_id, to_operator_id, start, limit + 1)
    after = None
    if len(found) > limit:
        after = encode_cursor(str(found[limit].version), found[limit].item_group)
    return Page(items=found[:limit], next_cursor=after)


async def _lock(tx: Transaction, owner: UUID, trace_id: UUID, to_operator_id: UUID) -> None:
    await store.lock(tx, None, "disclosure", owner, trace_id, to_operator_id)


async def _tell(
    tx: Transaction,
    owner: UUID,
    trace_id: UUID,
    to_operator_id: UUID,
    before: tuple[str, ...],
    after: tuple[str, ...],
) -> None:
    if before != after:
        await tx.record(
            DisclosureChanged(
                operator_id=owner, trace_id=trace_id, to_operator_id=to_operator_id, before=before, after=after
            )
        )


def _refuse_unknown(groups: Mapping[str, bool]) -> None:
    rules = disclosure_rules().groups
    for group in groups:
        if group not in rules:
            raise UnknownItemGroup(value=group, choices=", ".join(rules))


def _open_groups(states: Mapping[str, bool]) -> tuple[str, ...]:
    return tuple(sorted(group for group, flag in states.items() if flag))


def _open(grants: list[Grant]) -> tuple[str, ...]:
    return _open_groups({grant.item_group: grant.released for grant in grants})


def _version(grants: list[Grant]) -> int:
    return max((grant.version for grant in grants), default=0)


def _disclosure(trace_id: UUID, to_operator_id: UUID, grants: list[Grant]) -> Disclosure:
    """Every group of the rules, in their order; a group that the rules no longer know comes last."""
    decided = {grant.item_group: grant for grant in grants}
    order = [*disclosure_rules().groups, *(group for group in decided if group not in disclosure_rules().groups)]
    states = [_state(group, decided.get(group)) for group in order]
    return Disclosure(trace_id=trace_id, to_operator_id=to_operator_id, version=_version(grants), groups=states)


def _state(group: str, grant: Grant | None) -> GroupState:
    if grant is None:
        return GroupState(item_group=group, released=False)
    return GroupState(
        item_group=group, released=grant.released, since=grant.since, actor=grant.actor, reason=grant.reason
    )
