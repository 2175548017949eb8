"""Pictures without what a camera writes into them: place, time, device and owner would lead to whoever reports (pure).

JPEG (ITU-T T.81 B.1.1): segments APP1 to APP15 and comments go, APP0 (JFIF) and APP14 (how colours are coded) stay.
PNG (ISO/IEC 15948): text, time and Exif chunks go. Other kinds are left as they are.
"""

import struct

_PNG = b"\x89PNG\r\n\x1a\n"
_SAYS_MORE = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"})
_APP0, _APP14, _COMMENT, _START_OF_SCAN = 0xE0, 0xEE, 0xFE, 0xDA
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length


def without_traces(content: bytes) -> bytes:
    """The picture without its metadata; anything else as it is."""
    if content.startswith(b"\xff\xd8"):
        return _jpeg(content)
    if content.startswith(_PNG):
        return _png(content)
    return content


def _jpeg(content: bytes) -> bytes:
    kept, place = bytearray(content[:2]), 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:  # padding
            place += 1
            continue
        if marker in _ALONE:
            kept += content[place : place + 2]
            place += 2
            continue
        end = place + 2 + struct.unpack_from(">H", content, place + 2)[0]
        if marker == _START_OF_SCAN:
            break
        if not (_APP0 < marker <= 0xEF and marker != _APP14) and marker != _COMMENT:
            kept += content[place:end]
        place = end
    return bytes(kept + content[place:])


def _png(content: bytes) -> bytes:
    kept, place = bytearray(_PNG), len(_PNG)
    while place + 12 <= len(content):
        end = place + 12 + struct.unpack_from(">I", content, place)[0]
        if content[place + 4 : place + 8] not in _SAYS_MORE:
            kept += content[place:end]
        place = end
    return bytes(kept)
