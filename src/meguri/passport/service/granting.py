"""Access beyond the public's: asked for, granted, limited in time, taken back; mandates of service providers; authorities."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.errors import OperatorUnknown
from meguri.passport import dealings_store, errors
from meguri.passport.access import Audience, grantable
from meguri.passport.catalogue import AccessClass
from meguri.passport.dealings import Dealing, DelegationBody, GrantBody, Kind, Policy, Reach, RequestBody, policy
from meguri.passport.lifecycle import State
from meguri.passport.model import Record
from meguri.passport.service import standing
from meguri.passport.service.moving import opened, settle
from meguri.passport.service.reminding import tell
from meguri.storage import Transaction


class ReachInput(msgspec.Struct, frozen=True, kw_only=True):
    """Which passports are meant: by identifier, by model, or all of an operator. Exactly one kind."""

    dpp_ids: tuple[str, ...] = ()
    model_ids: tuple[str, ...] = ()
    operator_id: UUID | None = None


class NewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request for access."""

    role: str
    scope: ReachInput
    classes: tuple[str, ...]
    purpose: str
    justification: str = ""
    evidence_document_ids: tuple[str, ...] = ()
    requested_until: datetime | None = None


class NewGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant that an owner gives without being asked."""

    grantee_operator_id: UUID
    scope: ReachInput
    classes: tuple[str, ...]
    audience: str = Audience.LEGITIMATE_INTEREST.value
    role: str | None = None
    purpose: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class AccessRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as both sides see it."""

    request_id: UUID
    state: str
    owner_operator_id: UUID
    requester_operator_id: UUID
    role: str
    scope: Reach
    classes: tuple[AccessClass, ...]
    purpose: str
    justification: str
    evidence_document_ids: tuple[str, ...]
    requested_until: datetime | None
    requested_at: datetime
    decided_at: datetime | None
    denial_reason: str | None
    grant_id: UUID | None
    overdue: bool


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant as both sides see it."""

    grant_id: UUID
    state: str
    request_id: UUID | None
    grantor_operator_id: UUID
    grantee_operator_id: UUID
    audience: Audience
    classes: tuple[AccessClass, ...]
    scope: Reach
    role: str | None
    purpose: str | None
    valid_from: datetime
    valid_until: datetime
    granted_by: str


class Delegation(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate as both sides see it."""

    delegation_id: UUID
    state: str
    responsible_operator_id: UUID
    delegate_operator_id: UUID
    scope: Reach
    authorisation_document_id: str
    valid_from: datetime
    valid_until: datetime


async def request_access(tx: Transaction, scope: OperatorScope, new: NewRequest) -> AccessRequest:
    """Ask the responsible operator for what the public does not see; approved at once where a rule says so.

    All passports asked for in one request belong to one operator.
    Raises AuthenticationRequired, DppNotFound, ClassNotGrantable, DenialReason for an unknown purpose or role.
    """
    if standing.is_anonymous(scope):
        raise errors.AuthenticationRequired
    rules = policy()
    classes = _classes(new.classes, Audience.LEGITIMATE_INTEREST, rules.roles.get(new.role))
    if new.role not in rules.roles:
        raise errors.DenialReason(choices=", ".join(rules.roles))
    if new.purpose not in rules.purposes:
        raise errors.DenialReason(choices=", ".join(rules.purposes))
    reach, owner, records = await _reach(tx, scope, new.scope)
    if owner == scope.operator_id:
        raise errors.DppNotFound
    now = clock.now()
    body = RequestBody(
        role=new.role,
        scope=reach,
        classes=classes,
        purpose=new.purpose,
        justification=new.justification[:4000],
        evidence_document_ids=new.evidence_document_ids,
        requested_until=new.requested_until,
    )
    dealing = _dealing("request", owner, scope.operator_id, "submitted", body, now, timedelta(days=rules.request_days))
    await settle(tx, dealing)
    if _auto(rules, body, records):
        return await _approve(tx, dealing, body, by="rule", classes=classes, until=new.requested_until)
    await tell(tx, dealing, "PASSPORT_ACCESS_ASKED", owner)
    return _request(dealing)


