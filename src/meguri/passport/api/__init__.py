"""Native REST of passports: words in, words out; nothing is decided here."""

from meguri.passport.api import bulk, dealings, files, life, reading, records

handlers = [*records.handlers, *reading.handlers, *life.handlers, *files.handlers, *dealings.handlers, *bulk.handlers]

__all__ = ["handlers"]
