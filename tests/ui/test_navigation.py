"""The bar and the company's menu: in the river's order, only what exists and what the viewer may see."""

import pytest

from meguri.kernel.scope import PlatformRole, Role
from meguri.ui.navigation import BEHIND_THE_NAME, RIVER, Place, entries
from meguri.ui.viewer import Viewer
from meguri.ui.words import catalogue

PLACES = [
    Place("recycling", "/recycling"),
    Place("home", "/"),
    Place("parts", "/parts", also=("/plants",)),
    Place("keys", "/keys", needs=Role.ADMIN),
]


def viewer(role: Role | None = Role.VIEWER, platform_role: PlatformRole | None = None) -> Viewer:
    return Viewer(name="佐藤", role=role, platform_role=platform_role)


def keys(order: tuple[str, ...], who: Viewer) -> list[str]:
    return [entry.key for entry in entries(PLACES, order, who, "/")]


def test_the_bar_follows_the_river_whatever_the_order_of_rooms() -> None:
    assert keys(RIVER, viewer()) == ["home", "parts", "recycling"]


def test_the_bar_has_at_most_seven_places() -> None:
    assert len(RIVER) == 7


def test_every_place_has_its_word() -> None:
    assert [key for key in (*RIVER, *BEHIND_THE_NAME) if f"ui.place.{key}" not in catalogue()] == []


def test_a_stranger_sees_no_place() -> None:
    assert keys(RIVER, Viewer()) == []


@pytest.mark.parametrize("role, sees", [(Role.VIEWER, []), (Role.EDITOR, []), (Role.ADMIN, ["keys"])])
def test_a_place_that_needs_a_role_is_hidden_from_lesser_ones(role: Role, sees: list[str]) -> None:
    assert keys(BEHIND_THE_NAME, viewer(role)) == sees


def test_an_admin_has_what_an_editor_has_and_not_the_other_way_round() -> None:
    assert viewer(Role.ADMIN).has(Role.EDITOR)
    assert not viewer(Role.EDITOR).has(Role.ADMIN)


def test_a_platform_role_is_held_or_not() -> None:
    authority = viewer(None, PlatformRole.AUTHORITY)
    assert authority.has(PlatformRole.AUTHORITY)
    assert not authority.has(PlatformRole.AUDITOR)
    assert not authority.has(Role.VIEWER)


@pytest.mark.parametrize(
    "path, here",
    [("/", "home"), ("/parts", "parts"), ("/parts/7/edit", "parts"), ("/plants/1", "parts"), ("/partsx", None)],
)
def test_the_current_place_is_the_one_that_the_path_lies_under(path: str, here: str | None) -> None:
    current = [entry.key for entry in entries(PLACES, RIVER, viewer(), path) if entry.current]
    assert current == ([here] if here else [])