def _auto(rules: Policy, body: RequestBody, records: Sequence[Record]) -> bool:
    return bool(records) and all(
        any(
            rule.role == body.role
            and rule.category in ("*", record.category)
            and set(body.classes) <= set(rule.classes)
            for rule in rules.auto_grant
        )
        for record in records
    )


def _classes(
    asked: Sequence[str], audience: Audience, of_role: Sequence[AccessClass] | None = None
) -> tuple[AccessClass, ...]:
    """The classes beyond P1. Raises ClassNotGrantable for one that law keeps from this audience."""
    possible = grantable(audience) & set(of_role) if of_role is not None else grantable(audience)
    wanted = sorted({each for each in asked if each != AccessClass.P1})
    if not wanted or any(each not in possible for each in wanted):
        raise errors.ClassNotGrantable(classes=", ".join(sorted(possible)))
    return tuple(AccessClass(each) for each in wanted)


async def _reach(tx: Transaction, scope: OperatorScope, said: ReachInput) -> tuple[Reach, UUID, list[Record]]:
    """What is meant, whose it is, and the passports found. Raises DppNotFound."""
    records = []
    for identifier in (*said.dpp_ids, *said.model_ids):
        record = await standing.find_exact_or_active(tx, identifier)
        at = await standing.standing(tx, scope, record)
        if record.state == State.ARCHIVED:
            raise errors.DppNotFound
        standing.hide(record, at)
        records.append(record)
    owners = {record.operator_id for record in records} | ({said.operator_id} if said.operator_id else set())
    if len(owners) != 1:
        raise errors.DppNotFound
    owner = owners.pop()
    if not await operators.operator_exists(tx, scope, owner):
        raise OperatorUnknown
    count = len(said.dpp_ids)
    reach = Reach(
        dpp_ids=tuple(record.dpp_id for record in records[:count]),
        model_ids=tuple(record.dpp_id for record in records[count:]),
        operator_id=said.operator_id,
        passports=tuple(record.passport_id for record in records[:count]),
        models=tuple(record.passport_id for record in records[count:]),
    )
    return reach, owner, records


def _dealing(
    kind: Kind, giver: UUID, taker: UUID, state: str, body: msgspec.Struct, start: datetime, lasts: timedelta
) -> Dealing:
    now = clock.now()
    return Dealing(
        operator_id=giver,
        dealing_id=new_id(),
        side="giver",
        kind=kind,
        partner_id=taker,
        state=state,
        body=msgspec.to_builtins(body),
        valid_from=start,
        valid_until=start + lasts,
        created_at=now,
        updated_at=now,
    )


async def approve(
    tx: Transaction,
    scope: OperatorScope,
    request_id: UUID,
    *,
    classes: Sequence[str] | None = None,
    valid_until: datetime | None = None,
) -> AccessRequest:
    """The owner grants what was asked for, or less. Raises DealingNotFound, DealingClosed, ClassNotGrantable."""
    dealing, body = await _submitted(tx, scope, request_id, "giver")
    wanted = _classes(classes, Audience.LEGITIMATE_INTEREST) if classes is not None else body.classes
    if not set(wanted) <= set(body.classes):
        raise errors.ClassNotGrantable(classes=", ".join(body.classes))
    until = valid_until or body.requested_until
    return await _approve(tx, dealing, body, by=scope.actor, classes=wanted, until=until)


async def _approve(
    tx: Transaction,
    dealing: Dealing,
    body: RequestBody,
    *,
    by: str,
    classes: tuple[AccessClass, ...],
    until: datetime | None,
) -> AccessRequest:
    granted = GrantBody(
        audience=Audience.LEGITIMATE_INTEREST,
        classes=classes,
        scope=body.scope,
        granted_by=by,
        request_id=dealing.dealing_id,
        role=body.role,
        purpose=body.purpose,
    )
    now = clock.now()
    grant = _dealing("grant", dealing.giver_id, dealing.taker_id, "active", granted, now, _lasting(now, until))
    await settle(tx, grant)
    decided = msgspec.structs.replace(body, decided_at=now, decided_by=by, grant_id=grant.dealing_id)
    done = msgspec.structs.replace(dealing, state="approved", body=msgspec.to_builtins(decided), updated_at=now)
    await settle(tx, done)
    await tell(tx, done, "PASSPORT_ACCESS_DECIDED", done.taker_id)
    return _request(done)


