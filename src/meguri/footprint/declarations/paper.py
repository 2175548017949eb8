"""The published document as a PDF: the same texts as on the page and in the JSON."""

import io

import segno

from meguri.documents import pdf
from meguri.footprint.declarations.model import Document
from meguri.kernel.text import Language

PACKAGE = "meguri.footprint.declarations"


def as_pdf(document: Document, language: Language, *, withdrawn: bool = False) -> bytes:
    """Tagged PDF with a QR code to the study. The same document gives the same bytes. Takes tens of milliseconds of CPU."""
    data = {"document": document, "withdrawn": withdrawn}
    pictures = {"study.svg": qr_code(document.study_link)}
    return pdf(PACKAGE, "declaration.typ", data, language=language, standard="ua-1", pictures=pictures)


def qr_code(address: str) -> bytes:
    """The address as an SVG picture."""
    sink = io.BytesIO()
    segno.make(address, error="m").save(sink, kind="svg", scale=4, border=2, xmldecl=True)
    return sink.getvalue()
