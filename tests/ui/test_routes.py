"""The shell over HTTP: files, language, messages, refusals, headers."""

import gzip
import re

import pytest
from litestar.testing import TestClient
from tests.ui.showcase import build

from meguri.ui import routes
from meguri.ui.assets import HERE, shelf
from meguri.ui.failures import KNOWN
from meguri.ui.headers import cookie, cookie_name, security_headers
from meguri.ui.words import catalogue


@pytest.fixture
def client() -> TestClient:
    return TestClient(build())


def test_a_page_loads_nothing_that_the_policy_refuses(client: TestClient) -> None:
    page = client.get("/ui")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page.text) == []


@pytest.mark.parametrize("path", sorted(shelf().assets))
def test_a_file_of_this_release_may_be_kept_for_ever(client: TestClient, path: str) -> None:
    answer = client.get(shelf().href(path), headers={"accept-encoding": "identity"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content == shelf().assets[path].body
    assert gzip.decompress(shelf().assets[path].packed) == shelf().assets[path].body


def test_a_file_is_sent_packed_to_browsers_that_can_unpack_it(client: TestClient) -> None:
    answer = client.get(shelf().href("meguri.css"), headers={"accept-encoding": "gzip, br"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"


def test_a_file_of_another_release_is_served_as_it_is_now_but_not_kept(client: TestClient) -> None:
    assert client.get("/static/0000000000000000/meguri.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["nothing.css", "css/tokens.css", "../ui/csrf.py", "%2e%2e/assets.py", "js/../../csrf.py"]
)
def test_nothing_but_the_shelf_is_served(client: TestClient, path: str) -> None:
    assert client.get(f"/static/{shelf().digest}/{path}").status_code == 404


def test_every_behaviour_that_the_scripts_may_start_exists() -> None:
    table = (HERE / "js" / "main.js").read_text("utf-8").partition("};")[0]
    named = set(re.findall(r': "(\w+)",', table))
    helpers = {"main", "chart", "decimal"}
    assert named == {file.stem for file in (HERE / "js").iterdir()} - helpers


def test_the_style_sheet_and_our_scripts_stay_light() -> None:
    scripts = sum(len(asset.packed) for path, asset in shelf().assets.items() if path.startswith("js/"))
    assert len(shelf().assets["meguri.css"].packed) < 12_000
    assert scripts < 16_000


def test_the_chosen_language_outweighs_the_browsers(client: TestClient) -> None:
    assert '<html lang="ja">' in client.get("/ui").text
    assert '<html lang="en">' in client.get("/ui", headers={"accept-language": "fr"}).text  # neither: more read English
    assert '<html lang="en">' in client.get("/ui", headers={"accept-language": "en-GB"}).text
    switched = client.get("/language/ja?back=/ui?x=1", headers={"accept-language": "en"}, follow_redirects=False)
    assert switched.status_code == 303
    assert switched.headers["location"] == "/ui?x=1"
    assert '<html lang="ja">' in client.get("/ui", headers={"accept-language": "en"}).text


def test_the_language_switch_sends_nobody_elsewhere_and_knows_two_languages(client: TestClient) -> None:
    assert client.get("/language/en?back=//evil.example", follow_redirects=False).headers["location"] == "/"
    assert client.get("/language/fr", follow_redirects=False).status_code == 404


def test_the_message_of_an_action_is_told_once_on_the_next_page(client: TestClient) -> None:
    sent = client.post("/answer", follow_redirects=False)
    assert sent.status_code == 303
    first = client.get("/ui")
    assert "北浜マテリアルへの回答を送りました。" in first.text
    assert "合計値だけを見られます" in first.text
    assert "取り消す" in first.text
    assert "北浜マテリアルへの回答を送りました。" not in client.get("/ui").text


def test_htmx_is_sent_on_by_its_own_header(client: TestClient) -> None:
    sent = client.post("/answer", headers={"hx-request": "true"}, follow_redirects=False)
    assert sent.status_code == 204
    assert sent.headers["hx-redirect"] == "/ui"


@pytest.mark.parametrize("status", KNOWN)
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("who", ["stranger", "editor"])
def test_a_page_that_says_no_says_what_to_do(client: TestClient, status: int, language: str, who: str) -> None:
    client.cookies.set("as", who)
    answer = client.get(f"/fail/{status}", headers={"accept-language": language})
    assert answer.status_code == status
    assert str(catalogue()[f"ui.failure.{status}.title"].of(language, {})) in answer.text.replace("&#39;", "'")
    assert "01890a5d-ac96-774b-bcce-b302099a8057" in answer.text
    assert ("retry-after" in answer.headers) == (status == 503)


def test_what_is_unknown_is_a_page_of_ours(client: TestClient) -> None:
    answer = client.get("/no/such/page")
    assert answer.status_code == 404
    assert "見つかりませんでした" in answer.text


def test_pages_of_a_person_are_not_kept_by_the_browser(client: TestClient) -> None:
    assert client.get("/ui").headers["cache-control"] == "no-store"
    client.cookies.set("as", "stranger")
    assert client.get("/ui").headers["cache-control"] == "private, no-cache"


def test_a_viewer_sees_only_their_places(client: TestClient) -> None:
    client.cookies.set("as", "viewer")
    page = client.get("/ui").text
    assert 'href="/parts"' in page
    assert 'href="/keys"' not in page
    client.cookies.set("as", "stranger")
    page = client.get("/ui").text
    assert 'class="places"' not in page
    assert 'href="/sign-in"' in page


@pytest.mark.parametrize(
    "profile, shown", [("demo", True), ("tutorial", True), ("production", False), ("conformance", False)]
)
def test_the_page_of_components_is_only_where_one_may_look_around(profile: str, shown: bool) -> None:
    assert any(getattr(handler, "paths", ()) == {"/ui"} for handler in routes.handlers(profile)) == shown


def test_https_brings_hsts_and_cookies_bound_to_the_host() -> None:
    assert "strict-transport-security" in security_headers(https=True)
    assert "strict-transport-security" not in security_headers(https=False)
    kept = cookie("meguri_flash", "x", https=True, max_age=60).to_header(header="")
    assert kept.startswith("__Host-meguri_flash=x")
    assert all(part in kept for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    assert "Domain" not in kept
    assert cookie_name("meguri_flash", https=False) == "meguri_flash"


def test_an_answer_may_set_its_own_value_for_a_header(client: TestClient) -> None:
    names = [name.lower() for name, _ in client.get("/ui").headers.multi_items()]
    assert names.count("content-security-policy") == 1


def test_every_vendored_file_is_named_in_the_notices() -> None:
    notices = (HERE.parents[3] / "THIRD_PARTY_NOTICES.md").read_text("utf-8")
    vendored = [file for file in (HERE / "vendor").iterdir() if file.is_file()]
    assert vendored
    assert [file.name for file in vendored if f"src/meguri/ui/static/vendor/{file.name}" not in notices] == []
