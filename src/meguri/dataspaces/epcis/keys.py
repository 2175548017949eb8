"""What makes two identifiers the same: a GS1 Digital Link is known by its key, whichever host resolves it.

Source: GS1 Digital Link URI syntax 1.2 and later: the key and its qualifiers stand in the path; the host, the query and the
fragment do not identify. A GTIN has 14 digits there, shorter ones are filled with zeros.
"""

import re

CANONICAL = "https://id.gs1.org"
_LINK = re.compile(r"https?://[^/]+((?:/[^/]+)*?)(/(?:01|00|414|417|8003|8004|8006|8010|253|255|401|402)/.+)\Z")
_SHORT = re.compile(r"(/01/)(\d{8}|\d{12}|\d{13})(?=/)", re.ASCII)


def link_of(value: str) -> str:
    """A Digital Link of any resolver, as GS1's own; everything else as it is."""
    found = _LINK.match(value)
    return f"{CANONICAL}{found[2]}" if found else value


def key_of(value: str) -> str:
    """By what an identifier is compared: the key of a Digital Link, everything else as it is."""
    found = _LINK.match(value)
    if not found:
        return value
    path = re.split(r"[?#]", found[2], maxsplit=1)[0].rstrip("/")
    return _filled(CANONICAL + path + "/")[:-1]


def _filled(link: str) -> str:
    """A link whose GTIN, if it is followed by more, has its fourteen digits."""
    return _SHORT.sub(lambda gtin: gtin[1] + gtin[2].zfill(14), link, count=1)


def pattern_of(value: str) -> str:
    """A name that is looked for, as it is compared; with `*` at its end it stands for all that begin so."""
    return f"{_filled(link_of(value[:-1]))}*" if value.endswith("*") else key_of(value)


def fits(key: str, pattern: str) -> bool:
    """Whether a key is what is looked for."""
    return key.startswith(pattern[:-1]) if pattern.endswith("*") else key == pattern
