"""One-time links: how people join, and how one who forgot the password gets back in.

A link makes its holder a member of one operator and nothing more. An account that exists already is never taken
over by it: then the link asks for that account's password, so an administrator who invites somebody can't act as
them elsewhere.
"""

import re
from datetime import timedelta
from uuid import UUID

from meguri.identity import store
from meguri.identity.errors import AlreadyMember, BadEmail, LinkInvalid, NotAMember, PersonNotFound
from meguri.identity.events import InvitationWithdrawn, MemberInvited, MemberJoined, PasswordChanged
from meguri.identity.gate import gate_of
from meguri.identity.lockout import normal_account
from meguri.identity.model import Account, Invitation, LinkPurpose, NewLink, NoticeKind
from meguri.identity.passwords import demand_strength, hasher
from meguri.identity.rules import identity_rules
from meguri.identity.secret import hash_of, new_secret
from meguri.identity.service.notices import tell
from meguri.identity.service.proof import prove
from meguri.identity.service.signing_in import end_everything, words_of
from meguri.kernel import clock
from meguri.kernel.errors import FieldError, Forbidden, Invalid
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.text import Text
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

# One @, no blanks, a dotted domain: everything stricter refuses addresses that exist. RFC 5321 §4.5.3.1 for the
# lengths.
_EMAIL = re.compile(
    r"[^\s@<>\"(),:;\\\x00-\x1f\x7f]{1,64}@[^\s@<>\"(),:;\\\x00-\x1f\x7f.]+(\.[^\s@<>\"(),:;\\\x00-\x1f\x7f.]+)+\Z"
)
_LONGEST_EMAIL = 254
_LONGEST_NAME = 100
_NAME = Text(ja="氏名は1〜100文字で入力してください。", en="Please give a name of 1 to 100 characters.")


async def add_operator_admin(
    db: Database, operator_id: UUID, email: str, name: str, by: str = "system:command"
) -> NewLink:
    """A one-time link by which the first administrator of an operator comes in. Raises BadEmail, Invalid."""
    async with db.identity() as tx:
        return await _make(tx, LinkPurpose.FIRST_ADMIN, operator_id, email, name, Role.ADMIN, by)


async def invite(db: Database, scope: OperatorScope, email: str, name: str, role: Role) -> NewLink:
    """A one-time link by which somebody joins the operator. Raises Forbidden, AlreadyMember, BadEmail, Invalid."""
    _demand_admin(scope)
    async with db.identity() as tx:
        if await store.member_by_email(tx, scope.operator_id, demand_email(email)):
            raise AlreadyMember
        return await _make(tx, LinkPurpose.INVITATION, scope.operator_id, email, name, role, scope.actor)


async def list_invitations(db: Database, scope: OperatorScope) -> list[Invitation]:
    """Who was invited and has not come yet. Raises Forbidden."""
    _demand_admin(scope)
    async with db.identity() as tx:
        return await store.open_invitations(tx, scope.operator_id)


async def withdraw_invitation(db: Database, scope: OperatorScope, link_id: UUID) -> None:
    """End a link that was not used. Raises Forbidden, PersonNotFound."""
    _demand_admin(scope)
    async with db.identity() as tx:
        if not await store.withdraw_link(tx, scope.operator_id, link_id):
            raise PersonNotFound
        await tx.record(InvitationWithdrawn(operator_id=scope.operator_id, by=scope.actor, link_id=link_id))


async def new_password_link(db: Database, scope: OperatorScope, person_id: UUID) -> NewLink:
    """A one-time link by which a member who forgot the password sets a new one.

    Only for people who belong to this operator alone and hold no platform role: whoever holds the link can act as them.
    Raises Forbidden, PersonNotFound.
    """
    _demand_admin(scope)
    async with db.identity() as tx:
        member = await store.member(tx, scope.operator_id, person_id)
        person = await store.account_by_id(tx, person_id)
        if member is None or person is None:
            raise PersonNotFound
        if person.platform_role or await store.memberships_elsewhere(tx, scope.operator_id, person_id):
            raise Forbidden
        purpose = LinkPurpose.NEW_PASSWORD
        return await _make(tx, purpose, scope.operator_id, member.email, member.name, member.role, scope.actor)


async def look_at_link(db: Database, token: str) -> Invitation:
    """What a link would do, without using it. Raises LinkInvalid."""
    async with db.identity() as tx:
        return await _open(tx, token)


