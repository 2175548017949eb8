"""Files of tenants: addressed by content, complete or not there, proven at every reading."""

import os
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from conftest import MakeScope
from meguri.kernel.errors import NotFound
from meguri.kernel.scope import OperatorScope
from meguri.storage.failures import StorageFull
from meguri.storage.file_kinds import looks_like
from meguri.storage.files import FileDamaged, FileTooLarge, FolderStore, Limits, WrongFileKind

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 3000
LIMITS = Limits(most_bytes=1_000_000, kinds=frozenset({"pdf", "csv"}))


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def read(store: FolderStore, scope: OperatorScope, address: str) -> bytes:
    return b"".join([piece async for piece in await store.get(scope, address)])


def everything_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_file_comes_back_as_it_went(store: FolderStore, scope: MakeScope) -> None:
    ours = scope()
    stored = await store.put(ours, "Certificate.PDF", pieces(PDF), LIMITS)
    assert (stored.sha256, stored.size) == (sha256(PDF).hexdigest(), len(PDF))
    assert await read(store, ours, stored.sha256) == PDF


async def test_the_same_content_is_kept_once(store: FolderStore, scope: MakeScope, tmp_path: Path) -> None:
    ours = scope()
    assert await store.put(ours, "a.pdf", pieces(PDF), LIMITS) == await store.put(ours, "b.pdf", pieces(PDF), LIMITS)
    assert len(everything_in(tmp_path)) == 1


async def test_another_operators_file_is_unknown_even_by_its_address(store: FolderStore, scope: MakeScope) -> None:
    stored = await store.put(scope(), "a.pdf", pieces(PDF), LIMITS)
    with pytest.raises(NotFound):
        await store.get(scope(), stored.sha256)


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 63 + "/", "é" * 64, "0" * 64])
async def test_an_address_that_is_none_is_unknown(store: FolderStore, scope: MakeScope, address: str) -> None:
    with pytest.raises(NotFound):
        await store.get(scope(), address)
    await store.remove(scope(), address)


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("a.pdf", PDF + b"x" * 1_000_000, FileTooLarge),
        ("a.exe", b"MZ", WrongFileKind),
        ("pdf", PDF, WrongFileKind),
        ("a.pdf", b"MZ\x90\0 this program", WrongFileKind),
        ("a.csv", b"a,b\n\0\0", WrongFileKind),
    ],
)
async def test_what_is_refused_is_not_kept(
    store: FolderStore, scope: MakeScope, tmp_path: Path, name: str, content: bytes, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await store.put(scope(), name, pieces(content), LIMITS)
    assert everything_in(tmp_path) == []


async def test_an_upload_that_breaks_off_leaves_nothing(store: FolderStore, scope: MakeScope, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield PDF[:100]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await store.put(scope(), "a.pdf", broken(), LIMITS)
    assert everything_in(tmp_path) == []


async def test_a_full_disk_is_refused_in_words(
    store: FolderStore, scope: MakeScope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        await store.put(scope(), "a.pdf", pieces(PDF), LIMITS)
    assert everything_in(tmp_path) == []


async def test_a_damaged_file_is_never_handed_out(store: FolderStore, scope: MakeScope, tmp_path: Path) -> None:
    ours = scope()
    stored = await store.put(ours, "a.pdf", pieces(PDF), LIMITS)
    (place,) = everything_in(tmp_path)
    place.write_bytes(PDF[:-1] + b"!")
    with pytest.raises(FileDamaged):
        await store.get(ours, stored.sha256)
    assert [path.name for path in store.damaged()] == [stored.sha256]


async def test_a_removed_file_is_unknown(store: FolderStore, scope: MakeScope) -> None:
    ours = scope()
    stored = await store.put(ours, "a.pdf", pieces(PDF), LIMITS)
    await store.remove(ours, stored.sha256)
    with pytest.raises(NotFound):
        await store.get(ours, stored.sha256)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_japanese_text_is_text_in_every_usual_encoding_wherever_it_is_cut(encoding: str) -> None:
    text = "部品,数量\nセル,5\n".encode(encoding)
    assert all(looks_like("csv", text[:cut]) for cut in range(4, len(text)))
