"""The page of linked nodes: propose, compare the code, accept, suspend, end. Words in, words out."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from meguri.dataspaces.federation import store
from meguri.dataspaces.federation.linking import MOVES, Linker, code_of
from meguri.dataspaces.federation.store import Link
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage import Transaction
from meguri.ui import Flash, done, page, viewer_of
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
    """One link in the list. `words`: what can be done with it now."""

    link_id: UUID
    name: str
    code: str
    state: str
    sign: str
    waits: bool
    queue: int
    words: list[str]


class NodesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`nodes.html`."""

    links: list[LinkRow]
    given: str
    errors: dict[str, str]
    may_edit: bool


async def _nodes(request: AnyRequest, unit: Unit, given: str, errors: dict[str, str]) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> list[LinkRow]:
        links = await store.links(tx, scope.operator_id)
        return [_row(one, await store.counts(tx, scope.operator_id, one.link_id)) for one in links]

    context = NodesPage(
        links=await unit(read), given=given, errors=errors, may_edit=viewer_of(request).has(Role.EDITOR)
    )
    return page(request, "dataspaces/nodes.html", context, status_code=422 if errors else 200)


def _row(link: Link, counts: dict[str, int]) -> LinkRow:
    words = [word for word in _WORDS.get(link.state, ()) if not (word == "accept" and link.we_accept)]
    return LinkRow(
        link_id=link.link_id,
        name=link.peer_name,
        code=code_of(link),
        state=link.state,
        sign=_SIGNS[link.state],
        waits=link.state == "PROPOSED" and link.we_accept,
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


handlers = [nodes, propose, move]
