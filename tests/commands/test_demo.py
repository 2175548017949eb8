"""A demo that was broken off: only what it made itself is removed, and then it begins anew."""

from pathlib import Path

import pytest

from meguri.commands import demo
from meguri.commands.words import Stop
from meguri.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = load({}, data_dir=str(tmp_path / "demo"), profile="demo")
    (settings.folder / "files" / "ab").mkdir(parents=True)
    (settings.folder / "secret.key").write_text("x")
    return settings


def test_what_was_broken_off_is_removed(settings: Settings) -> None:
    (settings.folder / "demo-unfinished").write_text("alone")
    demo._remove_what_was_broken_off(settings)
    assert [entry.name for entry in settings.folder.iterdir()] == ["lock"]


def test_a_finished_demo_stays(settings: Settings) -> None:
    demo._remove_what_was_broken_off(settings)
    assert (settings.folder / "secret.key").exists()


def test_beside_other_data_nothing_is_removed(settings: Settings) -> None:
    (settings.folder / "demo-unfinished").write_text("among other data")
    with pytest.raises(Stop, match="broken off"):
        demo._remove_what_was_broken_off(settings)
    assert (settings.folder / "secret.key").exists()
