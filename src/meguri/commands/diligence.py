"""`meguri diligence screen`: names of a file against a list, one answer per name.

Exit codes: 0 written, 1 refused (the reason is on stderr, and nothing is written).
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from meguri.commands.words import DONE, complain, language, say
from meguri.kernel.text import Text

if TYPE_CHECKING:
    from meguri.diligence.screening import Entry, Subject

_SHOWN = 3  # ids that are named in a remark

_DONE = Text(
    ja="{names} 件を {entries} 件のリストと照合: 一致 {yes}、要確認 {review}、該当なし {no}（{seconds:.1f} 秒）",
    en="{names} names against {entries} entries: yes {yes}, review {review}, no {no} ({seconds:.1f} s)",
)
_HELP = {
    "screen": Text(ja="名称をリストと照合する", en="screen names against a list"),
    "names": Text(ja="CSV: id,name（任意: country,identifier）", en="CSV: id,name and optional country,identifier"),
    "list": Text(
        ja="CSV: id,name（任意: aliases（; 区切り）,country,identifier,programme）",
        en="CSV: id,name and optional aliases (separated by ;), country, identifier, programme",
    ),
    "encoding": Text(
        ja="UTF-8・UTF-16 以外の CSV の文字コード（例: cp932）",
        en="encoding of CSV files that are not UTF-8 or UTF-16 (for example cp932)",
    ),
    "out": Text(
        ja="書き出す CSV: id,name,match（yes・review・no）,list_id,score,reason",
        en="CSV to write: id,name,match (yes, review, no),list_id,score,reason",
    ),
}


_NOTHING_LISTED = Text(
    ja="{file}: リストに項目がありません。照合していないため、「no」は該当なしを意味しません",
    en="{file}: the list has no entries. Nothing was screened, and a “no” clears nobody",
)
_NAMELESS = Text(
    ja="{file}: 名称のない項目が {found} 件あります。識別子でしか照合できません",
    en="{file}: {found} entries have no name and can only be found by an identifier",
)
_TWICE = Text(
    ja="{file}: id {found} が2回以上あります。行ごとに回答します",
    en="{file}: id {found} appears more than once; each row is answered on its own",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds `screen` and its options to `parser`."""
    about = {name: text.of(language()) for name, text in _HELP.items()}
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    screen = actions.add_parser("screen", help=about["screen"])
    screen.add_argument("names", type=Path, metavar="NAMES.csv", help=about["names"])
    screen.add_argument("list", type=Path, metavar="LIST.csv", help=about["list"])
    screen.add_argument("--out", type=Path, required=True, metavar="OUT.csv", help=about["out"])
    screen.add_argument("--encoding", default="", metavar="NAME", help=about["encoding"])


def _remarks(
    args: argparse.Namespace, subjects: Sequence["Subject"], entries: Sequence["Entry"]
) -> Iterator[tuple[Text, str, object]]:
    """What a reader should know about the two files before trusting the answers: text, file, what was found."""
    if not entries:
        yield _NOTHING_LISTED, args.list.name, 0
    if nameless := sum(not entry.name.strip() for entry in entries):
        yield _NAMELESS, args.list.name, nameless
    for path, rows in ((args.names, subjects), (args.list, entries)):
        if twice := [one for one, count in Counter(row.id for row in rows).items() if count > 1]:
            yield _TWICE, path.name, ", ".join(twice[:_SHOWN]) + (" …" if len(twice) > _SHOWN else "")


def run(args: argparse.Namespace) -> int:
    """Does what `args` ask; returns the exit code. Raises BadSheet."""
    from meguri.diligence.screening import sheet

    began = time.perf_counter()
    sheet.can_write(args.out)
    subjects, entries = sheet.read_names(args.names, args.encoding), sheet.read_list(args.list, args.encoding)
    counts = sheet.write_answers(args.out, subjects, sheet.screen_all(subjects, entries))
    took = time.perf_counter() - began
    for text, file, found in _remarks(args, subjects, entries):
        complain(text, file=file, found=found)
    say(_DONE, names=len(subjects), entries=len(entries), seconds=took, **counts)
    return DONE
