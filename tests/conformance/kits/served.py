"""A node in the profile `conformance` as a process of its own, with a data folder of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def done(command: Sequence[str | Path], cwd: Path, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its output is told only if it fails."""
    found = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    if check and found.returncode:
        sys.stderr.write(found.stdout[-4000:] + found.stderr[-4000:])
        raise SystemExit(f"failed: {command[0]}")
    return found


@contextmanager
def node(work: Path, profile: str = "conformance") -> Iterator[str]:
    """The address of a node that is ready; it ends with the block."""
    port = free_port()
    command = [Path(sys.executable).with_name("meguri"), "serve", "--profile", profile]
    options = ["--host", "127.0.0.1", "--port", str(port), "--data-dir", str(work / "data")]
    log = (work / "serve.log").open("w", encoding="utf-8")
    process = subprocess.Popen([*map(str, command), *options], stdout=log, stderr=log, env=os.environ.copy())
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, work / "serve.log")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)
        log.close()


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=3):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise SystemExit("the node did not start:\n" + log.read_text(encoding="utf-8")[-2000:])
