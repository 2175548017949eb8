"""What has happened to imports."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class ImportStarted(Event, frozen=True, kw_only=True):
    """A file was handed in."""

    tag: ClassVar[str] = "imports:run:start"
    import_id: UUID
    kind: str
    rows: int


class ImportClosed(Event, frozen=True, kw_only=True):
    """An import has ended: done, refused for its faults, or stopped by a person."""

    tag: ClassVar[str] = "imports:run:close"
    import_id: UUID
    state: str
    written: int
    bad: int
