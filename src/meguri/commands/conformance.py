"""`meguri conformance`: what is implemented of each clause, route and protocol, with the test that shows it."""

import argparse
import sys
import textwrap
from pathlib import Path
from typing import Any

import msgspec

from meguri.commands.words import DONE, language, say
from meguri.kernel.text import Language, Text

_TITLE = Text(ja="規約への対応状況（ガイドラインの版: {version}）", en="Conformance (guideline version: {version})")
_COUNTS = Text(
    ja="実装済み {implemented} ・ 一部 {partly} ・ 未実装 {missing}",
    en="implemented {implemented} · partly {partly} · not {missing}",
)
_DEVIATIONS = Text(ja="意図した違い", en="Deliberate deviations")
_HEADINGS = {
    "identifiers": Text(ja="識別子", en="Identifiers"),
    "data_model": Text(ja="データモデル", en="Data model"),
    "interface": Text(ja="インターフェース", en="Interface"),
    "routes": Text(ja="公開している経路", en="Public routes"),
    "trust_level": Text(ja="トラストレベル", en="Trust level"),
    "functions": Text(ja="機能の配置", en="Placement of functions"),
    "protocols": Text(ja="プロトコル", en="Protocols"),
    "enumerations": Text(ja="列挙値", en="Enumerations"),
}
_SIGNS = {"implemented": "●", "partly": "◐", "not": "○"}
_WRITTEN = Text(ja="{path} に書き出しました。", en="Written to {path}.")


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--format", choices=("text", "json", "pdf"), default="text", help="how it is written")
    parser.add_argument("--output", type=Path, help="file to write (a PDF needs one)")
    parser.add_argument("--language", choices=("ja", "en"), help="of the words")


def run(args: argparse.Namespace) -> int:
    """Print the table, or write it to a file."""
    from meguri.app import native_doors
    from meguri.dataspaces.conformance.table import as_data
    from meguri.documents import pdf

    tongue: Language = args.language or language()
    data = as_data(tongue, native_doors())
    if args.format == "pdf":
        content = pdf("meguri.dataspaces.conformance", "conformance.typ", data, language=tongue)
    elif args.format == "json":
        content = msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"
    else:
        content = as_text(data, tongue).encode()
    output = args.output or (Path("conformance.pdf") if args.format == "pdf" else None)
    if output is None:
        sys.stdout.write(content.decode())
        return DONE
    output.write_bytes(content)
    say(_WRITTEN, path=output)
    return DONE


def as_text(data: dict[str, Any], tongue: Language) -> str:
    """The table for a terminal."""
    counts = data["counts"]
    lines = [
        _TITLE.of(tongue, version=data["guideline_version"]),
        _COUNTS.of(tongue, implemented=counts["implemented"], partly=counts["partly"], missing=counts["not"]),
    ]
    for heading, title in _HEADINGS.items():
        lines += ["", title.of(tongue)]
        for row in (one for one in data["rows"] if one["heading"] == heading):
            lines.append(f"  {_SIGNS[row['state']]} {row['id']}  {row['title']}")
            lines += [f"      {text}" for text in (row["place"], row["note"]) if text]
            lines += [f"      ✓ {test}" for test in row["tests"]]
            lines += [f"      ◎ {kit}" for kit in row["kits"]]
    lines += ["", _DEVIATIONS.of(tongue)]
    for one in data["deviations"]:
        lines += [
            f"  · {one['title']}",
            *textwrap.wrap(one["why"], 100, initial_indent="      ", subsequent_indent="      "),
        ]
    return "\n".join(lines) + "\n"
