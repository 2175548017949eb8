"""Work on files that takes time: outside of any transaction, in a thread of its own. The engine is that of the command line."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import msgspec

from meguri.health import service
from meguri.health.assess.run import Assessment, assess_file
from meguri.health.assess.steps import sheet_of
from meguri.health.assess.subject import Meta
from meguri.health.errors import ColumnMissing, MetaInvalid
from meguri.health.pulse.features import VOLTAGES
from meguri.health.pulse.predict import Predictor
from meguri.health.pulse.rawtable import Cell, read_blocks
from meguri.health.pulse.record import load_model
from meguri.health.views import Kind, Options, StoredAssessment, Upload
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.files import FileStore, Limits
from meguri.telemetry.model import Chemistry, Level, NamePlate, Quality
from meguri.telemetry.reading import MOST_BYTES
from meguri.telemetry.records import How, merged, read_in_pieces

AT_ONCE_BYTES = 20_000_000  # larger records take longer than a person waits: a worker assesses them
_KINDS = frozenset({"csv", "gz", "parquet", "xlsx", "bdf", "txt"})
_LIMITS = Limits(most_bytes=MOST_BYTES, kinds=_KINDS, proven=False)
_ANY = NamePlate(level=Level.SYSTEM, chemistry=Chemistry.OTHER)
_PIECE = 1 << 20


@lru_cache(maxsize=4)
def predictor(model: str) -> Predictor:
    """A model ready to answer; kept, for its experts take a moment to fit. Raises ModelUnknown, ModelUntrusted."""
    return Predictor(load_model(model))


def how(options: Options) -> How:
    """The options of a request as those of the reader."""
    return How(options.profile, (), options.current_sign == "flip", options.charger_efficiency)


async def hand_in(
    db: Database, scope: OperatorScope, files: FileStore, path: Path, name: str, options: Options
) -> Upload:
    """Examine a file and keep it. A file that cannot be used is refused and not kept. Raises Unusable and its kinds."""
    kind, quality = await asyncio.to_thread(_examined, path, options)
    file_name = name[:200] if "." in name else f"{name[:195]}.csv"
    stored = await files.put(scope, f"record.{_ending(file_name)}", _pieces(path), _LIMITS)
    upload = Upload(
        upload_id=new_id(),
        file_name=file_name,
        sha256=stored.sha256,
        size=stored.size,
        kind=kind,
        quality=quality,
        created_at=clock.now(),
    )
    return await db.run(scope, service.keep_upload, upload)


def _ending(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    return ending if ending in _KINDS else "csv"


def _examined(path: Path, options: Options) -> tuple[Kind, Quality | None]:
    if sheet_of(path) is not None:
        return "worksteps", None
    try:
        return "record", merged([piece.quality for piece in read_in_pieces(path, _ANY, how(options))])
    except ColumnMissing:
        if _is_pulse_table(path):
            return "pulse", None
        raise


def _is_pulse_table(path: Path) -> bool:
    """Read to its end, so that a table that cannot be used is refused now; memory stays flat."""
    columns: dict[str, list[Cell]] = {}
    for block in read_blocks(path):
        columns = block.columns
    return sum(name in columns for name in VOLTAGES) > len(VOLTAGES) // 2


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


@asynccontextmanager
async def on_disk(files: FileStore, scope: OperatorScope, sha256: str, name: str) -> AsyncIterator[Path]:
    """Within: a stored file under a path of its own, its name's ending kept. Raises NotFound, FileDamaged."""
    with tempfile.TemporaryDirectory(prefix="meguri-assess-") as folder:
        endings = "".join(Path(name).suffixes[-2:]).lower()
        path = Path(folder) / f"record{endings if endings.isascii() and len(endings) < 20 else '.csv'}"
        with path.open("wb") as sink:
            async for piece in await files.get(scope, sha256):
                sink.write(piece)
        yield path


async def assess(
    db: Database, scope: OperatorScope, files: FileStore, assessment_id: UUID
) -> StoredAssessment:  # fmt: skip
    """Compute an assessment that was begun, and keep its outcome or the reason why there is none."""
    present = await db.run(scope, service.assessment, assessment_id)
    if present.upload_id is None or present.finished_at is not None:
        return present
    upload = await db.run(scope, service.upload, present.upload_id)
    try:
        async with on_disk(files, scope, upload.sha256, upload.file_name) as path:
            found = await asyncio.to_thread(_assessed, path, present)
    except Refusal as why:
        return await db.run(scope, service.fail, assessment_id, why)
    return await db.run(scope, service.finish, assessment_id, found)


def _assessed(path: Path, present: StoredAssessment) -> Assessment:
    meta = msgspec.convert(present.meta, Meta)
    try:
        return assess_file(path, meta, how(present.options))
    except ValueError as problem:
        raise MetaInvalid(detail=str(problem)) from None
