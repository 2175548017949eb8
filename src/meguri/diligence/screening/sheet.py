"""Names and lists as CSV files, and the answers beside them."""

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from meguri.diligence.screening.decide import Entry, Screened, Subject
from meguri.diligence.screening.errors import BadSheet
from meguri.diligence.screening.screen import Screener
from meguri.diligence.screening.words import country_code

COLUMNS = ("id", "name", "match", "list_id", "score", "reason")
_ALONE = 4_000
_BATCH = 2_500


def read_names(path: Path) -> list[Subject]:
    """NAMES: `id,name` and optional `country,identifier`. Raises BadSheet."""
    return [
        Subject(row["id"], row["name"], country_code(row.get("country")), (row.get("identifier") or "").strip())
        for row in _rows(path)
    ]


def read_list(path: Path) -> list[Entry]:
    """LIST: `id,name` and optional `aliases` (separated by `;`), `country`, `identifier`, `programme`. Raises BadSheet."""
    return [
        Entry(
            row["id"],
            row["name"],
            tuple(alias.strip() for alias in (row.get("aliases") or "").split(";") if alias.strip()),
            country_code(row.get("country")),
            (row.get("identifier") or "").strip(),
            (row.get("programme") or "").strip(),
        )
        for row in _rows(path)
    ]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            reader.fieldnames = [(name or "").strip().casefold() for name in reader.fieldnames or ()]
            if missing := [name for name in ("id", "name") if name not in reader.fieldnames]:
                raise BadSheet(
                    file=path.name, line=1, ja=f"列 {missing[0]} がありません", en=f"column {missing[0]} is missing"
                )
            for row in reader:
                if None in row:
                    raise _bad_line(
                        path, reader.line_num, "列の数が見出しより多い行です", "more cells than the heading has"
                    )
                yield {key: (value or "").strip() for key, value in row.items()}
    except FileNotFoundError as error:
        raise BadSheet(file=path.name, line=0, ja="ファイルがありません", en="there is no such file") from error
    except UnicodeDecodeError as error:
        raise BadSheet(file=path.name, line=0, ja="UTF-8 で保存してください", en="please save it as UTF-8") from error
    except csv.Error as error:
        raise BadSheet(
            file=path.name, line=0, ja=f"CSV として読めません（{error}）", en=f"not CSV ({error})"
        ) from error


def _bad_line(path: Path, line: int, ja: str, en: str) -> BadSheet:
    return BadSheet(file=path.name, line=line, ja=ja, en=en)


def screen_all(subjects: Sequence[Subject], entries: Sequence[Entry], workers: int | None = None) -> Iterable[Screened]:
    """The answer for each name, in order; large files on every processor."""
    workers = workers or min(os.cpu_count() or 1, 8)
    if len(subjects) < _ALONE or workers == 1:
        yield from Screener(entries).screen(subjects)
        return
    batches = [subjects[start : start + _BATCH] for start in range(0, len(subjects), _BATCH)]
    with ProcessPoolExecutor(workers, initializer=_open, initargs=(entries,)) as pool:
        for answers in pool.map(_screen, batches):
            yield from answers


_screener: list[Screener] = []


def _open(entries: Sequence[Entry]) -> None:
    _screener[:] = [Screener(entries)]


def _screen(subjects: Sequence[Subject]) -> list[Screened]:
    return list(_screener[0].screen(subjects))


def write_answers(path: Path, subjects: Iterable[Subject], answers: Iterable[Screened]) -> dict[str, int]:
    """Writes one row per name, in order, whole or not at all; returns how many of each answer."""
    counts = {"yes": 0, "review": 0, "no": 0}
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".csv")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for subject, answer in zip(subjects, answers, strict=True):
                counts[answer.decision] += 1
                row = (subject.id, subject.name, answer.decision, answer.entry_id, f"{answer.score:.4f}", answer.reason)
                writer.writerow(row)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return counts
