"""The whole matrix over HTTP: category × state × reader × door. Every value carries a mark; none reaches whom law keeps it from.

The access classes are read from the companion table of the contract as it stands in the rules, by the column `access_class`
alone; what each class means for each reader is written down once more here.
"""

import base64
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.passport.batteries import GTINS, complete
from tests.passport.test_access import everything
from tests.web.conftest import Site
from tests.web.conftest import cheap_hashes as cheap_hashes
from tests.web.conftest import site as site

from meguri.identity import service as identity
from meguri.kernel.ids import new_id
from meguri.kernel.scope import PlatformRole
from meguri.passport.catalogue import read as catalogue
from meguri.passport.kinds import battery

pytestmark = pytest.mark.anyio
MAY = {
    "anyone": {"P1"},
    "interested": {"P1", "P2", "P4"},
    "authority": {"P1", "P2", "P3"},
    "owner": {"P1", "P2", "P3", "P4", "OWN"},
    "stranger": {"P1"},
}
STATES = ("Draft", "Active", "Inactive", "waste", "Archived", "Invalid")
_FOLDER = files("meguri.rules").joinpath("passport", "battery")
CLASSES = {
    one.key: str(one.access)
    for name in ("catalogue.csv", "extension.csv")
    for one in catalogue(_FOLDER.joinpath(name).read_text("utf-8").splitlines())
}
MARK = re.compile(r"mark-([a-z0-9-]+)-k")


def marked(value: Any, key: str) -> Any:
    """The value with a mark in each of its free texts, by which it is known wherever it comes out."""
    mark = f"mark-{key.replace('_', '-')}-k"
    match value:
        case dict():
            return {name: marked(each, key) if name in _FREE else _inside(each, key) for name, each in value.items()}
        case list():
            return [marked(each, key) if isinstance(each, dict) else each for each in value]
        case str() if value in ("x", "環パックシステム株式会社"):
            return mark
    return value


_FREE = frozenset({"ja", "en", "name", "statement", "reported_by", "part_number", "registration_no", "scheme"})


def _inside(value: Any, key: str) -> Any:
    return marked(value, key) if isinstance(value, dict | list) else value


def battery_of(category: str) -> dict[str, Any]:
    """A battery of a category in which each attribute that can be written is, all marked."""
    values = {**everything(), **complete(category), "eu_doc_id": "x", "data_carrier_placement": "x"}
    return {key: _by_language(marked(value, key), key) for key, value in values.items()}


def _by_language(value: Any, key: str) -> Any:
    """Texts by language are free."""
    if isinstance(value, dict) and value and value.keys() <= {"ja", "en"}:
        return dict.fromkeys(value, f"mark-{key.replace('_', '-')}-k")
    return value


