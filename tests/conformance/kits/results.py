"""What a run found: kept as data, and shown on a page."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from meguri.dataspaces.conformance.outside import Outside, outside

ROOT = Path(__file__).parents[3]
DATA = ROOT / "src" / "meguri" / "rules" / "dataspaces" / "outside_kits.toml"
PAGE = ROOT / "docs" / "reference" / "outside-kits.md"

_HEAD = """# Results of outside test kits against the data-space interfaces, written by `python -m tests.conformance.kits`.
id = "dataspaces.outside_kits"
version = "1"
status = "adopted"
source = "Runs of the named kits and peers against a served node"
valid_from = 2026-11-29
"""
_PAGE = """# Outside test kits

Our own tests stand beside every claim; these are kits and libraries of others, run against a served node or against
documents that it made. Repeat them with [the how-to](../how-to/run-the-protocol-kit.md). A figure here is the record of
one run on its date, of the version named.

| kit | version | date | passed | failed | not run | remark |
|---|---|---|---|---|---|---|
"""


def result(kit: str, name: str, version: str, passed: int, failed: int, skipped: int = 0, note: str = "") -> Outside:
    """A result of today."""
    today = datetime.now(UTC).date()
    return Outside(
        id=kit, name=name, version=version, at=today, passed=passed, failed=failed, skipped=skipped, note=note
    )


def keep(found: Iterable[Outside]) -> None:
    """Replace what was known of these kits, and write data and page anew."""
    kept = {one.id: one for one in outside().values()}
    kept |= {one.id: one for one in found}
    rows = [kept[name] for name in sorted(kept)]
    DATA.write_text(_HEAD + "".join(_entry(one) for one in rows), encoding="utf-8")
    PAGE.write_text(page_of(rows), encoding="utf-8")


def page_of(rows: Iterable[Outside]) -> str:
    """The page."""
    return _PAGE + "".join(
        f"| {one.name} | {one.version} | {one.at} | {one.passed} | {one.failed} | {one.skipped} | {one.note} |\n"
        for one in rows
    )


def _entry(one: Outside) -> str:
    fields = msgspec.to_builtins(one)
    lines = [
        f"{key} = {value if key == 'at' else json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()
    ]
    return "\n[[kit]]\n" + "\n".join(lines) + "\n"
