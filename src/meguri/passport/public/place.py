"""The page of a site or a company: what published passports say of it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from meguri.kernel.text import Language
from meguri.passport.identifiers.gs1 import SITE, Key
from meguri.passport.kinds import Kind
from meguri.passport.public.content import Item
from meguri.passport.public.page import frame_of
from meguri.passport.public.plan import plan_of
from meguri.passport.public.showing import show
from meguri.ui.render import render
from meguri.ui.words import phrase


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The context of the page."""

    heading: str
    gln: str
    items: list[Item]
    here: str
    moment: None = None


def place_page(key: Key, kind: Kind, values: Mapping[str, Any], language: Language, uri: str) -> str:
    """The page as HTML.

    values  public values by catalogue key, shown in this order
    """
    plan = plan_of(kind)
    items = [
        Item(
            key=name,
            label=kind.attributes[name].name.of(language),
            shown=show(kind.attributes[name], value, language, plan),
        )
        for name, value in values.items()
        if name in kind.attributes
    ]
    heading = phrase("passport.public.site" if key.ai == SITE else "passport.public.party").of(language, {})
    said = Said(heading=heading, gln=key.value, items=items, here=uri)
    return render(frame_of(language, uri), "passport/public_place.html", said)
