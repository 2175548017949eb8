"""From a view to the page: online, saved as one file, or the page that says there is none."""

import html
import re
from datetime import datetime
from typing import Any

import msgspec
from markupsafe import Markup

from meguri.kernel import clock
from meguri.kernel.text import Language
from meguri.passport.carrier import symbol_for
from meguri.passport.kinds import kind_of
from meguri.passport.model import View
from meguri.passport.public.content import Content, content_of
from meguri.ui.assets import shelf
from meguri.ui.frame import Frame
from meguri.ui.render import render
from meguri.ui.viewer import Viewer
from meguri.ui.words import phrase

_STYLE = re.compile(r'<link rel="stylesheet" href="[^"]*">')
_ICON = re.compile(r'<link rel="icon"[^>]*>\n?')
_SIZE = re.compile(r' width="[^"]*mm" height="[^"]*mm"')


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed what is shown."""

    issuer: str


class PublicPage(msgspec.Struct, frozen=True, kw_only=True):
    """The context of a passport's page.

    here    the page's own address, without query
    files   where its files lie: snapshot, PDF, data
    moment  when a saved copy was made; None online
    """

    content: Content
    version: int
    changed_at: datetime
    version_hash: str
    proof: Proof | None
    here: str
    origin: str
    files: str
    code: Markup
    moment: str | None = None


class NoPage(msgspec.Struct, frozen=True, kw_only=True):
    """The context of a page that says why there is no passport."""

    heading: str
    sentence: str
    here: str
    ceased_at: datetime | None = None
    moment: None = None


def passport_page(view: View, credential: dict[str, Any] | None, language: Language, origin: str) -> str:
    """The public page as HTML."""
    return render(
        frame_of(language, view.record.product_id), "passport/public.html", _context(view, credential, language, origin)
    )


def snapshot(
    view: View,
    credential: dict[str, Any] | None,
    language: Language,
    origin: str,
    did_document: dict[str, Any] | None = None,
) -> str:
    """The page as one file that needs nothing else: styles within, the signed credential and the signer's keys at its end.

    The file is verified by what is in it (`meguri passport verify FILE`, or the page /verify).
    """
    context = _context(view, credential, language, origin)
    whole = msgspec.structs.replace(context, moment=clock.seconds_z(clock.now()))
    page = render(frame_of(language, view.record.product_id), "passport/public.html", whole)
    if credential is not None:
        data = _data("application/vc+json", "credential", credential)
        data += _data("application/did+json", "did", did_document) if did_document else ""
        page = page.replace("</body>", f"{data}</body>")
    css = shelf().assets["meguri.css"].body.decode()
    return _ICON.sub("", _STYLE.sub(lambda _: f"<style>{css}</style>", page))


def _data(media_type: str, name: str, content: dict[str, Any]) -> str:
    """A block of data within the page: never run, and without any `<` that could end it."""
    held = msgspec.json.encode(content).decode().replace("<", "\\u003c")
    return f'<script type="{media_type}" id="{name}">{held}</script>\n'


def none_page(
    key: str, language: Language, here: str, sentence: str | None = None, ceased_at: str | None = None
) -> str:
    """The page that says why there is nothing: `unknown`, `withdrawn`, `ceased` or `invalid`."""
    said = sentence or phrase(f"passport.public.{key}").of(language, {})
    heading = phrase(f"passport.public.{key}_title").of(language, {})
    return render(
        frame_of(language, here),
        "passport/public_none.html",
        NoPage(
            heading=heading,
            sentence=said,
            here=html.escape(here),
            ceased_at=datetime.fromisoformat(ceased_at) if ceased_at else None,
        ),
    )


def _context(view: View, credential: dict[str, Any] | None, language: Language, origin: str) -> PublicPage:
    record = view.record
    return PublicPage(
        content=content_of(kind_of(record.kind), view, language, origin),
        version=view.version,
        changed_at=view.changed_at,
        version_hash=view.version_hash,
        proof=Proof(issuer=str(credential["issuer"])) if credential else None,
        here=record.product_id,
        origin=origin,
        files=f"{origin}/passport/{record.passport_id}",
        code=code_of(record.product_id),
    )


def code_of(uri: str) -> Markup:
    """The symbol as a picture that takes the size of its place."""
    picture = _SIZE.sub("", symbol_for(uri).svg()).replace('role="img"', 'aria-hidden="true"')
    return Markup(picture)  # noqa: S704 made of numbers


def frame_of(language: Language, path: str) -> Frame:
    """The frame of a page that knows nothing of its reader but the language."""
    return Frame(viewer=Viewer(language=language), path=path, here=path)
