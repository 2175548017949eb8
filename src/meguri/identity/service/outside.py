"""Signing in with an account elsewhere: who comes by it, who may link one, which role it brings.

An account here is never taken over by a provider's word: the first time, its owner agrees to the link by proving who they are.
Only for people of the operator that the provider manages (a setting) an account is opened by the provider's word alone.
"""

import hmac
from dataclasses import dataclass
from uuid import UUID

from meguri.identity import oidc, steps, store, store_access, store_proofs
from meguri.identity.errors import (
    LastProof,
    LinkedElsewhere,
    NoticeNotFound,
    ProviderRefused,
    ProviderStranger,
    SessionNotFound,
)
from meguri.identity.events import MemberJoined, OutsideAccountLinked, OutsideAccountRemoved, RoleChanged
from meguri.identity.gate import gate_of
from meguri.identity.model import Account, NoticeKind
from meguri.identity.oidc import Outsider, Provider
from meguri.identity.rules import identity_rules
from meguri.identity.service.links import demand_email
from meguri.identity.service.notices import person_of, tell
from meguri.identity.service.proof import allowed, prove
from meguri.identity.steps import LinkStep, ProviderStep
from meguri.kernel import clock
from meguri.kernel.errors import NotFound
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.web.principal import Principal

PATH = "/sign-in/provider/back"
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Came:
    """Where a round to the provider has led: to a person, or to the question whether to link (`link` is the ticket)."""

    back: str
    person: Account | None = None
    link: str | None = None
    email: str = ""


async def begin(
    db: Database, origin: str, back: str, *, session_id: UUID | None = None, fresh: bool = False
) -> tuple[str, str]:
    """The address to send the browser to, and the ticket that it keeps meanwhile. Raises NotFound, ProviderAway.

    session_id  of the page session that wants to link an account, or (`fresh`) to prove itself again
    """
    provider = _provider(db)
    step = ProviderStep(
        ends_at=steps.ends_in(identity_rules().provider.round_s),
        state=oidc.new_text(),
        nonce=oidc.new_text(),
        verifier=oidc.new_text(),
        back=back,
        session_id=session_id,
        fresh=fresh,
    )
    address = await provider.way_there(
        redirect_uri=origin + PATH, state=step.state, nonce=step.nonce, verifier=step.verifier, fresh=fresh
    )
    return address, steps.ticket(db.installation.sealer, step)


async def come_back(
    db: Database, origin: str, ticket: str, said: dict[str, str], principal: Principal
) -> Came:  # fmt: skip
    """The way back from the provider with its answer `said`. Raises StepOver, ProviderRefused, ProviderStranger, ProviderAway."""
    provider, sealer = _provider(db), db.installation.sealer
    step = steps.read(sealer, ProviderStep, ticket)
    if not hmac.compare_digest(said.get("state", "").encode(), step.state.encode()):
        raise steps.StepOver
    async with db.identity() as tx:
        await steps.take(tx, ticket, step)
    if "code" not in said:
        raise ProviderRefused
    outsider = await provider.who(
        code=said["code"],
        said_issuer=said.get("iss"),
        redirect_uri=origin + PATH,
        nonce=step.nonce,
        verifier=step.verifier,
    )
    if step.session_id is None:
        return await _signed_in(db, provider, outsider, step.back)
    if principal.kind != "session" or principal.session_id != step.session_id:
        raise SessionNotFound
    if step.fresh:
        await _proved_again(db, principal, outsider)
        return Came(step.back)
    return _asked_to_link(db, outsider, person_of(principal.proved), step.back)


async def link(
    db: Database, ticket: str, password: str, client_address: str, *, code: str | None = None
) -> tuple[Account, str]:
    """The owner of an account here agrees, with its password, to the link; the account, and where to go on.

    Raises StepOver, SignInRefused, SecondStepNeeded, CodeWrong, TooMany, LinkedElsewhere.
    """
    step = steps.read(db.installation.sealer, LinkStep, ticket)
    async with db.identity() as tx:
        owner = await store.account_by_id(tx, step.person_id)
    if owner is None:
        raise steps.StepOver
    person = await prove(db, owner.email, password, client_address, code=code)
    async with db.identity() as tx:
        await steps.take(tx, ticket, step)
        await _keep(tx, person.person_id, step.issuer, step.subject, step.email)
    return person, step.back


async def link_of(db: Database, ticket: str) -> tuple[LinkStep, str]:
    """What a ticket would link, and the mail address of the account here. Raises StepOver."""
    step = steps.read(db.installation.sealer, LinkStep, ticket)
    async with db.identity() as tx:
        owner = await store.account_by_id(tx, step.person_id)
    if owner is None:
        raise steps.StepOver
    return step, owner.email


async def unlink(db: Database, scope: OperatorScope, link_id: UUID, *, session_id: UUID | None = None) -> None:
    """The account elsewhere proves the person no longer. Raises NoticeNotFound, LastProof."""
    person_id = person_of(scope)
    async with db.identity() as tx:
        await demand_other_proof(tx, person_id, but_link=link_id)
        if not await store_proofs.remove_outside_account(tx, person_id, link_id):
            raise NoticeNotFound
        await tell(tx, person_id, scope.operator_id, NoticeKind.PROVIDER_REMOVED, sign_in_id=session_id)
        gone = OutsideAccountRemoved(
            operator_id=scope.operator_id, by=scope.actor, person_id=person_id, link_id=link_id
        )
        await tx.record(gone)


