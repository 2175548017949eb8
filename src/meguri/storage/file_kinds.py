"""Whether a file is what its name says: by its first bytes. A guard against mistakes and disguises, not a parser."""

_STARTS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "xlsx": (b"PK\x03\x04",),
    "docx": (b"PK\x03\x04",),
    "pptx": (b"PK\x03\x04",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "xls": (b"\xd0\xcf\x11\xe0",),
    "doc": (b"\xd0\xcf\x11\xe0",),
    "ppt": (b"\xd0\xcf\x11\xe0",),
    "parquet": (b"PAR1",),
}
_TEXTS = frozenset({"csv", "tsv", "txt", "json", "jsonld", "xml"})
_CHARACTER_AT_MOST = 4  # bytes: the cut may go through a character


def looks_like(kind: str, start: bytes) -> bool:
    """Whether a file that begins with `start` can be of `kind`; a kind that is not known here is believed."""
    if kind in _STARTS:
        return start.startswith(_STARTS[kind])
    return _is_text(start) if kind in _TEXTS else True


def _is_text(start: bytes) -> bool:
    """Text in UTF-8, UTF-16 with its mark, or the code page 932 that Excel in Japan writes."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\0" in start:
        return False
    return any(_decodes(start, encoding) for encoding in ("utf-8", "cp932"))


def _decodes(start: bytes, encoding: str) -> bool:
    for cut in range(_CHARACTER_AT_MOST):
        try:
            start[: len(start) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False
