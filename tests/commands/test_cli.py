"""The command line: quick, bilingual, with exit codes that scripts can trust."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from meguri.cli import COMMANDS, main
from meguri.storage.access import access_to
from serving import environment, free_port, open_folder, processes_of, run, serving


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made / "data"


def test_help_names_every_command_that_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    said = capsys.readouterr().out
    assert end.value.code == 0
    for name, (module, _) in COMMANDS.items():
        assert (name in said) == (find_spec(f"meguri.commands.{module}") is not None)


def test_help_needs_no_heavy_library() -> None:
    program = (
        "import sys, meguri.cli\n"
        "try:\n    meguri.cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'psycopg', 'litestar', 'granian', 'numpy', 'procrastinate', 'structlog'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], env=environment(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", [[], ["nonsense"], ["serve", "--port", "x"], ["serve", "--profile", "x"]])
def test_misuse_has_its_own_exit_code(words: list[str]) -> None:
    assert run(*words).returncode == 2


def test_who_has_read_enough_may_leave() -> None:
    program = (
        "import os, sys\nread, write = os.pipe()\nos.close(read)\nos.dup2(write, 1)\n"
        "from meguri.cli import main\nsys.exit(main(['settings']))"
    )
    done = subprocess.run([sys.executable, "-c", program], env=environment(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_wrong_settings_are_told_in_the_users_language_before_anything_starts(folder: Path) -> None:
    english = run("serve", "--data-dir", folder, MEGURI_ALLOW_DATA_RESET="true")
    japanese = run("serve", "--data-dir", folder, MEGURI_ALLOW_DATA_RESET="true", MEGURI_LANGUAGE="ja")
    assert (english.returncode, japanese.returncode) == (2, 2)
    assert "MEGURI_ALLOW_DATA_RESET: not allowed in the profile production" in english.stderr
    assert "使えません" in japanese.stderr
    assert not folder.exists()


def test_a_file_of_passports_that_holds_nothing_is_told_before_a_database_is_asked(
    folder: Path, tmp_path: Path
) -> None:
    for content, said in (
        ("", "it is empty"),
        ("\ufeff\n\n", "it is empty"),
        ("serial_number,gtin\n,\n", "no data rows"),
    ):
        file = tmp_path / "items.csv"
        file.write_text(content)
        done = run("passport", "issue", file, "--operator", "7123456789012", "--data-dir", folder)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    japanese = run("passport", "issue", file, "--operator", "7123456789012", "--data-dir", folder, MEGURI_LANGUAGE="ja")
    assert "データ行がありません" in japanese.stderr
    assert "it has" not in japanese.stderr
    assert not folder.exists()


def test_migrate_makes_the_schema_and_check_says_whether_it_is_there(folder: Path) -> None:
    assert run("migrate", "--check", "--data-dir", folder).returncode == 1
    assert run("verify-audit", "--data-dir", folder).returncode == 1
    assert run("migrate", "--data-dir", folder).returncode == 0
    assert run("migrate", "--check", "--data-dir", folder).returncode == 0
    assert run("verify-audit", "--data-dir", folder).returncode == 0
    asked = ("--corporate-number", "1234567890123", "--address", "東京都", "--admin-mail", "a@b.example")
    refused = run("operator", "--data-dir", folder, "add", "甲", *asked)
    assert (refused.returncode, "open_operator_id: " in refused.stderr) == (1, True), refused.stderr


def test_a_worker_without_a_server_says_what_to_start(folder: Path) -> None:
    done = run("work", "--data-dir", folder)
    assert (done.returncode, "meguri serve" in done.stderr) == (1, True)


def test_the_doctor_finds_a_healthy_server_healthy_and_leaves_no_trace(folder: Path) -> None:
    with serving(folder) as server:
        server.status("/write/a")
        done = run("doctor", "--deep", "--data-dir", folder)
        assert done.returncode == 0, done.stdout
        for sentence in ("answers", "up to date", "indexes are sound", "files are sound", "audit trail holds"):
            assert sentence in done.stdout
        again = run("doctor", "--deep", "--data-dir", folder)
        assert "Nothing is wrong" in again.stdout
        with psycopg.connect(access_to(folder, None).owner) as connection:
            assert connection.execute("SELECT extname FROM pg_extension").fetchall() == [("plpgsql",)]


def test_the_doctor_names_what_is_wrong(folder: Path) -> None:
    folder.mkdir()
    (folder / "secret.key").write_text("00")
    (folder / "secret.key").chmod(0o644)
    done = run("doctor", "--data-dir", folder, MEGURI_BACKUP_KEY="a" * 20, MEGURI_PROT="1")
    assert done.returncode == 1
    assert "chmod 600" in done.stdout
    assert "MEGURI_BACKUP_KEY is short or simple" in done.stdout
    assert "no setting MEGURI_PROT" in done.stdout
    assert "a" * 20 not in done.stdout


def test_an_application_that_does_not_start_ends_the_server_with_a_reason(folder: Path) -> None:
    done = run("serve", "--data-dir", folder, "--port", str(free_port()), MEGURI_APP="no_such_module")
    assert done.returncode == 1
    assert "No module named 'no_such_module'" in done.stderr
    assert "The web process does not start" in done.stderr
    assert processes_of(folder) == []
