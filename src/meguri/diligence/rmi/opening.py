"""Opening a workbook in a process with limits."""

import hashlib
import subprocess
import sys
from typing import Any

import msgspec

from meguri.diligence.rmi.errors import unsupported

MOST_BYTES = 50 * 1024 * 1024
SECONDS = 30


class Workbook(msgspec.Struct, frozen=True, kw_only=True):
    """The sheets that matter, cell by cell: (value, flags). See `package.read`."""

    sheets: dict[str, dict[str, tuple[str, str]]]
    names: list[str]
    sha256: str = ""


def open_workbook(content: bytes) -> Workbook:
    """The workbook's cells. Blocks for up to half a minute: call it in a thread. Raises TemplateUnsupported."""
    if len(content) > MOST_BYTES:
        raise unsupported("too_large")
    command = [sys.executable, "-I", "-m", "meguri.diligence.rmi.package"]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=False, env={})  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise unsupported("took_too_long") from error
    answer: dict[str, Any] = msgspec.json.decode(done.stdout) if done.stdout else {"reason": "took_too_long"}
    if "reason" in answer:
        raise unsupported(str(answer["reason"]), str(answer.get("detail", "")))
    return msgspec.convert({**answer, "sha256": hashlib.sha256(content).hexdigest()}, Workbook)
