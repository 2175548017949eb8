"""Opening a workbook in a process with limits."""

import hashlib
from typing import Any

import msgspec

from meguri.diligence.rmi.errors import unsupported
from meguri.workbooks import running
from meguri.workbooks.errors import SheetTooDemanding

MOST_BYTES = 50 * 1024 * 1024
_PARSER = "meguri.diligence.rmi.package"


class Workbook(msgspec.Struct, frozen=True, kw_only=True):
    """The sheets that matter, cell by cell: (value, flags). `unlocked`: cells of the Declaration that may be filled in.

    See `package.read`.
    """

    sheets: dict[str, dict[str, tuple[str, str]]]
    names: list[str]
    unlocked: frozenset[str] = frozenset()
    sha256: str = ""


def open_workbook(content: bytes) -> Workbook:
    """The workbook's cells. Blocks for up to `running.WALL_S` seconds: call it by `running.aside`. Raises TemplateUnsupported."""
    if len(content) > MOST_BYTES:
        raise unsupported("too_large")
    try:
        said = running.run(_PARSER, {}, content)
    except SheetTooDemanding as error:
        raise unsupported("took_too_long") from error
    answer: dict[str, Any] = msgspec.json.decode(said)
    if "reason" in answer:
        raise unsupported(str(answer["reason"]), str(answer.get("detail", "")))
    return msgspec.convert({**answer, "sha256": hashlib.sha256(content).hexdigest()}, Workbook)
