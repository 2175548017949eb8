"""Bodies of requests that are files: poured to disk piece by piece, never held in memory as a whole."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile

from meguri.telemetry.errors import EmptyInput, RecordTooLarge
from meguri.telemetry.reading import MOST_BYTES

AnyRequest = Request[Any, Any, Any]
_PIECE = 1 << 20


@asynccontextmanager
async def body_as_file(request: AnyRequest, name: str, most_bytes: int = MOST_BYTES) -> AsyncIterator[tuple[Path, str]]:
    """Within: the body on disk, and the name of the file: of the form's field `file`, or as the query says.

    Raises EmptyInput, RecordTooLarge.
    """
    with tempfile.TemporaryDirectory(prefix="meguri-upload-") as folder:
        path = Path(folder) / "body"
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            form = await request.form()
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                raise EmptyInput
            await _pour(path, _pieces(file), most_bytes)
            name = file.filename
        else:
            await _pour(path, request.stream(), most_bytes)
        yield path, name


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_PIECE):
        yield piece


async def _pour(path: Path, pieces: AsyncIterator[bytes], most_bytes: int) -> None:
    size = 0
    with path.open("wb") as sink:
        async for piece in pieces:
            size += len(piece)
            if size > most_bytes:
                raise RecordTooLarge(most="5 GB")
            sink.write(piece)
    if not size:
        raise EmptyInput
