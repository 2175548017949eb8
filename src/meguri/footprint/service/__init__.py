"""What one can do in footprint: declare, read, ask why; and what follows from what happens elsewhere."""

from meguri.footprint.declarations import Document, published_declaration, published_document
from meguri.footprint.received import Received, ReceivedInput, receive, received
from meguri.footprint.service.reactions import reactions
from meguri.footprint.service.reading import effect, footprint, history, statements, why
from meguri.footprint.service.recording import record, record_many
from meguri.footprint.store import stored_bytes_across

__all__ = [
    "Document",
    "Received",
    "ReceivedInput",
    "effect",
    "footprint",
    "history",
    "published_declaration",
    "published_document",
    "reactions",
    "receive",
    "received",
    "record",
    "record_many",
    "statements",
    "stored_bytes_across",
    "why",
]
