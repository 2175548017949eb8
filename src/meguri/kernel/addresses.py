"""Addresses from strangers, in parts."""

from urllib.parse import SplitResult, urlsplit

_NOTHING = SplitResult("", "", "", "", "")


def parts_of(text: str) -> SplitResult:
    """The parts of an address (RFC 3986); all are empty for what is none, such as `http://[::1`."""
    try:
        return urlsplit(text)
    except ValueError:
        return _NOTHING