def _lasting(start: datetime, until: datetime | None) -> timedelta:
    """At most a year; 90 days when nothing was said."""
    rules = policy()
    wanted = until - start if until is not None else timedelta(days=rules.grant_days)
    return max(timedelta(0), min(wanted, timedelta(days=rules.grant_most_days)))


async def deny(tx: Transaction, scope: OperatorScope, request_id: UUID, reason: str) -> AccessRequest:
    """The owner says no, and why. Raises DealingNotFound, DealingClosed, DenialReason."""
    dealing, body = await _submitted(tx, scope, request_id, "giver")
    if reason not in policy().denials:
        raise errors.DenialReason(choices=", ".join(policy().denials))
    now = clock.now()
    decided = msgspec.structs.replace(body, decided_at=now, decided_by=scope.actor, denial_reason=reason)
    done = msgspec.structs.replace(dealing, state="denied", body=msgspec.to_builtins(decided), updated_at=now)
    await settle(tx, done)
    await tell(tx, done, "PASSPORT_ACCESS_DECIDED", done.taker_id)
    return _request(done)


async def withdraw(tx: Transaction, scope: OperatorScope, request_id: UUID) -> AccessRequest:
    """Whoever asked takes it back. Raises DealingNotFound, DealingClosed."""
    dealing, _ = await _submitted(tx, scope, request_id, "taker")
    done = msgspec.structs.replace(dealing, state="withdrawn", updated_at=clock.now())
    await settle(tx, done)
    return _request(done)


async def _submitted(tx: Transaction, scope: OperatorScope, request_id: UUID, side: str) -> tuple[Dealing, RequestBody]:
    dealing = await opened(tx, scope, request_id, "request")
    by = dealing.giver_id if side == "giver" else dealing.taker_id
    if by != scope.operator_id:
        raise errors.DealingNotFound
    if dealing.state != "submitted" or clock.now() >= dealing.valid_until:
        raise errors.DealingClosed(state=_state(dealing, "submitted"))
    return dealing, msgspec.convert(dealing.body, RequestBody)


def _state(dealing: Dealing, while_open: str) -> str:
    """Past its time it has expired, even before a job says so."""
    return "expired" if dealing.state == while_open and clock.now() >= dealing.valid_until else dealing.state


async def grant(tx: Transaction, scope: OperatorScope, new: NewGrant) -> Grant:
    """The owner opens classes to another operator. A grant narrows the lattice, never widens it.

    Raises DppNotFound, ClassNotGrantable, OperatorUnknown, NotResponsibleOperator.
    """
    audience = Audience(new.audience) if new.audience in (Audience.LEGITIMATE_INTEREST, Audience.AUTHORITY) else None
    if audience is None:
        raise errors.ClassNotGrantable(classes="—")
    classes = _classes(new.classes, audience)
    reach, owner, _ = await _reach(tx, scope, new.scope)
    if owner != scope.operator_id:
        raise errors.NotResponsibleOperator
    if not await operators.operator_exists(tx, scope, new.grantee_operator_id):
        raise OperatorUnknown
    body = GrantBody(
        audience=audience, classes=classes, scope=reach, granted_by=scope.actor, role=new.role, purpose=new.purpose
    )
    start = new.valid_from or clock.now()
    made = _dealing("grant", owner, new.grantee_operator_id, "active", body, start, _lasting(start, new.valid_until))
    await settle(tx, made)
    return _grant(made)


async def revoke(tx: Transaction, scope: OperatorScope, grant_id: UUID) -> Grant:
    """The owner takes a grant back; the next request already feels it. Raises DealingNotFound, DealingClosed."""
    return await _set(tx, scope, grant_id, ("active", "suspended"), "revoked")


async def suspend(tx: Transaction, scope: OperatorScope, grant_id: UUID, *, suspended: bool = True) -> Grant:
    """The owner suspends a grant, or lets it hold again. Raises DealingNotFound, DealingClosed."""
    return await _set(
        tx, scope, grant_id, ("active",) if suspended else ("suspended",), "suspended" if suspended else "active"
    )


