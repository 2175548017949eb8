"""The public page as a PDF of the same content."""

from typing import Any

from meguri.documents.pdf import pdf
from meguri.kernel.text import Language
from meguri.passport.carrier import symbol_for
from meguri.passport.kinds import kind_of
from meguri.passport.model import View
from meguri.passport.public.content import PENDING, Block, Content, content_of
from meguri.ui.formats import JST, day_text
from meguri.ui.words import say

_LINE = 40


def passport_pdf(view: View, issuer: str | None, language: Language, origin: str = "") -> bytes:
    """A tagged PDF on A4; `origin` as in `content_of`. Takes tens of milliseconds of CPU: call it in a thread."""
    content = content_of(kind_of(view.record.kind), view, language, origin)
    day = day_text(language, view.changed_at.astimezone(JST).date())
    recycled = say("passport.public.recycled", language)
    head = [
        *((say("passport.public.warning", language), warning) for warning in content.warnings),
        (say("passport.public.identifier", language), content.identifier),
        (say("passport.public.heading", language), say(f"passport.public.state.{content.state}", language)),
        *(
            (one.label, " · ".join(part for part in (one.grade, one.value, one.note) if part))
            for one in content.figures
        ),
        *((f"{recycled}: {bar.label}", bar.value) for bar in content.recycled),
        (say("passport.public.version_hash", language), _in_lines(view.version_hash)),
    ]
    if issuer:
        head.append((say("passport.public.issuer", language), _in_lines(issuer)))
    data = {
        "title": content.title,
        "subtitle": f"{content.category} · {say('passport.public.updated', language, day=day, version=view.version)}",
        "uri": content.identifier,
        "head": head,
        "bar_heads": ["", say("passport.public.amount", language), "", say("passport.public.share", language)],
        "blocks": [_block(block, language) for block in content.blocks],
        "notes": _notes(content, language),
    }
    picture = {"code.svg": symbol_for(content.identifier).svg().encode()}
    return pdf("meguri.passport", "passport.typ", data, language=language, standard="ua-1", pictures=picture)


def _in_lines(code: str) -> str:
    """A code without spaces, broken where the column ends."""
    return "\n".join(code[at : at + _LINE] for at in range(0, len(code), _LINE))


def _notes(content: Content, language: Language) -> list[dict[str, Any]]:
    """What the page says beside the values: where to return it, how to verify it, who sees more."""
    lines = content.contact.lines if content.contact else []
    back = [say("passport.public.return_words", language), *(line.text for line in lines)]
    verify = [say("passport.public.verify_lead", language)]
    access = [
        f"{say(f'passport.public.access_{who}', language)}: {say(f'passport.public.access_{who}_words', language)}"
        for who in ("public", "interest", "authority")
    ]
    titles = ("return_here", "verify_title", "access_title")
    return [
        {"title": say(f"passport.public.{title}", language), "lines": lines}
        for title, lines in zip(titles, (back, verify, access), strict=True)
    ]


def _block(block: Block, language: Language) -> dict[str, Any]:
    items, grids = [], []
    for item in block.items:
        if item.shown is None:
            word = "pending" if item.absent == PENDING else "missing"
            items.append({"label": item.label, "lines": [say(f"passport.public.{word}", language)]})
        elif item.shown.grid is not None:
            grids.append({"label": item.label, "headings": item.shown.grid.headings, "rows": item.shown.grid.rows})
        else:
            items.append({"label": item.label, "lines": [line.text for line in item.shown.lines] or ["—"]})
    bars = [
        {"label": bar.label, "value": bar.value, "width": min(bar.width + bar.second, 100), "note": bar.note}
        for bar in block.bars
    ]
    return {"title": block.title, "items": items, "grids": grids, "bars": bars}
