"""The demo's chapter on health says what is known, and what nobody may judge."""

import pytest

from meguri.commands.demo.chapters import health
from meguri.commands.demo.play import Play
from meguri.commands.demo.scenario import scenario
from meguri.storage import Database

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("language", "none"), [("en", "not assessable"), ("ja", "判定不能")])
async def test_the_chapter_measures_projects_and_leaves_the_plateau_unjudged(
    module_db: Database, language: str, none: str
) -> None:
    play = Play(module_db, scenario())
    lines = await health.play(play, language)  # type: ignore[arg-type]
    assert len(lines) == 5
    assert "85.0 %" in lines[1]
    assert "HEV-CELL-0007" in lines[3]
    assert none in lines[4]
    assert "NOT_IDENTIFIABLE" in lines[4] or "SOC_SPAN" in lines[4]
