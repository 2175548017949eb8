"""What one can do with PACT: keep partners, publish and share, answer and ask, pair product ids."""

from meguri.dataspaces.pact.service.answering import answer_by_hand, take_event
from meguri.dataspaces.pact.service.asking import ask, keep_statement, use_statement
from meguri.dataspaces.pact.service.composing import cradle_to_gate, publish_result
from meguri.dataspaces.pact.service.mapping import confirm, decide, export_csv, import_csv, suggest_for
from meguri.dataspaces.pact.service.partners import add_partner, change_partner, client_mark, new_secret, partners
from meguri.dataspaces.pact.service.publishing import deprecate, own_footprint, own_footprints, publish, share
from meguri.dataspaces.pact.service.reading import list_for, read_for
from meguri.dataspaces.pact.service.seeing import asked, incoming, mapped, outgoing, send_again, statements

__all__ = [
    "add_partner",
    "answer_by_hand",
    "ask",
    "asked",
    "change_partner",
    "client_mark",
    "confirm",
    "cradle_to_gate",
    "decide",
    "deprecate",
    "export_csv",
    "import_csv",
    "incoming",
    "keep_statement",
    "list_for",
    "mapped",
    "new_secret",
    "outgoing",
    "own_footprint",
    "own_footprints",
    "partners",
    "publish",
    "publish_result",
    "read_for",
    "send_again",
    "share",
    "statements",
    "suggest_for",
    "take_event",
    "use_statement",
]