async def _set(tx: Transaction, scope: OperatorScope, grant_id: UUID, sources: Sequence[str], state: str) -> Grant:
    dealing = await opened(tx, scope, grant_id, "grant")
    if dealing.giver_id != scope.operator_id:
        raise errors.DealingNotFound
    if dealing.state not in sources:
        raise errors.DealingClosed(state=dealing.state)
    done = msgspec.structs.replace(dealing, state=state, updated_at=clock.now())
    await settle(tx, done)
    return _grant(done)


async def delegate(
    tx: Transaction,
    scope: OperatorScope,
    *,
    delegate_operator_id: UUID,
    reach: ReachInput,
    authorisation_document_id: str,
    valid_until: datetime | None = None,
) -> Delegation:
    """A service provider may act for the operator, in writing (Art. 77(4)). Its acts name both.

    Raises EvidenceRequired, OperatorUnknown, DppNotFound, NotResponsibleOperator.
    """
    if not authorisation_document_id.strip():
        raise errors.EvidenceRequired(what="authorisation_document_id")
    if not await operators.operator_exists(tx, scope, delegate_operator_id):
        raise OperatorUnknown
    meant = reach if reach != ReachInput() else ReachInput(operator_id=scope.operator_id)
    found, owner, records = await _reach(tx, scope, meant)
    for record in records:
        if not (await standing.standing(tx, scope, record)).is_owner:
            raise errors.NotResponsibleOperator
    if not records and owner != scope.operator_id and not await _mandated(tx, scope, owner):
        raise errors.NotResponsibleOperator
    body = DelegationBody(scope=found, authorisation_document_id=authorisation_document_id, granted_by=scope.actor)
    now = clock.now()
    most = timedelta(days=policy().delegation_most_days)
    lasts = min(valid_until - now, most) if valid_until else most
    made = _dealing("delegation", scope.operator_id, delegate_operator_id, "active", body, now, lasts)
    await settle(tx, made)
    return _delegation(made)


async def _mandated(tx: Transaction, scope: OperatorScope, owner: UUID) -> bool:
    """Whether the caller itself holds a mandate over all of an operator, which it passes on (at most three links)."""
    held = await dealings_store.delegations_to(tx, scope.operator_id)
    return any(
        each.state == "active" and msgspec.convert(each.body, DelegationBody).scope.operator_id == owner
        for each in held
    )


async def end_delegation(tx: Transaction, scope: OperatorScope, delegation_id: UUID) -> Delegation:
    """A mandate ends. Raises DealingNotFound, DealingClosed."""
    dealing = await opened(tx, scope, delegation_id, "delegation")
    if dealing.state != "active":
        raise errors.DealingClosed(state=dealing.state)
    done = msgspec.structs.replace(dealing, state="ended", updated_at=clock.now())
    await settle(tx, done)
    return _delegation(done)


async def set_role(tx: Transaction, scope: OperatorScope, operator_id: UUID, role: str, evidence: str) -> None:
    """An operator is verified as an authority (notified body, market surveillance, customs, the Commission).

    For the platform's operator, who has seen the credential. Raises DenialReason for an unknown role, EvidenceRequired.
    """
    if role not in policy().authorities:
        raise errors.DenialReason(choices=", ".join(policy().authorities))
    if not evidence.strip():
        raise errors.EvidenceRequired(what="evidence")
    async with tx.across():
        await dealings_store.put_role(tx, operator_id, role, scope.actor, evidence)
    await _tell_role(tx, scope, operator_id, role, "verified")


async def end_role(tx: Transaction, scope: OperatorScope, operator_id: UUID, role: str) -> None:
    """An authority's role ends. Raises DealingNotFound."""
    async with tx.across():
        if not await dealings_store.end_role(tx, operator_id, role):
            raise errors.DealingNotFound
    await _tell_role(tx, scope, operator_id, role, "ended")


async def _tell_role(tx: Transaction, scope: OperatorScope, operator_id: UUID, role: str, state: str) -> None:
    from meguri.passport.events import DealingSettled

    await tx.record(
        DealingSettled(
            dealing_id=new_id(), kind=f"role:{role}", state=state, giver_id=scope.operator_id, taker_id=operator_id
        )
    )


