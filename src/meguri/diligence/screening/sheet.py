"""Names and lists as CSV files, and the answers beside them."""

import codecs
import csv
import os
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from io import StringIO
from pathlib import Path

from meguri.diligence.screening.countries import country_code
from meguri.diligence.screening.decide import Entry, Screened, Subject
from meguri.diligence.screening.errors import BadSheet, NoSheet
from meguri.diligence.screening.screen import Screener

COLUMNS = ("id", "name", "match", "list_id", "score", "reason")
_ALONE = 4_000
_NO_CSV = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .xls by another name
_UTF16_HEADS = {"id".encode(name): name for name in ("utf-16-le", "utf-16-be")}  # saved without a mark
_HEADINGS = {
    "番号": "id",
    "id番号": "id",
    "名称": "name",
    "名前": "name",
    "会社名": "name",
    "国": "country",
    "国名": "country",
    "識別子": "identifier",
    "別名": "aliases",
    "制度": "programme",
}
_BATCH = 2_500
_LONGEST_CELL = 32 << 20  # signs; of a name only the first few hundred are looked at
_TWO_BYTES = 0x7FF  # the last sign that UTF-8 writes with two bytes


def read_names(path: Path, encoding: str = "") -> list[Subject]:
    """NAMES: `id,name` and optional `country,identifier`. `encoding`: see `_text`. Raises BadSheet."""
    return [
        Subject(row["id"], row["name"], country_code(row.get("country")), (row.get("identifier") or "").strip())
        for row in _rows(path, encoding)
    ]


def read_list(path: Path, encoding: str = "") -> list[Entry]:
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
        for row in _rows(path, encoding)
    ]


def _text(path: Path, encoding: str) -> str:
    """The text of a file: UTF-8 or UTF-16 by its mark, or UTF-8 by its signs of three bytes, else `encoding`, else UTF-8.

    Nothing else is guessed: a name in the wrong code page would be a wrong name, and be cleared. `encoding` is said once
    for two files, of which one is often UTF-8.
    """
    raw = b""
    try:
        raw = path.read_bytes()
        if raw.startswith(_NO_CSV):
            raise NoSheet(
                file=path.name,
                ja="CSV ではありません（表計算ソフトのファイルです）。CSV（UTF-8）で保存し直してください",
                en="this is a workbook, not CSV; please save it as CSV (UTF-8)",
            )
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return raw.decode("utf-16")
        if wide := _UTF16_HEADS.get(raw[:4]):
            return raw.decode(wide)
        if raw.startswith(codecs.BOM_UTF8) or not encoding or _is_utf8(raw):
            return raw.decode("utf-8-sig")
        return raw.decode(encoding)
    except OSError as error:
        raise NoSheet(
            file=path.name,
            ja="ファイルがありません、または開けません",
            en="there is no such file that can be opened",
        ) from error
    except LookupError as error:
        raise NoSheet(
            file=path.name, ja=f"文字コード {encoding} を知りません", en=f"there is no encoding {encoding}"
        ) from error
    except UnicodeError as error:
        at = getattr(error, "start", 0)
        raise BadSheet(
            file=path.name,
            line=raw[:at].count(b"\n") + 1,
            ja="文字コードが違います。UTF-8 で保存するか、"
            "--encoding cp932（日本語）・gb18030（中国語）・cp949（韓国語）を付けてください",
            en="another encoding; please save it as UTF-8, or add --encoding cp932 (Japanese), gb18030 (Chinese), cp949 (Korean)",
        ) from error


def _is_utf8(raw: bytes) -> bool:
    """Whether bytes are UTF-8 with signs of three bytes: no text of another code page happens to be that throughout."""
    try:
        return any(ord(sign) > _TWO_BYTES for sign in raw.decode())
    except UnicodeDecodeError:
        return False


def _rows(path: Path, encoding: str) -> Iterator[dict[str, str]]:
    whole = _text(path, encoding).lstrip("\ufeff")
    text = whole.lstrip("\r\n")  # blank lines above the heading
    above = whole[: len(whole) - len(text)].count("\n")
    head = text.splitlines()[0] if text else ""
    between = next((sign for sign in (",", ";", "\t") if sign in head), ",")
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.DictReader(StringIO(text, newline=""), strict=True, delimiter=between)
    try:
        named = [unicodedata.normalize("NFKC", name or "").strip().casefold() for name in reader.fieldnames or ()]
        reader.fieldnames = [_HEADINGS.get(name, name) for name in named]
        if missing := [name for name in ("id", "name") if name not in reader.fieldnames]:
            raise BadSheet(
                file=path.name,
                line=above + 1,
                ja=f"列 {missing[0]} がありません",
                en=f"column {missing[0]} is missing",
            )
        for row in reader:
            if any(cell.strip() for cell in row.pop(None, ())):
                raise _bad_line(
                    path,
                    above + reader.line_num,
                    "見出しより列が多い行です（名称のカンマは引用符で囲んでください）",
                    "more cells than the heading has (put names with commas in quotes)",
                )
            yield {key: (value or "").strip() for key, value in row.items()}
    except csv.Error as error:
        raise BadSheet(
            file=path.name, line=above + reader.line_num, ja=f"CSV として読めません（{error}）", en=f"not CSV ({error})"
        ) from error


def _bad_line(path: Path, line: int, ja: str, en: str) -> BadSheet:
    return BadSheet(file=path.name, line=line, ja=ja, en=en)


def no_formula(cell: str) -> str:
    """A cell that a table program takes for text, not for a formula; a signed number stays as it is."""
    signed = cell[:1] in ("+", "-") and not cell[1:].replace(".", "", 1).isdigit()
    return f"'{cell}" if signed or cell[:1] in ("=", "@", "\t", "\r") else cell


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


def can_write(path: Path) -> None:
    """Raises BadSheet where no file can be made at `path`, before the work is done rather than after."""
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise NoSheet(
            file=path.name,
            ja="ここには書き出せません（フォルダーがない、または書込みできません）",
            en="cannot be written there: no such folder, or it cannot be written to",
        )


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
                writer.writerow([no_formula(cell) for cell in row])
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return counts
