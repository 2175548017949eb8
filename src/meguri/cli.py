"""`meguri`: one command per module of `meguri.commands`.

A command's module has `configure(parser)` and `run(args) -> int`, and is imported only when it is called: so every
command starts quickly. To add one, add a line to `COMMANDS`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module, metadata
from importlib.util import find_spec
from types import ModuleType

from meguri.commands.words import Stop, complain, language
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Text

COMMANDS: dict[str, tuple[str, Text]] = {
    "demo": (
        "demo",
        Text(
            ja="内蔵データで一巡を実演し、そのまま起動する", en="walk the whole river with sample data, then serve it"
        ),
    ),
    "tutorial": ("tutorial", Text(ja="公開チュートリアルの手順を実行する", en="run the public tutorials")),
    "serve": (
        "serve",
        Text(
            ja="サーバーを起動する（Web・ワーカー・内蔵データベース）",
            en="start the server: web, worker and embedded database",
        ),
    ),
    "work": ("work", Text(ja="ワーカーを追加で起動する", en="start one more worker")),
    "operator": ("operator", Text(ja="事業者を追加・確認する", en="add and list operators")),
    "migrate": ("migrate", Text(ja="データベースの構造を最新にする", en="bring the database's schema up to date")),
    "doctor": (
        "doctor",
        Text(ja="設定と状態を点検し、直し方を示す", en="examine settings and state, and say what to do"),
    ),
    "settings": ("settings", Text(ja="設定の一覧を表示する", en="print the reference of all settings")),
    "backup": ("backup", Text(ja="暗号化したバックアップを作る", en="write an encrypted back-up")),
    "restore": ("restore", Text(ja="バックアップから復元する", en="restore from a back-up")),
    "verify-audit": (
        "verify_audit",
        Text(ja="監査記録が改ざんされていないことを確かめる", en="prove that the audit trail was not altered"),
    ),
    "health": ("health", Text(ja="電池の健全度を推定する", en="estimate a battery's state of health")),
    "footprint": ("footprint", Text(ja="カーボンフットプリントを集計する", en="roll up carbon footprints")),
    "passport": (
        "passport",
        Text(ja="電池パスポートを発行・検証・書き出しする", en="issue, verify, validate and export battery passports"),
    ),
    "diligence": (
        "diligence",
        Text(
            ja="名称をリストと照合する（人権・環境デューデリジェンス）", en="screen names against lists (due diligence)"
        ),
    ),
    "reuse": ("reuse", Text(ja="中古電池の等級と価格を求める", en="grade and value used batteries")),
    "certificate": (
        "certificate",
        Text(ja="電池の診断証明書を発行・検証する", en="issue and verify battery diagnosis certificates"),
    ),
    "telemetry": ("telemetry", Text(ja="電池の計測データを取り込む", en="bring in a battery's measurements")),
    "recycling": ("recycling", Text(ja="回収率と物質収支を計算する", en="compute recovery rates and mass balances")),
    "conformance": (
        "conformance",
        Text(ja="各規約への対応状況を条項ごとに示す", en="say clause by clause what is implemented"),
    ),
    "trial-report": (
        "trial_report",
        Text(ja="発生した異常系を集計する", en="count the abnormal flows that happened"),
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (0 done, 1 failed, 2 misused)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser, modules = _parser(given)
    args = parser.parse_args(given)
    try:
        code: int = modules[args.command].run(args)
        sys.stdout.flush()
        return code
    except Stop as end:
        complain(end.text, **end.values)
        return end.code
    except Refusal as refusal:
        print(f"meguri: {refusal.sentence(language())}", file=sys.stderr)
        for field in refusal.fields:
            print(f"  {field.field}: {field.of(language())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # who reads the output has seen enough (`| head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter writes once more as it ends
        return 0


def _parser(given: Sequence[str]) -> tuple[argparse.ArgumentParser, dict[str, ModuleType]]:
    """The parser with all commands' names, and the options of the one that is called."""
    parser = argparse.ArgumentParser(prog="meguri", description="Meguri (巡り)")
    parser.add_argument("--version", action="version", version=f"meguri {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    called = next((word for word in given if not word.startswith("-")), "")
    modules: dict[str, ModuleType] = {}
    for name, (module, about) in COMMANDS.items():
        if find_spec(f"meguri.commands.{module}") is None:
            continue
        command = commands.add_parser(name, help=about.of(language()), description=about.of(language()))
        if name == called:
            modules[name] = import_module(f"meguri.commands.{module}")
            modules[name].configure(command)
    return parser, modules


def _version() -> str:
    try:
        return metadata.version("meguri")
    except metadata.PackageNotFoundError:
        return "0"


if __name__ == "__main__":
    sys.exit(main())
