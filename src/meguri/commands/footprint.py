"""`meguri footprint rollup`: totals of every part, from Parquet to Parquet.

Exit codes: 0 written, 1 refused (the reason is on stderr, and nothing is written).
"""

import argparse
import sys
import time
from itertools import pairwise
from pathlib import Path

from meguri.commands.words import DONE, FAILED, complain, language, say
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Text

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


_HELP = {
    "rollup": Text(
        ja="部品構成の全階層にわたって数値を集計する",
        en="total figures of every part, over all levels of its structure",
    ),
    "nodes": Text(ja="Parquet: id と、項目ごとの数値列", en="Parquet: id, and one column for each figure"),
    "links": Text(ja="Parquet: parent・child・amount", en="Parquet: parent, child, amount"),
    "out": Text(ja="書き出す Parquet: id と合計", en="Parquet to write: id, and the totals"),
    "engine": Text(ja="spark には meguri[cluster] が必要", en="spark needs meguri[cluster]"),
    "master": Text(ja="Spark マスター（--engine spark のとき）", en="Spark master, with --engine spark"),
    "exact": Text(ja="公表用の十進数で集計する", en="decimal totals as they are published, not float64"),
    "parallel": Text(
        ja="重複したリンク: add は合計、refuse はエラー", en="links listed more than once: add them up, or refuse them"
    ),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds `rollup` and its options to `parser`."""
    about = {name: text.of(language()) for name, text in _HELP.items()}
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    rollup = actions.add_parser("rollup", help=about["rollup"])
    for name in ("nodes", "links", "out"):
        rollup.add_argument(f"--{name}", type=Path, required=True, metavar="PARQUET", help=about[name])
    rollup.add_argument("--engine", choices=("scipy", "spark"), default="scipy", help=about["engine"])
    rollup.add_argument("--master", default="local[*]", help=about["master"])
    rollup.add_argument("--exact", action="store_true", help=about["exact"])
    rollup.add_argument("--parallel", choices=("add", "refuse"), default="add", help=about["parallel"])


def run(args: argparse.Namespace) -> int:
    """Does what `args` ask; returns the exit code."""
    try:
        if args.engine == "spark":
            _roll_up_on_cluster(args)
        else:
            _roll_up_here(args)
    except Refusal as refusal:
        print(f"meguri: {refusal.sentence(language())}", file=sys.stderr)
        for fault in refusal.fields[1:]:
            print(f"  {fault.field}: {fault.of(language())}", file=sys.stderr)
        return FAILED
    return DONE


def _roll_up_on_cluster(args: argparse.Namespace) -> None:
    from meguri.footprint.engine.cluster import roll_up_files

    once = args.parallel == "refuse"
    files = (args.nodes, args.links, args.out)
    done = roll_up_files(*files, master=args.master, exact=args.exact, each_link_once=once)
    _tell_missing(done.missing, done.incomplete, done.missing_ids)
    say(_DONE_ON_CLUSTER, parts=done.parts, links=done.links, seconds=done.seconds)


def _roll_up_here(args: argparse.Namespace) -> None:
    from meguri.footprint.engine import files, incomplete_parts, roll_up

    moments = [time.perf_counter()]
    once = args.parallel == "refuse"
    parts = files.read_parts(args.nodes, args.links, each_link_once=once, exact=args.exact)
    moments.append(time.perf_counter())
    missing = files.missing_figures(parts)
    if args.exact:
        exact = files.exact_columns(parts)
        moments.append(time.perf_counter())
        files.write_exact_totals(args.out, parts.ids, parts.names, exact, missing)
    else:
        totals = roll_up(parts.structure, parts.own)
        files.check_held(parts, totals)
        moments.append(time.perf_counter())
        files.write_totals(args.out, parts.ids, parts.names, totals, missing)
    moments.append(time.perf_counter())
    lacking = files.lacking_parts(missing)
    names = [files.name_of_lacking(parts, missing, row) for row in lacking[:_SHOWN].tolist()]
    _tell_missing(lacking.size, incomplete_parts(parts.structure, lacking).size, names)
    load, solve, write = (end - start for start, end in pairwise(moments))
    links, figures = parts.structure.uses.nnz, len(parts.names)
    say(_DONE, parts=len(parts.ids), links=links, figures=figures, load=load, solve=solve, write=write)


def _tell_missing(missing: int, incomplete: int, ids: list[str]) -> None:
    if missing:
        complain(_INCOMPLETE, missing=missing, incomplete=incomplete, ids=", ".join(ids))
