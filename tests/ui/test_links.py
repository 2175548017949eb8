"""Addresses within our own site."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.ui.links import language_href, local_path, with_query


@pytest.mark.parametrize("path", ["/", "/parts?after=1&x=%2F", "/部品", "/a//b", "/ui#forms"])
def test_a_path_of_ours_is_gone_back_to(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "given_path",
    [
        None,
        "",
        "parts",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/a\r\nset-cookie: x",
        "javascript:alert(1)",
        "/" + "a" * 2000,
    ],
)
def test_nobody_is_sent_elsewhere(given_path: str | None) -> None:
    assert local_path(given_path) == "/"


@given(st.text(alphabet="/\\:.@a?#% \t\r\n", max_size=12))
def test_whatever_is_asked_one_stays_on_the_site(given_path: str) -> None:
    assert urlsplit(urljoin("https://ours.example/x", local_path(given_path))).netloc == "ours.example"


def test_the_language_switch_comes_back_to_the_same_page() -> None:
    assert language_href("en", "/parts?sort=-name&x=1") == "/language/en?back=%2Fparts%3Fsort%3D-name%26x%3D1"


def test_parameters_are_replaced_taken_away_and_kept() -> None:
    assert with_query("/parts?sort=name&cursor=abc&q=a%26b", sort="-name", cursor=None) == "/parts?q=a%26b&sort=-name"
    assert with_query("/parts?cursor=abc", cursor=None) == "/parts"
