"""PDF documents: a Typst template of a room, filled with data, in Japanese and English with fonts of our own."""

from meguri.documents.pdf import DocumentFailed, pdf, svg

__all__ = ["DocumentFailed", "pdf", "svg"]
