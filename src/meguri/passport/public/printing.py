"""The public page as a PDF of the same content."""

from typing import Any

from meguri.documents.pdf import pdf
from meguri.kernel.text import Language
from meguri.passport.carrier import symbol_for
from meguri.passport.kinds import kind_of
from meguri.passport.model import View
from meguri.passport.public.content import PENDING, Block, content_of
from meguri.ui.words import say


def passport_pdf(view: View, issuer: str | None, language: Language) -> bytes:
    """A tagged PDF on A4. Takes tens of milliseconds of CPU: call it in a thread."""
    content = content_of(kind_of(view.record.kind), view, language)
    day = content.changed[:10]
    head = [
        (say("passport.public.identifier", language), content.identifier),
        (say("passport.public.heading", language), say(f"passport.public.state.{content.state}", language)),
        *((one.label, one.value) for one in content.figures),
        (say("passport.public.version_hash", language), view.version_hash),
    ]
    if issuer:
        head.append((say("passport.public.issuer", language), issuer))
    data = {
        "title": content.title,
        "subtitle": f"{content.category} · {say('passport.public.updated', language, day=day, version=view.version)}",
        "uri": content.identifier,
        "head": head,
        "bar_heads": ["", say("passport.public.amount", language), "", say("passport.public.share", language)],
        "blocks": [_block(block, language) for block in content.blocks],
    }
    picture = {"code.svg": symbol_for(content.identifier).svg().encode()}
    return pdf("meguri.passport", "passport.typ", data, language=language, standard="ua-1", pictures=picture)


def _block(block: Block, language: Language) -> dict[str, Any]:
    items, grids = [], []
    for item in block.items:
        if item.shown is None:
            word = "pending" if item.absent == PENDING else "missing"
            items.append({"label": item.label, "lines": [say(f"passport.public.{word}", language)]})
        elif item.shown.grid is not None:
            grids.append({"headings": item.shown.grid.headings, "rows": item.shown.grid.rows})
        else:
            items.append({"label": item.label, "lines": [line.text for line in item.shown.lines] or ["—"]})
    bars = [
        {"label": bar.label, "value": bar.value, "width": min(bar.width + bar.second, 100), "note": bar.note}
        for bar in block.bars
    ]
    return {"title": block.title, "items": items, "grids": grids, "bars": bars}