async def demand_other_proof(
    tx: Transaction, person_id: UUID, *, but_link: UUID | None = None, but_passkey: UUID | None = None
) -> None:
    """Raise LastProof when the person could not sign in without the one that is named."""
    person = await store.account_by_id(tx, person_id)
    links = [one for one in await store_proofs.outside_accounts_of(tx, person_id) if one.link_id != but_link]
    keys = [one for one in await store_proofs.passkeys_of(tx, person_id) if one.passkey_id != but_passkey]
    if person is not None and not person.password_hash and not links and not keys:
        raise LastProof


async def _signed_in(db: Database, provider: Provider, outsider: Outsider, back: str) -> Came:
    async with db.identity() as tx:
        known = await store_proofs.outside_account(tx, outsider.issuer, outsider.subject)
        if known is not None:
            person = allowed(db, await store.account_by_id(tx, known.person_id))
            if person is None:
                raise ProviderStranger
            await store_proofs.use_outside_account(tx, outsider.issuer, outsider.subject)
            await _give_role(tx, provider, outsider, person.person_id)
            gate_of(db).memory.forget()
            return Came(back, person)
        owner = await store.account_by_email(tx, outsider.email) if outsider.email_verified else None
        if owner is None:
            return Came(back, await _opened(tx, provider, outsider))
    return _asked_to_link(db, outsider, owner.person_id, back)


def _asked_to_link(db: Database, outsider: Outsider, person_id: UUID, back: str) -> Came:
    step = LinkStep(
        ends_at=steps.ends_in(identity_rules().provider.round_s),
        issuer=outsider.issuer,
        subject=outsider.subject,
        email=outsider.email,
        person_id=person_id,
        back=back,
    )
    return Came(back, link=steps.ticket(db.installation.sealer, step), email=outsider.email)


async def _opened(tx: Transaction, provider: Provider, outsider: Outsider) -> Account:
    """An account for one of the operator's people whom nobody knew here. Raises ProviderStranger."""
    operator_id = provider.settings.operator_id
    if operator_id is None or outsider.role is None or not outsider.email_verified:
        raise ProviderStranger
    email = demand_email(outsider.email)
    name = outsider.name.strip().replace("\x00", "")[:_LONGEST_NAME] or email.partition("@")[0]
    person = Account(person_id=new_id(), email=email, name=name, password_hash="")
    if not await store.add_person(tx, person):
        raise ProviderStranger  # somebody made this account a moment ago: the next try asks to link it
    await _give_role(tx, provider, outsider, person.person_id)
    await _keep(tx, person.person_id, outsider.issuer, outsider.subject, email)
    return person


async def _give_role(tx: Transaction, provider: Provider, outsider: Outsider, person_id: UUID) -> None:
    """The person's role with the operator is what the provider says; without one they don't come in by it.

    The last administrator stays one, whatever the provider says.
    """
    operator_id = provider.settings.operator_id
    if operator_id is None or provider.settings.role_claim is None:
        return
    if outsider.role is None:
        raise ProviderStranger
    await store.lock_operator(tx, operator_id)
    before = await store.member(tx, operator_id, person_id)
    if before is not None and before.role is outsider.role:
        return
    last = before is not None and before.role is Role.ADMIN and not await store.other_admins(tx, operator_id, person_id)
    if last:
        return
    await store.save_membership(tx, operator_id, person_id, outsider.role)
    by = "system:provider"
    if before is None:
        await tx.record(MemberJoined(operator_id=operator_id, by=by, person_id=person_id, role=outsider.role))
    else:
        changed = RoleChanged(
            operator_id=operator_id, by=by, person_id=person_id, before=before.role, role=outsider.role
        )
        await tx.record(changed)


async def _keep(tx: Transaction, person_id: UUID, issuer: str, subject: str, email: str) -> None:
    link_id = new_id()
    if not await store_proofs.add_outside_account(tx, issuer, subject, link_id, person_id, email):
        raise LinkedElsewhere
    for place, row in enumerate(await store.memberships(tx, person_id)):
        if place == 0:
            await tell(tx, person_id, row.operator_id, NoticeKind.PROVIDER_LINKED)
        linked = OutsideAccountLinked(
            operator_id=row.operator_id,
            by=f"person:{person_id}",
            person_id=person_id,
            link_id=link_id,
            issuer=issuer,
        )
        await tx.record(linked)


async def _proved_again(db: Database, principal: Principal, outsider: Outsider) -> None:
    """Only when the provider asked the person just now: a session with it that goes on proves nothing new."""
    person_id, session_id = person_of(principal.proved), principal.session_id
    fresh_since = clock.now().timestamp() - identity_rules().provider.fresh_s
    async with db.identity() as tx:
        known = await store_proofs.outside_account(tx, outsider.issuer, outsider.subject)
        if known is None or known.person_id != person_id or session_id is None:
            raise ProviderRefused
        if outsider.auth_time is None or outsider.auth_time < fresh_since:
            raise ProviderRefused
        await store_access.prove_session(tx, person_id, session_id)
    gate_of(db).memory.forget()


def _provider(db: Database) -> Provider:
    provider = gate_of(db).provider
    if provider is None:
        raise NotFound
    return provider
