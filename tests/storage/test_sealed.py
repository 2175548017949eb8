"""The encrypted stream: it comes back whole, or not at all."""

import io
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.storage import sealed
from meguri.storage.sealed import SealedReader, SealedWriter, Unsealable
from meguri.storage.sealing import Sealer, WrongSecret

KEY = "correct horse battery staple"


def seal(content: bytes, step: int = 1 << 16) -> bytes:
    sink = io.BytesIO()
    with SealedWriter(sink, KEY) as writer:
        for start in range(0, len(content), step):
            writer.write(content[start : start + step])
    return sink.getvalue()


def unseal(stream: bytes, step: int = -1) -> bytes:
    reader, found = SealedReader(io.BytesIO(stream), KEY), b""
    while piece := reader.read(step):
        found += piece
    return found


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "_PIECE", 100)
    monkeypatch.setattr(sealed, "_COST", 2)


@settings(max_examples=30, deadline=None)
@given(content=st.binary(max_size=1000), written=st.integers(1, 300), read=st.integers(1, 300))
def test_what_goes_in_comes_out(content: bytes, written: int, read: int) -> None:
    assert unseal(seal(content, written), read) == content


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 200, 250])
def test_every_cut_is_found(size: int) -> None:
    stream = seal(secrets.token_bytes(size))
    cuts = {len(stream) - 1, len(stream) - 16, len(stream) - 116, 40, 31, 30, 0} - {len(stream)}
    for cut in cuts:
        if 0 <= cut < len(stream):
            with pytest.raises(Unsealable):
                unseal(stream[:cut])


def test_pieces_cannot_change_places_or_be_repeated() -> None:
    stream = seal(secrets.token_bytes(300))
    head, pieces = stream[:31], [stream[31 + 116 * number : 147 + 116 * number] for number in range(3)]
    assert unseal(head + b"".join(pieces))
    for order in ([1, 0, 2], [0, 0, 1, 2], [0, 2], [0, 1], [0, 1, 2, 2]):
        with pytest.raises(Unsealable):
            unseal(head + b"".join(pieces[number] for number in order))


def test_two_back_ups_of_the_same_content_have_nothing_in_common() -> None:
    first, second = seal(b"same" * 100), seal(b"same" * 100)
    assert first[8:31] != second[8:31]
    assert first[31:47] != second[31:47]


def test_an_abandoned_stream_cannot_be_read() -> None:
    sink = io.BytesIO()
    with pytest.raises(ZeroDivisionError):
        with SealedWriter(sink, KEY) as writer:
            writer.write(b"x" * 250)
            raise ZeroDivisionError
    with pytest.raises(Unsealable):
        unseal(sink.getvalue())


def test_a_sealed_text_opens_for_its_purpose_and_secret_alone() -> None:
    mine, other = Sealer(b"a" * 32), Sealer(b"b" * 32)
    kept = mine.seal_text("tanaka@mill.example", "contact 1")
    assert kept.startswith(f"mgs1:{mine.key_id}:")
    assert "tanaka" not in kept
    assert kept != mine.seal_text("tanaka@mill.example", "contact 1")  # two equal texts do not look equal
    assert mine.open_text(kept, "contact 1") == "tanaka@mill.example"
    for sealer, purpose, text in (
        (mine, "contact 2", kept),
        (other, "contact 1", kept),
        (mine, "contact 1", kept[:-4] + "AAA="),
    ):
        with pytest.raises(WrongSecret):
            sealer.open_text(text, purpose)
    assert mine.seal_text("", "contact 1") == ""
    assert mine.open_text("kept before: in clear", "contact 1") == "kept before: in clear"
    assert mine.blind("x", "p") == mine.blind("x", "p")
    assert len({mine.blind("x", "p"), mine.blind("x", "q"), mine.blind("y", "p"), other.blind("x", "p")}) == 4
