"""The links of a battery by their GS1 link types, as a link set (RFC 9264, JSON form)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from meguri.passport.model import View

VOC = "https://ref.gs1.org/voc/"
CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
"""What makes linked data of a link set in JSON (GS1-Conformant Resolver 2.10). Named to readers, never fetched by us."""
Link = dict[str, Any]


def links_of(view: View, origin: str, events: str | None) -> dict[str, list[Link]]:
    """Link type (its short name) → links, the first of them the default. `events`: where the company's EPCIS events are."""
    uri, files, values = view.record.product_id, f"{origin}/passport/{view.record.passport_id}", view.values
    titles = {"ja": "バッテリーパスポート", "en": "Battery passport", "de": "Batteriepass"}
    page = [link(f"{uri}?lang={tag}", title, "text/html", tag) for tag, title in titles.items()]
    found: dict[str, list[Link]] = {
        "pip": page,
        "dpp": [
            link(f"{files}/document.json", "Battery passport, EN 18223", "application/json", "en"),
            link(f"{files}/document.jsonld", "Battery passport, JSON-LD", "application/ld+json", "en"),
            *page,
        ],
        "certificationInfo": [
            link(f"{files}/credential.json", "Signed credential", "application/vc", "en"),
            *_documents(values, "eu_declaration_of_conformity"),
        ],
        "instructions": [
            *_documents(values, "instructions_for_use"),
            *_documents(values, "waste_handling_safety_info"),
        ],
        "recyclingInfo": [*_documents(values, "separate_collection_info"), *_documents(values, "second_life_eol_info")],
        "sustainabilityInfo": _documents(values, "cf_declaration"),
        "safetyInfo": _documents(values, "un_38_3_summary"),
        "epcis": [
            link(f"{events}/events?MATCH_anyEPC={quote(uri, safe='')}", "Visibility events", "application/json", "en")
        ]
        if events
        else [],
    }
    return {name: links for name, links in found.items() if links}


def link(href: str, title: str, media_type: str, language: str) -> Link:
    """One target of a link set."""
    return {"href": href, "title": title, "type": media_type, "hreflang": [language]}


def default_link(links: list[Link]) -> list[Link]:
    """The one link that a resolver follows unasked, the English page: it bears a title and nothing else."""
    return [{name: one[name] for name in ("href", "title")} for one in links if "en" in one["hreflang"]][:1]


def _documents(values: Mapping[str, Any], key: str) -> list[Link]:
    held = values.get(key)
    listed = held if isinstance(held, list) else [held] if held else []
    return [
        link(
            str(one["url"]),
            _title(one),
            str(one.get("media_type") or "application/pdf"),
            str(one.get("language") or "en"),
        )
        for one in listed
        if isinstance(one, Mapping) and str(one.get("url", "")).startswith("https://")
    ]


def _title(one: Mapping[str, Any]) -> str:
    title = one.get("title")
    if isinstance(title, Mapping):
        return str(title.get("en") or next(iter(title.values()), ""))
    return str(title or one.get("id", ""))


def linkset(view: View, origin: str, events: str | None) -> dict[str, Any]:
    """The whole link set."""
    links = links_of(view, origin, events)
    whole: dict[str, Any] = {"anchor": view.record.product_id}
    whole |= {f"{VOC}{name}": found for name, found in links.items()}
    whole[f"{VOC}defaultLink"] = default_link(links["pip"])
    return {"linkset": [whole]}


def target(
    view: View, origin: str, link_type: str, language: str, events: str | None, form: str | None = None
) -> str | None:
    """Where a link type leads: a link in the form and language that the reader prefers, else the first; None without any.

    link_type  `gs1:dpp`, or the full address of the term
    form       the media type that the reader prefers
    """
    name = link_type.removeprefix("gs1:").removeprefix(VOC).removeprefix("https://gs1.org/voc/")
    links = links_of(view, origin, events).get("pip" if name == "defaultLink" else name, [])
    links = [one for one in links if one["type"] == form] or links
    chosen = next((one for one in links if language in one["hreflang"]), links[0] if links else None)
    return str(chosen["href"]) if chosen else None
