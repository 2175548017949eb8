"""The page of linked nodes: propose, compare the code, accept, suspend, end. Words in, words out."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from msgspec.structs import replace

from meguri.dataspaces.federation import deciding, store
from meguri.dataspaces.federation.deciding import Message, Tell
from meguri.dataspaces.federation.errors import LinkNotFound
from meguri.dataspaces.federation.linking import MOVES, Linker, code_of
from meguri.dataspaces.federation.store import Doubtful, Link
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope, Role
from meguri.proof import keyring
from meguri.proof.multikey import thumbprint
from meguri.storage import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.parts import Choice
from meguri.ui.words import say
from meguri.web import Db, FromPath, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
HERE = "/keys/dataspace/nodes"
_SIGNS = {"PROPOSED": "waiting", "ACTIVE": "ok", "SUSPENDED": "attention", "REJECTED": "returned", "ENDED": "ended"}
_WORDS = {
    "PROPOSED": ("accept", "reject"),
    "ACTIVE": ("suspend", "end"),
    "SUSPENDED": ("resume", "end"),
}


class LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """One link in the list. `check`: the codes have to be compared again; `words`: what can be done."""

    link_id: UUID
    name: str
    code: str
    state: str
    sign: str
    waits: bool
    check: bool
    queue: int
    words: list[str]


class NodesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`nodes.html`."""

    links: list[LinkRow]
    waiting: list[Message]
    doubtful: list[Doubtful]
    active: list[Choice]
    given: str
    told: Tell
    errors: dict[str, str]
    may_edit: bool


NOTHING = Tell(type="notification", title="", text="")


async def _nodes(
    request: AnyRequest, unit: Unit, given: str, errors: dict[str, str], told: Tell = NOTHING
) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> tuple[list[LinkRow], list[Message], list[Doubtful]]:
        links = await store.links(tx, scope.operator_id)
        mine = thumbprint((await keyring.signer(tx, scope)).key.public_key()) if links else ""
        rows = [
            _row(replace(one, our_thumbprint=mine), await store.counts(tx, scope.operator_id, one.link_id))
            for one in links
        ]
        return rows, await deciding.waiting(tx, scope), await store.gone(tx, scope.operator_id)

    links, waiting, doubtful = await unit(read)
    context = NodesPage(
        links=links,
        waiting=waiting,
        doubtful=doubtful,
        active=[Choice(str(one.link_id), one.name) for one in links if one.state == "ACTIVE"],
        given=given,
        told=told,
        errors=errors,
        may_edit=viewer_of(request).has(Role.EDITOR),
    )
    return page(request, "dataspaces/nodes.html", context, status_code=422 if errors else 200)


def _row(link: Link, counts: dict[str, int]) -> LinkRow:
    done = {"accept": link.we_accept, "resume": link.suspended_by == "peer"}
    words = [word for word in _WORDS.get(link.state, ()) if not done.get(word)]
    return LinkRow(
        link_id=link.link_id,
        name=link.peer_name,
        code=code_of(link),
        state=link.state,
        sign=_SIGNS[link.state],
        waits=(link.state == "PROPOSED" and link.we_accept) or link.suspended_by == "peer",
        check=link.suspended_by == "key",
        queue=counts.get("queued", 0) + counts.get("sent", 0),
        words=words,
    )


@get(HERE, guards=[signed_in], include_in_schema=False)
async def nodes(request: AnyRequest, unit: Unit) -> Response[str]:
    """With which nodes we are linked."""
    return await _nodes(request, unit, "", {})


@post(HERE, guards=[editor], status_code=200, include_in_schema=False)
async def propose(request: AnyRequest, unit: Unit, db: Db) -> Response[Any]:
    """Propose a link, or say why it cannot be."""
    did = str((await request.form()).get("did") or "").strip()
    language = viewer_of(request).language
    try:
        await Linker(db).propose(unit.scope, did)
    except Refusal as refusal:
        return await _nodes(request, unit, did, {"did": refusal.sentence(language)})
    happened = say("dataspaces.nodes.proposed", language)
    return done(request, HERE, Flash(happened=happened, seen_by=say("dataspaces.nodes.proposed_seen", language)))


@post(HERE + "/{link_id:uuid}/{word:str}", guards=[editor], status_code=200, include_in_schema=False)
async def move(request: AnyRequest, unit: Unit, db: Db, link_id: FromPath[UUID], word: FromPath[str]) -> Response[None]:
    """Accept, reject, suspend, resume or end a link. Raises LinkNotFound, NotInThisState, PeerAway."""
    if word not in MOVES:
        raise NotFound
    await Linker(db).move(unit.scope, link_id, word)
    return done(request, HERE, Flash(happened=say("dataspaces.nodes.moved", viewer_of(request).language)))


@post(HERE + "/messages/{message_id:uuid}/{word:str}", guards=[editor], status_code=200, include_in_schema=False)
async def decide(request: AnyRequest, unit: Unit, message_id: FromPath[UUID], word: FromPath[str]) -> Response[None]:
    """Accept or decline what a partner sent. Raises MessageNotFound and what publishing a notice raises."""
    if word not in ("accept", "decline"):
        raise NotFound
    language = viewer_of(request).language

    async def act(tx: Transaction, scope: OperatorScope) -> int:
        return await deciding.decide(tx, scope, message_id, accept=word == "accept")

    touched = await unit(act)
    happened = say("dataspaces.nodes.message_" + ("accepted" if word == "accept" else "declined"), language, n=touched)
    return done(request, HERE, Flash(happened=happened))


@post(HERE + "/tell", guards=[editor], status_code=200, include_in_schema=False)
async def tell(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Tell a linked partner something, or say why it cannot be."""
    form, language = await request.form(), viewer_of(request).language
    said = Tell(
        type=str(form.get("type") or ""),
        title=str(form.get("title") or "").strip(),
        text=str(form.get("text") or ""),
        ids=str(form.get("ids") or "").split(),
    )
    link_id = parse_uuid(str(form.get("link") or ""))
    try:
        if link_id is None:
            raise LinkNotFound
        await unit(deciding.tell, link_id, said)
    except Refusal as refusal:
        return await _nodes(request, unit, "", {"title": refusal.sentence(language)}, said)
    happened = say("dataspaces.nodes.told", language)
    return done(request, HERE, Flash(happened=happened, seen_by=say("dataspaces.nodes.told_seen", language)))


handlers = [nodes, propose, tell, decide, move]
