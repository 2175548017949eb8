"""`meguri recycling recovery INPUT.json`: recycling efficiency and recovery of materials, without server or database.

Exit codes: 0 printed, 2 unusable input (every broken field on stderr, nothing on stdout).
"""

import argparse
import sys
from pathlib import Path

from meguri.commands.words import DONE, MISUSED, language, stop
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Text

_UNREADABLE = Text(
    ja="{path} を読めません({detail})。ファイルを確認してください。",
    en="{path} cannot be read ({detail}). Please check the file.",
)
_HELP = {
    "recovery": Text(
        ja="リサイクル効率と材料回収率を計算し、目標と並べて JSON で出力する",
        en="compute recycling efficiency and recovery of materials beside all targets; prints one JSON object",
    ),
    "input": Text(
        ja="JSON: year, reClass, inputs[], outputs[](「-」は標準入力)",
        en="JSON: year, reClass, inputs[], outputs[] (`-` reads standard input)",
    ),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the actions and their options to `parser`."""
    about = {name: text.of(language()) for name, text in _HELP.items()}
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    recovery = actions.add_parser("recovery", help=about["recovery"], description=about["recovery"])
    recovery.add_argument("input", metavar="INPUT.json", help=about["input"])


def run(args: argparse.Namespace) -> int:
    """Does what `args` ask; returns the exit code."""
    from meguri.recycling.recovery_case import calculate_text

    try:
        print(calculate_text(_read(args.input)).decode())
    except Refusal as refusal:
        print(f"meguri: {refusal.code}: {refusal.sentence(language())}", file=sys.stderr)
        for fault in refusal.fields:
            print(f"  {fault.field}: {fault.of(language())}", file=sys.stderr)
        return MISUSED
    return DONE


def _read(given: str) -> bytes:
    if given == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(given).read_bytes()
    except OSError as error:
        stop(_UNREADABLE, MISUSED, path=given, detail=error.strerror or str(error))
