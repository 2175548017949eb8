"""Native REST of passports: words in, words out; nothing is decided here."""

from meguri.passport.api import bulk, dealings, files, japan, life, reading, records

handlers = [
    *records.handlers,
    *reading.handlers,
    *life.handlers,
    *files.handlers,
    *dealings.handlers,
    *bulk.handlers,
    *japan.handlers,
]

__all__ = ["handlers"]
