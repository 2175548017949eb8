"""Addresses within our own site: where a request may send us back to, and this page with other parameters."""

import re
from urllib.parse import parse_qsl, quote, urlencode

from meguri.kernel.text import Language

_LOCAL = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*\Z")


def local_path(given: str | None, otherwise: str = "/") -> str:
    """`given` if it is a path of this site (with query or not), else `otherwise`: no reader is sent elsewhere."""
    return given if given and len(given) <= 2000 and _LOCAL.match(given) else otherwise


def language_href(language: Language, back: str) -> str:
    """The address that switches to `language` and comes back."""
    return f"/language/{language}?back={quote(back, safe='')}"


def without_language(here: str) -> str:
    """`here` in whatever language its reader chooses: neither it nor the page that it leads to (`next`) names one."""
    query = dict(parse_qsl(here.partition("?")[2]))
    onward = {"next": with_query(query["next"], lang=None)} if "next" in query else {}
    return with_query(here, lang=None, **onward)


def with_query(here: str, **changes: object) -> str:
    """`here` with some parameters of its query replaced; None takes one away."""
    path, _, query = here.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in changes]
    added = [(name, str(value)) for name, value in changes.items() if value is not None]
    written = urlencode(kept + added)
    return f"{path}?{written}" if written else path
