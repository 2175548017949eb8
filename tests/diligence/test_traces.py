"""What a camera writes into a picture is gone; the picture is not."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.diligence.traces import without_traces

SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34" + b"\xff\xd9"


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


KEPT = segment(0xE0, b"JFIF\0") + segment(0xDB, b"q" * 65) + segment(0xEE, b"Adobe") + segment(0xC0, b"frame")
SAID = segment(0xE1, b"Exif\0\0GPS 35.6N 139.7E") + segment(0xED, b"Photoshop") + segment(0xFE, b"taken by Hanako")


def test_a_jpeg_loses_place_device_and_comment_and_keeps_its_picture() -> None:
    assert without_traces(b"\xff\xd8" + SAID + KEPT + SAID + SCAN) == b"\xff\xd8" + KEPT + SCAN


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"])
def test_a_png_loses_its_words_and_keeps_its_pixels(kind: bytes) -> None:
    head, pixels, end = chunk(b"IHDR", b"x" * 13), chunk(b"IDAT", b"pixels"), chunk(b"IEND", b"")
    start = b"\x89PNG\r\n\x1a\n"
    assert without_traces(start + head + chunk(kind, b"Hanako") + pixels + end) == start + head + pixels + end


@given(st.sampled_from([b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"%PDF-"]), st.binary(max_size=400))
def test_whatever_comes_never_grows_and_never_fails(start: bytes, rest: bytes) -> None:
    assert len(without_traces(start + rest)) <= len(start + rest)
