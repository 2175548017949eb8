"""Files of tenants: addressed by content, complete or not there, proven at every reading."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import obstore
import pytest
from tests.serving import free_port
from tests.storage import s3

from conftest import MakeScope
from meguri.commands import examine
from meguri.commands.examine import Grade
from meguri.kernel.errors import NotFound
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.settings import load
from meguri.storage.failures import StorageFull
from meguri.storage.file_kinds import looks_like
from meguri.storage.files import (
    Depot,
    FileDamaged,
    FileStore,
    FileTooLarge,
    FolderStore,
    Limits,
    StoredFile,
    WrongFileKind,
)
from meguri.storage.objects import Bucket, FilesAway, ObjectStore

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 3000
LIMITS = Limits(most_bytes=1_000_000, kinds=frozenset({"pdf", "csv"}))


@dataclass
class Shelf:
    """A store with a look at what it holds: each file's name, and a way to spoil one."""

    store: Depot
    names: Callable[[], list[str]]
    spoil: Callable[[str, bytes], None]
    left: Callable[[], list[Path]]


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, str(Path(s3.__file__)), str(port)])
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def bucket(endpoint: str) -> Bucket:
    return Bucket(
        s3.BUCKET, prefix=new_id().hex, endpoint=endpoint, region=s3.REGION, key_id=s3.KEY_ID, secret_key=s3.SECRET
    )


@pytest.fixture(params=["folder", "s3"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """Both stores keep the same promises."""
    if request.param == "folder":
        folder = FolderStore(tmp_path / "files")
        return Shelf(
            folder,
            lambda: list(folder.names()),
            lambda name, content: (tmp_path / "files" / name).write_bytes(content) and None,
            lambda: [path for path in everything_in(tmp_path) if "incoming" in str(path)],
        )
    objects = ObjectStore(bucket(request.getfixturevalue("s3_server")), tmp_path / "files")
    return Shelf(
        objects,
        lambda: list(objects.names()),
        lambda name, content: obstore.put(objects._store, name, content) and None,
        lambda: everything_in(tmp_path),
    )


@pytest.fixture
def store(shelf: Shelf) -> Depot:
    return shelf.store


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def read(store: FileStore, scope: OperatorScope, address: str) -> bytes:
    return b"".join([piece async for piece in await store.get(scope, address)])


def everything_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_file_comes_back_as_it_went(store: Depot, scope: MakeScope) -> None:
    ours = scope()
    stored = await store.put(ours, "Certificate.PDF", pieces(PDF), LIMITS)
    assert (stored.sha256, stored.size) == (sha256(PDF).hexdigest(), len(PDF))
    assert await read(store, ours, stored.sha256) == PDF


async def test_the_same_content_is_kept_once(shelf: Shelf, store: Depot, scope: MakeScope) -> None:
    ours = scope()
    assert await store.put(ours, "a.pdf", pieces(PDF), LIMITS) == await store.put(ours, "b.pdf", pieces(PDF), LIMITS)
    assert len(shelf.names()) == 1
    assert shelf.left() == []


async def test_another_operators_file_is_unknown_even_by_its_address(store: Depot, scope: MakeScope) -> None:
    stored = await store.put(scope(), "a.pdf", pieces(PDF), LIMITS)
    with pytest.raises(NotFound):
        await store.get(scope(), stored.sha256)


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 63 + "/", "é" * 64, "0" * 64])
async def test_an_address_that_is_none_is_unknown(store: Depot, scope: MakeScope, address: str) -> None:
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
    shelf: Shelf, store: Depot, scope: MakeScope, name: str, content: bytes, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await store.put(scope(), name, pieces(content), LIMITS)
    assert (shelf.names(), shelf.left()) == ([], [])


async def test_an_upload_that_breaks_off_leaves_nothing(shelf: Shelf, store: Depot, scope: MakeScope) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield PDF[:100]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await store.put(scope(), "a.pdf", broken(), LIMITS)
    assert (shelf.names(), shelf.left()) == ([], [])


