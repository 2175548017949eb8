"""Disclosure: which group of items of an operator's part which other company may read. Nothing is disclosed by default.

Other rooms decide nothing here; they ask `released` or `released_to` before they show a value, react to
`DisclosureChanged`, and call `open_by_default` and `revoke_all` when a request is linked or ends.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from meguri.kernel.errors import Invalid, Stale
from meguri.kernel.scope import OperatorScope
from meguri.operators import cautions, checks, store, store_sharing, subjects
from meguri.operators.catalogue import disclosure_rules, groups_of_family
from meguri.operators.cautions import Caution, DisclosureReview
from meguri.operators.disclosed import (
    as_disclosure,
    get,
    grants_of,
    line_of,
    open_groups,
    open_of,
    opened_since_across,
    released,
    released_between,
    released_to,
    version_of,
    versions,
    who_sees_what,
)
from meguri.operators.errors import DisclosureNotFound, DisclosureToSelf, NoRelation, ProofTooLow, UnknownItemGroup
from meguri.operators.events import DisclosureChanged, DisclosuresChanged
from meguri.operators.model import PROOFS, Disclosure, Grant, Proof
from meguri.operators.subjects import Subjects, hrefs_of, learn, part_names
from meguri.storage import Transaction

__all__ = [
    "Subjects",
    "cautions_as_it_stands",
    "get",
    "grants_of",
    "hold_least_proof",
    "hrefs_of",
    "learn",
    "line_of",
    "open_by_default",
    "opened_since_across",
    "part_names",
    "release",
    "released",
    "released_between",
    "released_to",
    "review",
    "revoke_all",
    "set_groups",
    "undo",
    "versions",
    "who_sees_what",
]

_FAR_ENOUGH = 1000  # rows of history that `undo` looks back over; beyond them a group counts as closed


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
    `DisclosureChanged` is recorded only if what may be read changes. Raises UnknownItemGroup, DisclosureToSelf, ProofTooLow.
    """
    _refuse_unknown(groups)
    if to_operator_id == scope.operator_id:
        raise DisclosureToSelf
    await _lock(tx, scope.operator_id, trace_id, to_operator_id)
    grants = await store_sharing.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    if {group for group, flag in groups.items() if flag} - set(open_of(grants)):
        await _demand_proof(tx, scope, to_operator_id)
    return await _set(tx, scope, trace_id, to_operator_id, grants, groups, reason)


