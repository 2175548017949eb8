"""The resolver's answers about sites (GS1 key 414) and companies (417): public values of passports, and links to them."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.resolver import negotiation
from meguri.dataspaces.resolver.answers import Answer
from meguri.dataspaces.resolver.linkset import VOC, default_link, link
from meguri.dataspaces.resolver.replying import Asked, html_answer, json_answer, moved, refused
from meguri.passport import service
from meguri.passport.document import HEADER
from meguri.passport.errors import LinkTypeNotFound, PlaceNotFound
from meguri.passport.identifiers import InvalidIdentifier
from meguri.passport.identifiers.digital_link import key_of_uri
from meguri.passport.identifiers.gs1 import SITE, Key
from meguri.passport.public.place import place_page
from meguri.passport.service import Place
from meguri.storage import Transaction

PREFIXES = ("/414/", "/417/")
_NAMES = {key: name for name, key in HEADER.items()}
"""Values are named as in the passport's own document: those of its header, else the catalogue's key."""


async def answer(tx: Transaction, asked: Asked) -> Answer:
    """The answer to a request for a site or a company."""
    origin = tx.installation.origin
    try:
        key = _key(origin + asked.path)
        if origin + key.path != origin + asked.path:
            return moved(308, origin + key.path + (f"?{asked.query}" if asked.query else ""), origin + key.path)
        place = await _place(tx, key)
    except PlaceNotFound as refusal:
        return refused(asked, refusal, origin, "place")
    except InvalidIdentifier as refusal:
        return refused(asked, refusal, origin, "invalid")
    return _found(asked, place, origin + key.path, origin)


def _key(uri: str) -> Key:
    key = key_of_uri(uri)
    if key is None:
        raise InvalidIdentifier(value=uri)
    return key


async def _place(tx: Transaction, key: Key) -> Place:
    if key.qualifiers:  # a door or a line within the site: no passport names it
        raise PlaceNotFound
    return await (service.site if key.ai == SITE else service.party)(tx, key.value)


def _found(asked: Asked, place: Place, uri: str, origin: str) -> Answer:
    link_type = asked.said("linkType")
    if link_type in ("linkset", "all"):
        return json_answer(_linkset(place, uri), negotiation.LINKSET, uri)
    if link_type is not None:
        target = _target(place, uri, link_type, asked.language)
        return moved(307, target, uri) if target else refused(asked, LinkTypeNotFound(name=link_type), origin, "link")
    match asked.form:
        case negotiation.HTML:
            return html_answer(
                200, place_page(place.key, place.kind, place.values, asked.language, uri), asked.language, uri
            )
        case negotiation.LD:
            return json_answer(_json_ld(place, uri), negotiation.LD, uri)
        case negotiation.LINKSET:
            return json_answer(_linkset(place, uri), negotiation.LINKSET, uri)
        case negotiation.VC:  # nobody has signed anything about a site or a company here
            return refused(asked, PlaceNotFound(), origin, "place")
        case _:
            return json_answer(_document(place, uri), negotiation.JSON, uri)


def _document(place: Place, uri: str) -> dict[str, Any]:
    return {"id": uri, "gln": place.key.value} | {_NAMES.get(key, key): value for key, value in place.values.items()}


def _json_ld(place: Place, uri: str) -> dict[str, Any]:
    """A place and who has it, or an organisation, in the terms of schema.org."""
    values, is_site = place.values, place.key.ai == SITE
    information = values.get("operator_information") or {}
    name = values.get("manufacturer_name") if is_site else information.get("name")
    address = values.get("manufacturing_place") if is_site else information.get("address")
    said: dict[str, Any] = {"@type": "schema:Organization"} | ({"schema:name": _by_language(name)} if name else {})
    if is_site:
        said = {"@type": "schema:Place", "@reverse": {"schema:location": said}}
    head = {"@context": {"schema": "https://schema.org/"}, "@id": uri, "schema:globalLocationNumber": place.key.value}
    return head | said | ({"schema:address": _address(address)} if address else {})


def _by_language(name: Any) -> Any:
    return [{"@language": tag, "@value": text} for tag, text in name.items()] if isinstance(name, Mapping) else name


_ADDRESS = {
    "country": "schema:addressCountry",
    "postal_code": "schema:postalCode",
    "region": "schema:addressRegion",
    "city": "schema:addressLocality",
    "street": "schema:streetAddress",
}


def _address(address: Mapping[str, Any]) -> dict[str, Any]:
    return {"@type": "schema:PostalAddress"} | {_ADDRESS[key]: each for key, each in address.items() if key in _ADDRESS}


_SITE = {"ja": "事業所", "en": "Site", "de": "Standort"}
_PARTY = {"ja": "事業者", "en": "Company", "de": "Unternehmen"}


def _links(place: Place, uri: str) -> dict[str, list[dict[str, Any]]]:
    titles = _SITE if place.key.ai == SITE else _PARTY
    pages = [link(f"{uri}?lang={tag}", title, "text/html", tag) for tag, title in titles.items()]
    about = {"locationInfo": pages} if place.key.ai == SITE else {}
    return {
        **about,
        "masterData": [link(uri, titles["en"], "application/json", "en")],
        "defaultLink": default_link(pages),
    }


def _linkset(place: Place, uri: str) -> dict[str, Any]:
    return {"linkset": [{"anchor": uri} | {f"{VOC}{name}": links for name, links in _links(place, uri).items()}]}


def _target(place: Place, uri: str, link_type: str, language: str) -> str | None:
    name = link_type.removeprefix("gs1:").removeprefix(VOC).removeprefix("https://gs1.org/voc/")
    links = _links(place, uri).get(name, [])
    if name == "defaultLink":
        return f"{uri}?lang={language}"
    chosen = next((one for one in links if language in one["hreflang"]), links[0] if links else None)
    return str(chosen["href"]) if chosen else None
