"""`meguri telemetry`: files into the database from the command line."""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conftest import Ground, MakeScope
from meguri.commands import telemetry as command
from meguri.storage import Database
from meguri.telemetry import service
from meguri.telemetry.model import BatteryInput
from telemetry.records import CELL, cycling, write


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


def test_a_file_is_kept_from_the_command_line_and_its_months_are_shown(
    ground: Ground,
    scope: MakeScope,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    me = scope()

    async def register() -> None:
        async with Database(ground.login, pool_size=1) as db:
            await db.run(me, service.add, BatteryInput(label="B1", plate=CELL))

    asyncio.run(register())
    monkeypatch.setenv("MEGURI_DATABASE_URL", ground.owner)
    monkeypatch.setenv("MEGURI_LANGUAGE", "en")
    start = datetime(2026, 4, 1, tzinfo=UTC).timestamp()
    columns = cycling(300)
    path = write(tmp_path / "in.csv", {"unix_time_second": columns["test_time_second"] + start, **columns})
    place = ("--data-dir", tmp_path)
    named = ("--operator", me.operator_id, "--battery", "B1")
    assert run(*place, "ingest", *named, path) == 0
    assert "300 rows read, 300 kept anew" in capsys.readouterr().out
    assert run(*place, "months", *named) == 0
    assert "2026-04" in capsys.readouterr().out
    assert run(*place, "months", "--operator", me.operator_id, "--battery", "nobody") == 1
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert run(*place, "ingest", *named, tmp_path / "bad.csv") == 2
    assert "COLUMN_MISSING" in capsys.readouterr().err
