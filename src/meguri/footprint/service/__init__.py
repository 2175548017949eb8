"""What one can do in footprint: declare, read, ask why; and what follows from what happens elsewhere."""

from meguri.footprint.service.reactions import reactions
from meguri.footprint.service.reading import footprint, history, statements, why
from meguri.footprint.service.recording import record

__all__ = ["footprint", "history", "reactions", "record", "statements", "why"]
