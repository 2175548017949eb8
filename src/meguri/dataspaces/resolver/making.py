"""The answers of the resolver: document, page, JSON-LD, credential, link set, and the ways of saying no."""

from typing import Any
from urllib.parse import urlsplit

from meguri.dataspaces.dsp.store import participant_of_tenant
from meguri.dataspaces.exchange import formats
from meguri.dataspaces.exchange.exporting import passport_of
from meguri.dataspaces.federation.store import base_of_shadow
from meguri.dataspaces.resolver import linkset, negotiation
from meguri.dataspaces.resolver.answers import Answer
from meguri.dataspaces.resolver.replying import Asked, html_answer, json_answer, moved, refused
from meguri.passport import service
from meguri.passport.credentials import public_credential
from meguri.passport.document import compressed
from meguri.passport.errors import DppNotFound, LinkTypeNotFound, PassportCeased
from meguri.passport.identifiers import InvalidIdentifier, product_identifier
from meguri.passport.kinds import kind_of
from meguri.passport.lifecycle import State
from meguri.passport.model import View
from meguri.passport.public.page import passport_page
from meguri.storage import Transaction


async def answer(tx: Transaction, _: Any, asked: Asked) -> Answer:
    """The answer to a request."""
    origin = tx.installation.origin
    try:
        product = product_identifier(origin + asked.path, origin)
    except InvalidIdentifier as refusal:
        return refused(asked, refusal, origin, "invalid")
    if product.uri != origin + asked.path:
        return moved(308, product.uri + (f"?{asked.query}" if asked.query else ""), product.uri)
    try:
        view = await service.read_public(
            tx, service.ANONYMOUS, _identifier(product.uri, asked), by_product=asked.said("v") is None
        )
    except PassportCeased as refusal:
        return refused(asked, refusal, origin, "ceased")
    except DppNotFound as refusal:
        return refused(asked, refusal, origin, "withdrawn" if await _was_withdrawn(tx, product.uri) else "unknown")
    made = await _moved_away(tx, asked, view) or await _found(tx, asked, view, origin)
    made.passport_id, made.state = view.record.passport_id, state_of(view)
    return made


async def _moved_away(tx: Transaction, asked: Asked, view: View) -> Answer | None:
    """Who has handed its passport to a company of another node sends readers on to it: there it is kept up to date."""
    if not view.record.own.get("responsibility_transfers"):
        return None
    base = await base_of_shadow(tx, view.record.operator_id)
    if base is None:
        return None
    there = urlsplit(base)
    query = f"?{asked.query}" if asked.query else ""
    return moved(307, f"{there.scheme}://{there.netloc}{asked.path}{query}")


async def _was_withdrawn(tx: Transaction, uri: str) -> bool:
    """Whether everyone could read this passport until its operator declared it issued in error: whoever scans it is told."""
    record = await service.known(tx, uri)
    return record is not None and record.state == State.INVALID and record.published_at is not None


def state_of(view: View) -> tuple[str, str]:
    """What an answer depends on: the version and the document's state."""
    return (view.record.version_hash, view.record.state)


def _identifier(uri: str, asked: Asked) -> str:
    successor = asked.said("v")
    return f"{uri}?v={successor}" if successor else uri


async def _found(tx: Transaction, asked: Asked, view: View, origin: str) -> Answer:
    link_type = asked.said("linkType")
    if link_type in ("linkset", "all") or (link_type is None and asked.form == negotiation.LINKSET):
        links = linkset.linkset(view, origin, await _events_at(tx, view, origin))
        return json_answer(links, negotiation.LINKSET, view.record.product_id)
    if link_type is not None:
        events = await _events_at(tx, view, origin)
        form = asked.said("mediaType") or asked.form
        target = linkset.target(view, origin, link_type, asked.language, events, form)
        if target is None:
            return refused(asked, LinkTypeNotFound(name=link_type), origin, "link")
        return moved(307, target, view.record.product_id)
    if asked.form == negotiation.HTML:
        page = passport_page(view, await public_credential(tx, view.record), asked.language, origin)
        return html_answer(200, page, asked.language, view.record.product_id)
    return await _data(tx, asked, view, origin)


async def _data(tx: Transaction, asked: Asked, view: View, origin: str) -> Answer:
    match asked.form:
        case negotiation.LD:
            return json_answer(json_ld(tx, view).document, negotiation.LD, view.record.product_id)
        case negotiation.VC:
            credential = await public_credential(tx, view.record)
            if credential is None:
                return refused(asked, DppNotFound(), origin, "unknown")
            return json_answer(credential, negotiation.VC, view.record.product_id)
        case _:
            return json_answer(
                compressed(kind_of(view.record.kind), view.values), negotiation.JSON, view.record.product_id
            )


async def _events_at(tx: Transaction, view: View, origin: str) -> str | None:
    """Where the responsible company's EPCIS events are served; None while it does not take part in the data space."""
    found = await participant_of_tenant(tx, str(view.record.operator_id))
    return f"{origin}/t/{found.tenant}/epcis/v2" if found else None


def json_ld(tx: Transaction, view: View) -> Any:
    """The passport as JSON-LD."""
    return formats.export("jsonld", passport_of(tx, view))