async def test_a_full_disk_is_refused_in_words(
    shelf: Shelf, store: Depot, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        await store.put(scope(), "a.pdf", pieces(PDF), LIMITS)
    assert (shelf.names(), shelf.left()) == ([], [])


async def test_a_damaged_file_is_never_handed_out(shelf: Shelf, store: Depot, scope: MakeScope) -> None:
    ours = scope()
    stored = await store.put(ours, "a.pdf", pieces(PDF), LIMITS)
    [name] = shelf.names()
    shelf.spoil(name, PDF[:-1] + b"!")
    with pytest.raises(FileDamaged):
        await store.get(ours, stored.sha256)
    assert list(store.damaged()) == [name]


async def test_files_go_into_a_back_up_and_come_back(
    shelf: Shelf, store: Depot, scope: MakeScope, tmp_path: Path
) -> None:
    ours = scope()
    kept = [await store.put(ours, "a.csv", pieces(b"a,%d\n" % number), LIMITS) for number in range(5)]
    names = shelf.names()
    assert names == sorted(f"{ours.operator_id.hex}/{one.sha256[:2]}/{one.sha256}" for one in kept)
    copy = tmp_path / "copy"
    store.fetch(names[0], copy)
    assert sha256(copy.read_bytes()).hexdigest() == names[0].rpartition("/")[2]
    await store.remove(ours, names[0].rpartition("/")[2])
    assert shelf.names() == names[1:]
    store.bring(names[0], copy)
    assert shelf.names() == names


async def test_a_removed_file_is_unknown(store: Depot, scope: MakeScope) -> None:
    ours = scope()
    stored = await store.put(ours, "a.pdf", pieces(PDF), LIMITS)
    await store.remove(ours, stored.sha256)
    with pytest.raises(NotFound):
        await store.get(ours, stored.sha256)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_japanese_text_is_text_in_every_usual_encoding_wherever_it_is_cut(encoding: str) -> None:
    text = "部品,数量\nセル,5\n".encode(encoding)
    assert all(looks_like("csv", text[:cut]) for cut in range(4, len(text)))


async def test_a_large_file_goes_to_the_bucket_in_parts(s3_server: str, scope: MakeScope, tmp_path: Path) -> None:
    store, content = ObjectStore(bucket(s3_server), tmp_path), PDF * 30  # 23 MB
    stored = await store.put(scope_ := scope(), "a.pdf", pieces(content, 1 << 20), Limits(100_000_000, LIMITS.kinds))
    assert stored == StoredFile(sha256(content).hexdigest(), len(content))
    assert await read(store, scope_, stored.sha256) == content


@pytest.mark.parametrize(
    "wrong", [{"secret_key": "another"}, {"name": "elsewhere"}, {"endpoint": "http://127.0.0.1:9"}]
)
async def test_a_bucket_that_cannot_be_used_is_told_in_words(
    s3_server: str, scope: MakeScope, tmp_path: Path, wrong: dict[str, str]
) -> None:
    store = ObjectStore(replace(bucket(s3_server), **wrong), tmp_path)  # type: ignore[arg-type]
    with pytest.raises((FilesAway, NotFound)):
        await store.put(scope(), "a.pdf", pieces(PDF), LIMITS)
    assert everything_in(tmp_path) == []


def test_the_doctor_says_whether_the_bucket_answers(s3_server: str, tmp_path: Path) -> None:
    def said(**more: str) -> list[tuple[Grade, str]]:
        given = {"files_url": f"s3://{s3.BUCKET}/here", "s3_region": s3.REGION, "s3_key_id": s3.KEY_ID} | more
        settings = load({}, data_dir=str(tmp_path), s3_endpoint=s3_server, **given)
        return [(each.grade, each.text.of("en", **each.values)) for each in examine.bucket(settings)]

    plain, good = said(s3_secret_key=s3.SECRET)
    assert plain[0] is Grade.NOTE  # not https
    assert good == (Grade.GOOD, f"The bucket s3://{s3.BUCKET}/here answers")
    bad = said(s3_secret_key="another secret")[-1]
    assert bad[0] is Grade.BAD
    assert "another secret" not in bad[1]
    assert list(examine.bucket(load({}, data_dir=str(tmp_path)))) == []
