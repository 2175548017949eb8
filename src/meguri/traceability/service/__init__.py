"""What one can do in traceability: write parts and structures, ask, link, return, withdraw, read."""

from meguri.traceability.service.importing import ImportRefused, ImportReport, export_structures, import_parts
from meguri.traceability.service.parts import (
    delete_part,
    history,
    part,
    parts_page,
    replace_structure,
    structure,
    write_structure,
)
from meguri.traceability.service.reading import (
    kinds_across,
    kinds_of,
    list_requests,
    live_links_to,
    parents_of_part,
    parts_by_id,
    request_by_id,
    structure_links,
    trades_across,
    trades_on_parts,
    waiting,
)
from meguri.traceability.service.requests import amend, cancel, link, reject, reply, request
from meguri.traceability.service.settling import downstream, lock_downstream, mark_answered, unmark_answered

__all__ = [
    "ImportRefused",
    "ImportReport",
    "amend",
    "cancel",
    "delete_part",
    "downstream",
    "export_structures",
    "history",
    "import_parts",
    "kinds_across",
    "kinds_of",
    "link",
    "list_requests",
    "live_links_to",
    "lock_downstream",
    "mark_answered",
    "parents_of_part",
    "part",
    "parts_by_id",
    "parts_page",
    "reject",
    "replace_structure",
    "reply",
    "request",
    "request_by_id",
    "structure",
    "structure_links",
    "trades_across",
    "trades_on_parts",
    "unmark_answered",
    "waiting",
    "write_structure",
]