def doors(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every way out of a passport, and what is asked for there."""
    native, name = f"/api/v1/passports/{made['passport_id']}", quote(made["dpp_id"], safe="")
    link, page = httpx.URL(made["product_id"]).path, f"/passport/{made['passport_id']}"
    plain: dict[str, str] = {}
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    for rest in (
        "",
        "/versions",
        "/versions/1",
        "/events",
        "/ancestry",
        "/japan",
        "/credentials",
        "/credentials/sd-jwt",
    ):
        yield native + rest, plain
    for form in ("untp-0.7.0", "jsonld", "en18223", "batterypass", "batterypass-pd", "idta", "tractusx"):
        yield f"{native}/exports/{form}?partial=true&profile=longlist-1.2", plain
    for representation in ("compressed", "full"):
        yield f"/v1/dpps/{name}?representation={representation}", plain
        yield f"/v1/dppsByIdAndDate/{name}?representation={representation}&date={now}", plain
    for accepted in (
        "application/json",
        "text/html",
        "application/ld+json",
        "application/vc",
        "application/linkset+json",
    ):
        yield link, {"accept": accepted}
    for file in ("snapshot.html", "document.json", "view"):
        yield f"{page}/{file}", {"accept": "text/html"}


_ONE_OF_EACH = ("/versions/1", "/sd-jwt", "full&date", "application/json", "text/html", "exports/batterypass-pd")


def named_in(answer: httpx.Response) -> set[str]:
    """Attributes that an answer gives away: by a mark, or by a member of that name."""
    text = answer.text
    if "sd-jwt" in answer.headers.get("content-type", ""):
        text += " ".join(_opened(each) for each in answer.text.split("~")[1:] if each)
    found = {each.replace("-", "_") for each in MARK.findall(text)}
    if "json" in answer.headers.get("content-type", "") and answer.status_code < 400:
        found |= set(_members(json.loads(answer.text))) & CLASSES.keys()
    return found


def _opened(disclosure: str) -> str:
    return base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)).decode()


def _members(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _members(each)
        if isinstance(value.get("elementId"), str):
            yield value["elementId"]
    elif isinstance(value, list):
        for each in value:
            yield from _members(each)


async def issued(owner: httpx.AsyncClient, interested: httpx.AsyncClient, category: str, state: str) -> dict[str, Any]:
    """A battery in a state, opened to the interested reader as far as law lets it be."""
    said = {"gtin": GTINS[category], "serial": f"{category}-{state}", "values": battery_of(category)}
    made = await owner.post("/api/v1/passports", json={**said, "publish": state != "Draft"})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    path = f"/api/v1/passports/{found['passport_id']}"
    if state == "Draft":
        return found
    asked = {"role": "repairer", "scope": {"dpp_ids": [found["dpp_id"]]}, "classes": ["P2", "P4"], "purpose": "repair"}
    request = (await interested.post("/api/v1/access-requests", json=asked)).json()
    await owner.post(f"/api/v1/access-requests/{request['request_id']}/approve", json={})
    steps: dict[str, list[dict[str, str]]] = {
        "Inactive": [{"type": "suspend", "reason": "mark-battery-status-k"}],
        "waste": [{"type": "declare_waste", "reason": "mark-battery-status-k", "manifest_no": "mark-jp-manifest-no-k"}],
        "Archived": [{"type": "declare_waste"}, {"type": "recycle", "recycling_record_id": "mark-lifecycle-events-k"}],
        "Invalid": [{"type": "invalidate", "reason": "mark-battery-status-k"}],
    }
    for step in steps.get(state, []):
        done = await owner.post(f"{path}/events", json=step)
        assert done.status_code == 200, done.text
    return found


@pytest.fixture
async def readers(site: Site) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """One of each kind: the passport's owner, one with a grant, an office, one with an account, anyone."""
    companies = {"owner": site.a, "interested": site.b, "authority": new_id(), "stranger": new_id()}
    for place, who in enumerate(("authority", "stranger")):
        await site.company(companies[who], who, f"987654321012{place}")
    for who, company in companies.items():
        await site.person(f"{who}@x.example", company)
    await identity.set_platform_role(site.db, "authority@x.example", PlatformRole.AUTHORITY)
    found = {who: await site.signed_in(f"{who}@x.example") for who in companies} | {"anyone": site.client()}
    yield found
    for client in found.values():
        await client.aclose()


async def test_no_door_gives_a_reader_what_law_keeps_from_him_in_any_category_or_state(
    readers: dict[str, httpx.AsyncClient],
) -> None:
    assert len(CLASSES) > 207
    leaks, answered, seen = [], 0, {who: set[str]() for who in readers}
    cases = [("ev", state) for state in STATES] + [(category, "Active") for category in GTINS if category != "ev"]
    for category, state in cases:
        made = await issued(readers["owner"], readers["interested"], category, state)
        for who, client in readers.items():
            few = (category, state) != ("ev", "Active")  # all doors for one, a door of each kind for all others
            for path, headers in doors(made):
                if few and not any(each in path + headers.get("accept", "") for each in _ONE_OF_EACH):
                    continue
                answer = await client.get(path, headers=headers)
                assert answer.status_code < 500, (category, state, who, path)
                answered += 1
                given = named_in(answer)
                hidden = sorted(key for key in given if CLASSES[key] not in MAY[who])
                if hidden:
                    leaks.append((category, state, who, path, hidden))
                if state in ("Draft", "Invalid") and who != "owner":
                    assert not given, (category, state, who, path)
                seen[who] |= given
    assert leaks == []
    assert answered > 400
    # The doors do give something: each reader sees attributes of every class that is his.
    assert {who: {CLASSES[key] for key in keys} for who, keys in seen.items()} == MAY
    assert len(seen["owner"]) > 190
    await _told_alike(readers, await issued(readers["owner"], readers["interested"], "ev", "Full"))


async def _told_alike(readers: dict[str, httpx.AsyncClient], full: dict[str, Any]) -> None:
    """What has no value answers like what has one to whoever may not see it."""
    said = {"gtin": GTINS["ev"], "serial": "BARE", "values": complete("ev"), "publish": True}
    bare: dict[str, Any] = (await readers["owner"].post("/api/v1/passports", json=said)).json()
    for who in ("anyone", "stranger"):
        for key in ("accident_information", "registration_id", "jp_vehicle_id", "cell_manufacturer", "successors"):
            answers = []
            for made in (full, bare):
                answer = await readers[who].get(f"/v1/dpps/{quote(made['dpp_id'], safe='')}/elements/{_path(key)}")
                assert answer.status_code == (401 if who == "anyone" else 403)
                message = answer.json()["messages"][0]
                answers.append((answer.status_code, message["code"], message["text"], sorted(answer.headers)))
            assert answers[0] == answers[1], (who, key)


def _path(key: str) -> str:
    section = battery().attributes[key].section
    return quote(f"$['urn:meguri:dpp:battery:1:{section}']['{key}']", safe="")


async def test_a_past_moment_is_found_to_the_microsecond_in_every_time_zone_and_by_the_second_that_was_shown(
    readers: dict[str, httpx.AsyncClient],
) -> None:
    owner = readers["owner"]
    said = {"gtin": GTINS["ev"], "serial": "PAST", "values": complete("ev"), "publish": True}
    made: dict[str, Any] = (await owner.post("/api/v1/passports", json=said)).json()
    path, name = f"/api/v1/passports/{made['passport_id']}", quote(made["dpp_id"], safe="")
    for version in (1, 2):
        change = {"values": {"eu_doc_id": f"V{version + 1}"}}
        done = await owner.patch(path, json=change, headers={"if-match": f'"v{version}"'})
        assert done.status_code == 200, done.text

    async def valid(at: str) -> str | None:
        answer = await owner.get(f"/v1/dppsByIdAndDate/{name}", params={"date": at})
        return answer.headers["etag"] if answer.status_code == 200 else answer.json()["messages"][0]["code"]

    versions = sorted((await owner.get(f"{path}/versions")).json()["items"], key=lambda one: int(one["version"]))
    assert [one["version"] for one in versions] == [1, 2, 3]
    for one in versions:
        at = datetime.fromisoformat(one["changed_at"])
        for zone in (UTC, timezone(timedelta(hours=9)), timezone(-timedelta(hours=11, minutes=30))):
            before = "NO_VERSION_AT_DATE" if one["version"] == 1 else f'"v{one["version"] - 1}"'
            earlier = (at - timedelta(microseconds=1)).astimezone(zone).isoformat(timespec="microseconds")
            assert await valid(earlier) == before
            assert await valid(at.astimezone(zone).isoformat(timespec="microseconds")) == f'"v{one["version"]}"'
    shown = (await owner.get(f"/v1/dpps/{name}")).json()["lastUpdated"]
    assert await valid(shown) == '"v3"'
    for wrong in ("2026-11-30", "2026-11-30T00:00:00", "2026-02-29T00:00:00Z", "9999-12-31T23:59:59-14:00", ""):
        assert await valid(wrong) == "INVALID_DATE", wrong
