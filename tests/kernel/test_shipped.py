"""A package that is replaced under a running process: whatever it reads afterwards is what it began with."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import meguri
from meguri.kernel.shipped import files

PACKAGE = Path(meguri.__file__).parent
FROM_DISK = {  # read before anything is served, or of no server
    "kernel/shipped.py", "storage/queries.py", "storage/queue_schema.py", "storage/migrate.py", "documents/pdf.py",
}  # fmt: skip
AFTERWARDS = """
import functools, inspect, pathlib, sys
from meguri import app
from meguri.settings import load
from meguri.ui.render import environment
from meguri.kernel.shipped import hold

app.build(load({"MEGURI_DATA_DIR": sys.argv[1]}), login="dbname=nowhere")
root = pathlib.Path(app.__file__).parent
endings = (".toml", ".csv", ".json", ".txt", ".html", ".typ", ".css", ".js", ".svg")
gone = [file for file in root.rglob("*") if file.is_file() and file.suffix in endings]
for file in gone:
    file.unlink()
print("gone", len(gone))

def templates(folder, before):
    for each in folder.iterdir():
        if each.is_dir():
            yield from templates(each, before + each.name + "/")
        elif each.name.endswith(".html"):
            yield before + each.name

found = [name for room in hold().iterdir() for name in templates(room / "pages", room.name + "/")]
pages = environment("ja")
for name in found:
    pages.loader.get_source(pages, name)  # what a page would be made of; making them all takes long
print("templates", len(found))

asked, failed = 0, []
for module in [one for name, one in list(sys.modules.items()) if name.startswith("meguri.")]:
    for name, thing in list(vars(module).items()):
        if not isinstance(thing, functools._lru_cache_wrapper) or thing.__module__ != module.__name__:
            continue
        if any(each.default is each.empty for each in inspect.signature(thing).parameters.values()):
            continue
        asked += 1
        try:
            thing()
        except Exception as problem:
            failed.append(f"{module.__name__}.{name}: {problem!r}")
print("loaders", asked, failed)
"""


def test_rules_words_templates_and_scripts_are_held_from_the_start(tmp_path: Path) -> None:
    def copied(source: str, to: str) -> None:
        try:
            os.link(source, to)
        except OSError:
            shutil.copy2(source, to)

    shutil.copytree(PACKAGE, tmp_path / "meguri", copy_function=copied, ignore=shutil.ignore_patterns("fonts"))
    (tmp_path / "data").mkdir()
    script = tmp_path / "afterwards.py"
    script.write_text(AFTERWARDS)
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "data")],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    told = dict(re.findall(r"^(\w+) (.*)$", done.stdout, re.MULTILINE))
    assert int(told.get("gone", 0)) > 400, done.stderr
    assert int(told["templates"]) > 200, done.stderr
    assert done.returncode == 0, done.stderr
    count, _, failed = told["loaders"].partition(" ")
    assert (int(count) > 40, failed) == (True, "[]"), done.stderr


def test_there_is_one_way_to_data_that_ships_with_the_package() -> None:
    other = re.compile(r"^(?:from importlib(?:\.resources)? import (?!abc).*\b(?:files|resources)\b)", re.MULTILINE)
    found = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if other.search(path.read_text())}
    assert found <= FROM_DISK


def test_what_is_not_there_is_neither_file_nor_folder() -> None:
    rules = files("meguri.rules")
    assert (rules / "identity.toml").is_file()
    nothing = rules.joinpath("passport", "no", "such.toml")
    assert not nothing.is_file()
    assert not nothing.is_dir()
    with pytest.raises(FileNotFoundError):
        nothing.read_text()
    with (rules / "identity.toml").open() as text, (rules / "identity.toml").open("rb") as body:
        assert text.read() == body.read().decode()