async def requests(
    tx: Transaction, scope: OperatorScope, *, side: str | None = None, state: str | None = None, limit: int = 100
) -> list[AccessRequest]:
    """The caller's requests, newest first. `side`: giver (those to decide) or taker (those made)."""
    found = await dealings_store.page(tx, scope.operator_id, "request", side=side, state=state, count=limit)
    return [_request(each) for each in found]


async def request(tx: Transaction, scope: OperatorScope, request_id: UUID) -> AccessRequest:
    """One request in which the caller takes part. Raises DealingNotFound."""
    return _request(await _own(tx, scope, request_id, "request"))


async def grants(
    tx: Transaction, scope: OperatorScope, *, side: str | None = None, state: str | None = None, limit: int = 100
) -> list[Grant]:
    """The caller's grants, newest first. `side`: giver or taker."""
    found = await dealings_store.page(tx, scope.operator_id, "grant", side=side, state=state, count=limit)
    return [_grant(each) for each in found]


async def granted(tx: Transaction, scope: OperatorScope, grant_id: UUID) -> Grant:
    """One grant in which the caller takes part. Raises DealingNotFound."""
    return _grant(await _own(tx, scope, grant_id, "grant"))


async def delegations(
    tx: Transaction, scope: OperatorScope, *, side: str | None = None, limit: int = 100
) -> list[Delegation]:
    """The caller's mandates, newest first."""
    found = await dealings_store.page(tx, scope.operator_id, "delegation", side=side, count=limit)
    return [_delegation(each) for each in found]


async def _own(tx: Transaction, scope: OperatorScope, dealing_id: UUID, kind: str) -> Dealing:
    found = await dealings_store.own(tx, scope.operator_id, dealing_id)
    if found is None or found.kind != kind:
        raise errors.DealingNotFound
    return found


def _request(dealing: Dealing) -> AccessRequest:
    body = msgspec.convert(dealing.body, RequestBody)
    state = _state(dealing, "submitted")
    late = clock.now() >= dealing.created_at + timedelta(days=policy().reminder_days)
    return AccessRequest(
        request_id=dealing.dealing_id,
        state=state,
        owner_operator_id=dealing.giver_id,
        requester_operator_id=dealing.taker_id,
        role=body.role,
        scope=body.scope,
        classes=body.classes,
        purpose=body.purpose,
        justification=body.justification,
        evidence_document_ids=body.evidence_document_ids,
        requested_until=body.requested_until,
        requested_at=dealing.created_at,
        decided_at=body.decided_at,
        denial_reason=body.denial_reason,
        grant_id=body.grant_id,
        overdue=state == "submitted" and late,
    )


def _grant(dealing: Dealing) -> Grant:
    body = msgspec.convert(dealing.body, GrantBody)
    return Grant(
        grant_id=dealing.dealing_id,
        state=_state(dealing, "active"),
        request_id=body.request_id,
        grantor_operator_id=dealing.giver_id,
        grantee_operator_id=dealing.taker_id,
        audience=body.audience,
        classes=body.classes,
        scope=body.scope,
        role=body.role,
        purpose=body.purpose,
        valid_from=dealing.valid_from,
        valid_until=dealing.valid_until,
        granted_by=body.granted_by,
    )


def _delegation(dealing: Dealing) -> Delegation:
    body = msgspec.convert(dealing.body, DelegationBody)
    return Delegation(
        delegation_id=dealing.dealing_id,
        state=_state(dealing, "active"),
        responsible_operator_id=dealing.giver_id,
        delegate_operator_id=dealing.taker_id,
        scope=body.scope,
        authorisation_document_id=body.authorisation_document_id,
        valid_from=dealing.valid_from,
        valid_until=dealing.valid_until,
    )


async def expire(tx: Transaction, _: OperatorScope) -> int:
    """Close requests that nobody decided and grants past their time; how many. To be repeated until it is 0."""
    async with tx.across():
        late = [
            *await dealings_store.due(tx, "request", "submitted", 100),
            *await dealings_store.due(tx, "grant", "active", 100),
        ]
    for each in late:
        await settle(tx, msgspec.structs.replace(each, state="expired", updated_at=clock.now()))
    return len(late)