async def accept_link(
    db: Database, token: str, password: str, client_address: str, *, code: str | None = None
) -> Account:
    """Use a link with a password: join with a first password or that of one's account, or set a new one.

    code  of the authenticator app, for an account that exists and has one

    Raises LinkInvalid, WeakPassword, SignInRefused (the account exists and this is not its password), SecondStepNeeded,
    CodeWrong, TooMany, SignInBusy.
    """
    link = await look_at_link(db, token)
    async with db.identity() as tx:
        known = await store.account_by_email(tx, link.email)
    if link.purpose is LinkPurpose.NEW_PASSWORD:
        return await _set_new_password(db, token, known, password)
    if known is not None:
        await prove(db, link.email, password, client_address, code=code)
        return await _join(db, token, known)
    await demand_strength(password, words_of(link.email, link.name))
    hashed = await hasher().hash(password)
    return await _join(
        db,
        token,
        Account(person_id=new_id(), email=link.email, name=link.name, password_hash=hashed),
        is_new=True,
    )


async def _join(db: Database, token: str, person: Account, *, is_new: bool = False) -> Account:
    async with db.identity() as tx:
        link = await _open(tx, token)
        if is_new and not await store.add_person(tx, person):
            raise LinkInvalid  # somebody made this account a moment ago: the link still holds for another try
        await store.use_link(tx, hash_of(token))
        await store.lock_operator(tx, link.operator_id)
        await store.save_membership(tx, link.operator_id, person.person_id, link.role, lasts=True)
        joined = MemberJoined(
            operator_id=link.operator_id,
            by=f"person:{person.person_id}",
            person_id=person.person_id,
            role=link.role,
        )
        await tx.record(joined)
    gate_of(db).memory.forget()
    return person


async def _set_new_password(db: Database, token: str, known: Account | None, password: str) -> Account:
    if known is None:
        raise LinkInvalid
    await demand_strength(password, words_of(known.email, known.name))
    hashed = await hasher().hash(password)
    async with db.identity() as tx:
        link = await _open(tx, token)
        if await store.member(tx, link.operator_id, known.person_id) is None:
            raise LinkInvalid
        if known.platform_role or await store.memberships_elsewhere(tx, link.operator_id, known.person_id):
            raise NotAMember  # joined another operator since: the link must not reach there
        await store.use_link(tx, hash_of(token))
        await store.set_password(tx, known.person_id, hashed)
        await end_everything(tx, known.person_id, "a new password was set by a link")
        await tell(tx, known.person_id, link.operator_id, NoticeKind.PASSWORD_CHANGED)
        changed = PasswordChanged(
            operator_id=link.operator_id, by=f"person:{known.person_id}", person_id=known.person_id
        )
        await tx.record(changed)
    gate_of(db).memory.forget()
    return known


async def _open(tx: Transaction, token: str) -> Invitation:
    link = await store.open_link(tx, hash_of(token))
    if link is None:
        raise LinkInvalid
    return link


async def _make(
    tx: Transaction, purpose: LinkPurpose, operator_id: UUID, email: str, name: str, role: Role, by: str
) -> NewLink:
    email, token, now, rule = demand_email(email), new_secret(), clock.now(), identity_rules().link
    if not 1 <= len(name.strip()) <= _LONGEST_NAME or "\x00" in name:
        raise Invalid(fields=(FieldError("name", _NAME, {}),))
    life = {
        LinkPurpose.FIRST_ADMIN: rule.first_admin_s,
        LinkPurpose.INVITATION: rule.invitation_s,
        LinkPurpose.NEW_PASSWORD: rule.new_password_s,
    }[purpose]
    link = Invitation(
        link_id=new_id(),
        purpose=purpose,
        operator_id=operator_id,
        email=email,
        name=name.strip(),
        role=role,
        made_at=now,
        ends_at=now + timedelta(seconds=life),
    )
    await store.add_link(tx, hash_of(token), link, by)
    await tx.record(MemberInvited(operator_id=operator_id, by=by, link_id=link.link_id, role=role))
    return NewLink(link_id=link.link_id, token=token, ends_at=link.ends_at)


def demand_email(email: str) -> str:
    """The address as it is compared. Raises BadEmail."""
    address = normal_account(email)
    if len(address) > _LONGEST_EMAIL or not _EMAIL.match(address):
        raise BadEmail
    return address


def _demand_admin(scope: OperatorScope) -> None:
    if not scope.may_administer:
        raise Forbidden
