"""A disk that fills up, on a small file system of its own: changes are refused in words, reading goes on, nothing is lost.

The same server shows that the worker's figures stand in the web's `/metrics`.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving import Server, free_port

pytestmark = pytest.mark.faults
SIZE_MB = 420


@pytest.fixture
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = Path("/tmp") / f"meguri-disk-{os.getpid()}"
    folder.mkdir(mode=0o755)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}M,mode=755", "tmpfs", str(folder)]
    try:
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("a small file system can be mounted by root only")
        yield folder
        subprocess.run(["umount", "-l", str(folder)], check=True)
    finally:
        folder.rmdir()


def fill(folder: Path, leave: int) -> Path:
    """A file that leaves `leave` bytes on the disk."""
    ballast = folder / "ballast"
    found = os.statvfs(folder)
    with ballast.open("wb") as sink:
        os.posix_fallocate(sink.fileno(), 0, found.f_bavail * found.f_frsize - leave)
    return ballast


def test_on_a_full_disk_changes_are_refused_in_words_and_reading_goes_on(small_disk: Path) -> None:
    data = small_disk / "data"
    server = Server(data, free_port(), MEGURI_APP="meguri.app", MEGURI_DISK_RESERVE_MB="64")
    try:
        server.wait_until_ready(patience=240)
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers={"accept-language": "en"}) as client:
            apply = {"name": "x"}
            assert client.post("/apply", data=apply).status_code == 422
            for left in (32 << 20, 0):
                ballast = fill(small_disk, left)
                refused = client.post("/apply", data=apply)
                assert refused.status_code == 503
                assert "The storage is full" in refused.text
                assert int(refused.headers["retry-after"]) > 0
                api = client.post("/api/v1/parts", json={})
                assert (api.status_code, api.json()["code"]) == (503, "storage.full")
                assert client.get("/apply").status_code == 200
                assert client.get("/readyz").status_code == 200
                wrong = client.post("/sign-in", data={"account": "a@b.example", "password": "x"})
                assert wrong.status_code in (422, 503)
                ballast.unlink()
            assert client.post("/apply", data=apply).status_code == 422
            figures = _with_worker(client)
            assert "meguri_disk_free_bytes" in figures
        assert "disk nearly full" in server.log.read_text()
    finally:
        server.stop()


def _with_worker(client: httpx.Client) -> str:
    """The figures, once the worker has left its own."""
    give_up = time.monotonic() + 15
    while True:
        figures = client.get("/metrics").text
        if 'process_resident_memory_bytes{process="worker-' in figures:
            return figures
        assert time.monotonic() < give_up, "the worker's figures never came"
        time.sleep(0.2)