async def _demand_proof(tx: Transaction, scope: OperatorScope, to_operator_id: UUID) -> None:
    if await _too_low(tx, scope, (to_operator_id,)):
        raise ProofTooLow


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
    Raises Invalid, UnknownItemGroup, DisclosureToSelf, Stale, NoRelation, ProofTooLow, DisclosureNotFound.
    """
    if broken := checks.shape_of_reason(reason):
        raise Invalid(fields=tuple(broken))
    _refuse_unknown(groups)
    if to_operator_id == scope.operator_id:
        raise DisclosureToSelf
    await _lock(tx, scope.operator_id, trace_id, to_operator_id)
    grants = await store_sharing.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    if version_of(grants) != expected_version:
        raise Stale
    opened = {group for group, flag in groups.items() if flag} - set(open_of(grants))
    if opened and not await subjects.related(tx, scope, trace_id, to_operator_id):
        raise NoRelation
    if opened:
        await _demand_proof(tx, scope, to_operator_id)
    if not grants and not opened and not await subjects.related(tx, scope, trace_id, to_operator_id):
        raise DisclosureNotFound
    return await _set(tx, scope, trace_id, to_operator_id, grants, groups, reason)


async def review(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID, groups: Mapping[str, bool]
) -> DisclosureReview:
    """What `release` would do, and what the operator is warned of before it does; without any group: as it stands.

    Raises UnknownItemGroup, DisclosureToSelf, NoRelation.
    """
    _refuse_unknown(groups)
    if to_operator_id == scope.operator_id:
        raise DisclosureToSelf
    grants = await store_sharing.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    present = set(open_of(grants))
    opens = sorted({group for group, flag in groups.items() if flag} - present)
    closes = sorted({group for group, flag in groups.items() if not flag} & present)
    if not grants and not await subjects.related(tx, scope, trace_id, to_operator_id):
        raise NoRelation
    after = (present | set(opens)) - set(closes)
    warned = await cautions.of_opening(tx, scope, trace_id, to_operator_id, after)
    return DisclosureReview(opens=opens, closes=closes, cautions=warned)


async def cautions_as_it_stands(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID
) -> list[Caution]:
    """What the company could work out from all that is open to it of an own part."""
    grants = await store_sharing.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    return await cautions.of_opening(tx, scope, trace_id, to_operator_id, open_of(grants))


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
        await store_sharing.save_grants(tx, scope, [(trace_id, to_operator_id)], changes, reason)
        after = open_groups({**present, **changes})
        await _tell(tx, scope.operator_id, trace_id, to_operator_id, open_of(grants), after)
        grants = await store_sharing.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    return as_disclosure(trace_id, to_operator_id, grants)


async def undo(tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID, version: int) -> Disclosure:
    """Take back the operator's change that made `version`, as long as nothing was decided since.

    What was open before opens again only while a request links the two. Raises Stale, NoRelation.
    """
    lived = await store_sharing.disclosure_versions(tx, scope, trace_id, to_operator_id, (version, ""), _FAR_ENOUGH)
    undone = {one.item_group for one in lived if one.version == version}
    before: dict[str, bool] = dict.fromkeys(undone, False)
    for one in reversed(lived):
        if one.version < version and one.item_group in undone:
            before[one.item_group] = bool(one.released)
    return await release(tx, scope, trace_id, to_operator_id, before, expected_version=version)


async def close_below(tx: Transaction, scope: OperatorScope, least: Proof) -> None:
    """Close all that is open to companies whose identity is proved less well than `least`: all pairs at once."""
    below = _below(least)
    pairs = await store_sharing.open_below(tx, scope, below) if below else []
    low = await _too_low(tx, scope, {to for _, to in pairs}) if pairs else frozenset()
    if not low:
        return
    await store.lock(tx, None, "disclosure", scope.operator_id)
    opened: dict[tuple[UUID, UUID], list[Grant]] = {pair: [] for pair in pairs if pair[1] in low}
    for grant in await store_sharing.grants_of_pairs(tx, scope, list(opened)):
        opened[grant.trace_id, grant.to_operator_id].append(grant)
    alike: dict[tuple[str, ...], list[tuple[UUID, UUID]]] = {}
    for pair, grants in opened.items():
        alike.setdefault(open_of(grants), []).append(pair)
    changed = [
        DisclosureChanged(operator_id=scope.operator_id, trace_id=trace_id, to_operator_id=to, before=groups, after=())
        for groups, some in alike.items()
        for trace_id, to in some
        if groups
    ]
    for groups, some in alike.items():
        if groups:
            await store_sharing.save_grants(tx, scope, some, dict.fromkeys(groups, False), "system:least_proof")
    await tx.record_all(changed, DisclosuresChanged(many=tuple(changed)))


async def hold_least_proof(tx: Transaction, scope: OperatorScope) -> None:
    """What is known of a company may have changed: close what is open to those who are below the least proof now."""
    await close_below(tx, scope, (await store.settings(tx, scope)).least_proof)


def _below(least: Proof) -> tuple[Proof, ...]:
    return PROOFS[: PROOFS.index(least)]


async def _too_low(tx: Transaction, scope: OperatorScope, readers: Collection[UUID]) -> frozenset[UUID]:
    """Which of these companies may be disclosed nothing, for their identity is not proved as well as is asked."""
    below = _below((await store.settings(tx, scope)).least_proof)
    if not below:
        return frozenset()
    known = {one.operator_id: [one.identity] for one in await store.by_ids(tx, scope, readers)}
    for reader, proofs in (await subjects.proofs_of(tx, scope, readers)).items():
        known.setdefault(reader, []).extend(proofs)
    return frozenset(one for one in readers if set(known.get(one, ())) <= set(below))


async def open_by_default(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID, family: str = "CFP"
) -> None:
    """On linking: open the groups of this kind of request, if the operator has automatic disclosure switched on.

    Where the operator has decided anything about this pair and kind before, that stays.
    """
    wanted = groups_of_family(family, open_by_default=True)
    if not wanted or not (await store.settings(tx, scope)).auto_disclose:
        return
    if await _too_low(tx, scope, (to_operator_id,)):
        return
    await _lock(tx, scope.operator_id, trace_id, to_operator_id)
    grants = await store_sharing.grants_of_pair(tx, scope.operator_id, trace_id, to_operator_id)
    if {grant.item_group for grant in grants}.isdisjoint(groups_of_family(family)):
        opened = dict.fromkeys(wanted, True)
        await _set(tx, scope, trace_id, to_operator_id, grants, opened, "system:auto_disclose")


async def open_many_by_default(
    tx: Transaction, scope: OperatorScope, pairs: Sequence[tuple[UUID, UUID]], family: str = "CFP"
) -> None:
    """The same for many (part, customer)."""
    wanted = dict.fromkeys(groups_of_family(family, open_by_default=True), True)
    if not wanted or not (await store.settings(tx, scope)).auto_disclose:
        return
    low = await _too_low(tx, scope, {to for _, to in pairs})
    pairs = [pair for pair in pairs if pair[1] not in low]
    await store.lock(
        tx, None, "disclosure", scope.operator_id
    )  # one for all pairs: the server has room for few thousands
    decided: dict[tuple[UUID, UUID], list[Grant]] = {pair: [] for pair in sorted(pairs)}
    for grant in await store_sharing.grants_of_pairs(tx, scope, pairs):
        decided[grant.trace_id, grant.to_operator_id].append(grant)
    changed: list[DisclosureChanged] = []
    for (trace_id, to_operator_id), grants in decided.items():
        if not {grant.item_group for grant in grants}.isdisjoint(groups_of_family(family)):
            continue
        after = open_groups({**{grant.item_group: grant.released for grant in grants}, **wanted})
        changed.append(
            DisclosureChanged(
                operator_id=scope.operator_id,
                trace_id=trace_id,
                to_operator_id=to_operator_id,
                before=open_of(grants),
                after=after,
            )
        )
    if changed:
        anew = [(one.trace_id, one.to_operator_id) for one in changed]
        await store_sharing.save_grants(tx, scope, anew, wanted, "system:auto_disclose")
        await tx.record_all(changed, DisclosuresChanged(many=tuple(changed)))


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
        before = open_of(await store_sharing.grants_of_pair(tx, owner_operator_id, trace_id, to_operator_id))
        if before:
            await store_sharing.withdraw_grants(
                tx, owner_operator_id, trace_id, to_operator_id, actor=actor, reason=reason
            )
    if before:
        await _tell(tx, owner_operator_id, trace_id, to_operator_id, before, ())


async def _lock(tx: Transaction, owner: UUID, trace_id: UUID, to_operator_id: UUID) -> None:
    """Alone with one pair; who has locked all pairs of the owner is waited for."""
    await store.lock(tx, None, "disclosure", owner, trace_id, to_operator_id, within=("disclosure", owner))


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
