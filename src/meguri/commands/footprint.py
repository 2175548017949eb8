"""`meguri footprint rollup`: totals of every part, from Parquet to Parquet.

Exit codes: 0 written, 1 refused (the reason is on stderr, and nothing is written).
"""

import argparse
import os
import sys
import time
from itertools import pairwise
from pathlib import Path

from meguri.kernel.errors import Refusal
from meguri.kernel.text import Language, Text

_DONE = Text(
    ja="{parts} 部品・{links} リンク・{figures} 項目: 読込 {load:.3f} 秒、計算 {solve:.3f} 秒、書込 {write:.3f} 秒",
    en="{parts} parts, {links} links, {figures} figures: load {load:.3f} s, roll-up {solve:.3f} s, write {write:.3f} s",
)
_DONE_ON_CLUSTER = Text(
    ja="{parts} 部品・{links} リンク: クラスターで {seconds:.1f} 秒",
    en="{parts} parts, {links} links: {seconds:.1f} s on the cluster",
)
_INCOMPLETE = Text(
    ja="注意: 値のない部品が {missing} 件あり、{incomplete} 件の合計は不完全です。値のない部品: {ids}",
    en="Note: {missing} parts have no figure, so {incomplete} totals are incomplete. Parts without a figure: {ids}",
)
_SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds `rollup` and its options to `parser`."""
    actions = parser.add_subparsers(dest="action", required=True)
    rollup = actions.add_parser("rollup", help="total figures of every part, over all levels of its structure")
    rollup.add_argument("--nodes", type=Path, required=True, help="Parquet: id, and one column for each figure")
    rollup.add_argument("--links", type=Path, required=True, help="Parquet: parent, child, amount")
    rollup.add_argument("--out", type=Path, required=True, help="Parquet to write: id, and the totals")
    rollup.add_argument("--engine", choices=("scipy", "spark"), default="scipy", help="spark needs meguri[cluster]")
    rollup.add_argument("--master", default="local[*]", help="Spark master, with --engine spark")
    rollup.add_argument("--exact", action="store_true", help="decimal totals as they are published, not float64")
    rollup.add_argument("--parallel", choices=("add", "refuse"), default="add", help="links listed more than once")
    rollup.add_argument("--language", choices=("ja", "en"), default=_language(), help="language of messages")


def run(args: argparse.Namespace) -> int:
    """Does what `args` ask; returns the exit code."""
    language: Language = args.language
    try:
        print(_roll_up(args, language))
    except Refusal as refusal:
        print(f"meguri: {refusal.sentence(language)}", file=sys.stderr)
        for fault in refusal.fields[1:]:
            print(f"  {fault.field}: {fault.of(language)}", file=sys.stderr)
        return 1
    return 0


def _roll_up(args: argparse.Namespace, language: Language) -> str:
    if args.engine == "spark":
        from meguri.footprint.engine.cluster import roll_up_files

        done = roll_up_files(args.nodes, args.links, args.out, master=args.master, exact=args.exact)
        _tell_missing(language, done.missing, done.incomplete, done.missing_ids)
        return _DONE_ON_CLUSTER.of(language, parts=done.parts, links=done.links, seconds=done.seconds)
    return _roll_up_here(args, language)


def _roll_up_here(args: argparse.Namespace, language: Language) -> str:
    from meguri.footprint.engine import files, incomplete_parts, missing_parts, roll_up

    moments = [time.perf_counter()]
    once = args.parallel == "refuse"
    parts = files.read_parts(args.nodes, args.links, each_link_once=once, exact=args.exact)
    moments.append(time.perf_counter())
    missing = missing_parts(parts.structure, parts.known)
    if args.exact:
        exact = files.exact_columns(parts)
        moments.append(time.perf_counter())
        files.write_exact_totals(args.out, parts.ids, parts.names, exact, missing)
    else:
        totals = roll_up(parts.structure, parts.own)
        moments.append(time.perf_counter())
        files.write_totals(args.out, parts.ids, parts.names, totals, missing)
    moments.append(time.perf_counter())
    names = [parts.name(row) for row in missing[:_SHOWN].tolist()]
    _tell_missing(language, missing.size, incomplete_parts(parts.structure, missing).size, names)
    load, solve, write = (end - start for start, end in pairwise(moments))
    links, figures = parts.structure.uses.nnz, len(parts.names)
    return _DONE.of(language, parts=len(parts.ids), links=links, figures=figures, load=load, solve=solve, write=write)


def _tell_missing(language: Language, missing: int, incomplete: int, ids: list[str]) -> None:
    if missing:
        note = _INCOMPLETE.of(language, missing=missing, incomplete=incomplete, ids=", ".join(ids))
        print(f"meguri: {note}", file=sys.stderr)


def _language() -> Language:
    return "ja" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("ja") else "en"
