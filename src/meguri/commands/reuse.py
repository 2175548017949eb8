"""`meguri reuse gate | value | match`: verdict, value and matching of used batteries, without server or database.

INPUT and OUTPUT are JSON (docs/how-to/value-a-used-battery.md shows both); `value` also takes and gives tables. Exit codes:
0 written, 1 cannot be written, 2 unusable input (nothing written), 3 nothing assessable (written).
"""

import argparse
import sys
from pathlib import Path

import msgspec

from meguri.commands.words import DONE, MISUSED, complain, language
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Text

NOTHING_ASSESSABLE = 3
_WRITTEN = object()  # by the action itself

_NOT_WRITTEN = Text(
    ja="{path} に書き込めません: {detail}。出力先を確認してください。",
    en="{path} cannot be written: {detail}. Please check the output path.",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the actions and their options to `parser`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    for name, about in (
        ("gate", "safety verdict and grade by all evidence"),
        ("value", "P10, P50, P90 of every next use, explained; with gate evidence also the decision"),
        ("match", "batteries to second-life uses, so that the total value is greatest"),
    ):
        action = actions.add_parser(name, help=about)
        more = ", or a table of many: .csv, .csv.gz, .parquet" if name == "value" else ""
        action.add_argument("input", type=Path, metavar="INPUT", help=f"JSON{more}")
        action.add_argument("output", type=Path, metavar="OUTPUT", help=f"JSON{more}")
        if name == "gate":
            action.add_argument(
                "--assessment",
                type=Path,
                action="append",
                default=[],
                help="output of `meguri health assess`, as evidence",
            )
        if name == "value":
            action.add_argument("--prices", type=Path, help="price set, .json or .csv; default: the demonstration set")
            action.add_argument("--seed", type=int, help="of the draws")
            action.add_argument("--draws", type=int, help="number of draws")


def run(args: argparse.Namespace) -> int:
    """Does what `args` ask; returns the exit code."""
    try:
        result, assessable = {"gate": _gate, "value": _value, "match": _match}[args.action](args)
    except OSError as problem:
        complain(_NOT_WRITTEN, path=args.output, detail=problem.strerror)
        return 1
    except Refusal as refusal:
        print(f"meguri: {refusal.code}: {refusal.sentence(language())}", file=sys.stderr)
        for field in refusal.fields:
            print(f"meguri: {field.field}: {field.of(language())}", file=sys.stderr)
        return MISUSED
    try:
        if result is _WRITTEN:
            return DONE if assessable else NOTHING_ASSESSABLE
        args.output.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
    except OSError as problem:
        complain(_NOT_WRITTEN, path=args.output, detail=problem.strerror)
        return 1
    return DONE if assessable else NOTHING_ASSESSABLE


def _gate(args: argparse.Namespace) -> tuple[object, bool]:
    from meguri.kernel import clock
    from meguri.reuse.files import GateInput, assessed_evidence, judge_input, read_input
    from meguri.reuse.gate import Verdict

    given = read_input(args.input, GateInput | tuple[GateInput, ...])  # type: ignore[arg-type]
    if isinstance(given, GateInput):
        day = given.today or clock.today()
        more = tuple(finding for path in args.assessment for finding in assessed_evidence(path, day))
        found = judge_input(msgspec.structs.replace(given, evidence=(*given.evidence, *more)))
        return found, found.verdict is not Verdict.NOT_ASSESSABLE
    many = [judge_input(one) for one in given]
    return many, any(one.verdict is not Verdict.NOT_ASSESSABLE for one in many)


def _value(args: argparse.Namespace) -> tuple[object, bool]:
    from meguri.reuse.files import price_file, value_input
    from meguri.reuse.fleetfile import is_table, value_request, value_table

    prices = price_file(args.prices) if args.prices else None
    if is_table(args.output):
        return _WRITTEN, value_table(args.input, args.output, prices, seed=args.seed, draws=args.draws)
    chosen = {name: getattr(args, name) for name in ("seed", "draws") if getattr(args, name) is not None}
    given = msgspec.structs.replace(value_request(args.input), **chosen)
    found = value_input(given, prices)
    return found, bool(found.valuations)


def _match(args: argparse.Namespace) -> tuple[object, bool]:
    from meguri.reuse.files import MatchInput, match_input, read_input

    found = match_input(read_input(args.input, MatchInput))
    return found, True
