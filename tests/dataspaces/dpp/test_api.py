"""EN 18222 over the real application: what each operation answers, and what it refuses in which words."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from tests.dataspaces.dpp.conftest import NAMESPACE, Written, product, wire
from tests.passport.batteries import complete

from meguri.dataspaces.dpp.facade import DppFacade
from meguri.dataspaces.resolver.facade import Resolver

pytestmark = pytest.mark.anyio
JSON = {"content-type": "application/json"}


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["message"] == body["messages"]
    first = body["messages"][0]
    assert first.keys() == {"messageType", "text", "code", "correlationId", "timestamp"}
    assert first["code"] == code
    return body


async def test_everyone_reads_the_public_part_and_nothing_else(written: Written) -> None:
    answer = await written.nobody.get(written.path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    assert document["digitalProductPassportId"] == written.dpp_id
    assert document["uniqueProductIdentifier"] == written.dpp_id
    assert (document["granularity"], document["dppStatus"]) == ("item", "Active")
    assert document[f"{NAMESPACE}performance"]["rated_capacity"] == 200
    assert sorted(document["contentSpecificationIds"]) == sorted(
        name for name in document if name.startswith(NAMESPACE)
    )
    assert f"{NAMESPACE}condition" not in document
    assert "test_reports" not in document[f"{NAMESPACE}labels_conformity"]
    by_product = await written.nobody.get(f"/v1/dppsByProductId/{quote(written.dpp_id, safe='')}")
    assert by_product.json() == document


async def test_the_owner_reads_all_and_the_full_form_names_every_element(written: Written) -> None:
    own = (await written.owner.get(written.path)).json()
    assert own[f"{NAMESPACE}condition"]["battery_status"] == "original"
    full = (await written.nobody.get(written.path, params={"representation": "full"})).json()
    sections = {each["elementId"]: each for each in full["elements"]}
    assert sections[f"{NAMESPACE}performance"]["objectType"] == "DataElementCollection"
    elements = {each["elementId"]: each for each in sections[f"{NAMESPACE}performance"]["elements"]}
    assert elements["rated_capacity"]["objectType"] == "SingleValuedDataElement"
    assert elements["rated_capacity"]["valueDataType"] == "xsd:decimal"
    names = {each["elementId"]: each for each in sections[f"{NAMESPACE}identification"]["elements"]}
    assert names["manufacturer_name"]["objectType"] == "MultiLanguageDataElement"
    labels = {each["elementId"]: each for each in sections[f"{NAMESPACE}labels_conformity"]["elements"]}
    assert labels["eu_declaration_of_conformity"]["objectType"] == "RelatedResource"


async def test_one_element_is_read_by_its_path(written: Written) -> None:
    bracket = await written.nobody.get(written.element(f"$['{NAMESPACE}performance']['rated_capacity']"))
    dotted = await written.nobody.get(written.element("$.performance.rated_capacity"))
    inner = await written.nobody.get(written.element("$.performance.original_power_capability[0].power_w"))
    assert (bracket.json(), dotted.json(), inner.json()) == (200, 200, 150000)
    for path in (
        "$[",
        "rated_capacity",
        "$.performance[*]",
        "$..rated_capacity",
        "$.performance['a','b']",
        "$.x[?@.y]",
    ):
        refused(await written.nobody.get(written.element(path)), 400, "INVALID_ELEMENT_PATH")
    refused(await written.nobody.get(f"{written.path}/elements/%24%5B"), 400, "INVALID_ELEMENT_PATH")
    refused(await written.nobody.get(written.element("$.performance.nothing")), 404, "ELEMENT_NOT_FOUND")
    refused(await written.nobody.get(written.element("$.carbon_footprint.cf_declaration")), 404, "ELEMENT_NOT_FOUND")


async def test_a_closed_element_answers_the_same_whether_it_is_filled_or_not(written: Written) -> None:
    def told(answer: httpx.Response) -> Any:
        message = {
            key: value
            for key, value in answer.json()["messages"][0].items()
            if key not in ("correlationId", "timestamp")
        }
        headers = {
            key: value for key, value in answer.headers.items() if key not in ("x-track", "x-trackingid", "date")
        }
        return answer.status_code, message, headers

    filled, empty = written.element("$.condition.battery_status"), written.element("$.condition.remaining_capacity")
    for reader, status, code in (
        (written.nobody, 401, "AUTHENTICATION_REQUIRED"),
        (written.other, 403, "ACCESS_CLASS_DENIED"),
    ):
        first, second = await reader.get(filled), await reader.get(empty)
        refused(first, status, code)
        assert told(first) == told(second)


async def test_what_is_asked_in_the_wrong_way_is_refused_with_a_stable_code(written: Written) -> None:
    nobody, owner = written.nobody, written.owner
    refused(
        await nobody.get(f"/v1/dpps/{quote('https://id.example.jp/01/09521234567899/21/NONE', safe='')}"),
        404,
        "DPP_NOT_FOUND",
    )
    refused(await nobody.get("/v1/dpps/nothing"), 404, "DPP_NOT_FOUND")
    refused(await nobody.get(written.path, params={"representation": "short"}), 400, "UNKNOWN_REPRESENTATION")
    refused(await nobody.put(written.path, json={}), 405, "METHOD_NOT_ALLOWED")
    refused(await nobody.post("/v1/dppsByProductIds", content=b"{not json", headers=JSON), 400, "INVALID_JSON")
    refused(await nobody.post("/v1/dppsByProductIds", json={"productId": 42}), 400, "INVALID_VALUE")
    refused(await nobody.post("/v1/dppsByProductIds", content=b'{"a":1,"a":2}', headers=JSON), 400, "INVALID_JSON")
    for content in (b"[NaN]", b'["\\ud800"]'):
        refused(await nobody.post("/v1/dppsByProductIds", content=content, headers=JSON), 400, "INVALID_JSON")
    refused(
        await nobody.post("/v1/dppsByProductIds", content=b"[]", headers={"content-type": "text/plain"}),
        400,
        "UNSUPPORTED_MEDIA_TYPE",
    )
    refused(await nobody.post("/v1/dppsByProductIds", json=["x"] * 101), 400, "TOO_MANY_IDS")
    refused(await nobody.post("/v1/dppsByProductIds?limit=0", json=["x"]), 400, "INVALID_LIMIT")
    refused(await nobody.post("/v1/dppsByProductIds?cursor=abc", json=["x"]), 400, "INVALID_CURSOR")
    refused(await owner.post("/v1/dpps?representation=full", json={}), 501, "FULL_WRITE_NOT_SUPPORTED")
    refused(
        await owner.get(f"/v1/dppsByIdAndDate/{quote(written.dpp_id, safe='')}?date=yesterday"), 400, "INVALID_DATE"
    )
    refused(
        await owner.get(f"/v1/dppsByIdAndDate/{quote(written.dpp_id, safe='')}?date=2999-01-01T00:00:00Z"),
        400,
        "INVALID_DATE",
    )
    refused(
        await owner.get(f"/v1/dppsByIdAndDate/{quote(written.dpp_id, safe='')}?date=2001-01-01T00:00:00Z"),
        404,
        "NO_VERSION_AT_DATE",
    )


async def test_history_and_writing_need_somebody_and_change_nothing_without(written: Written) -> None:
    before = (await written.nobody.get(written.path)).content
    at = f"/v1/dppsByIdAndDate/{quote(written.dpp_id, safe='')}?date=2999-01-01T00:00:00Z"
    refused(await written.nobody.get(at), 401, "AUTHENTICATION_REQUIRED")
    refused(await written.nobody.patch(written.path, json={}), 401, "AUTHENTICATION_REQUIRED")
    refused(await written.nobody.post("/v1/dpps", json={}), 401, "AUTHENTICATION_REQUIRED")
    refused(await written.nobody.delete(written.path), 401, "AUTHENTICATION_REQUIRED")
    change = {f"{NAMESPACE}performance": {"rated_capacity": 1}}
    refused(await written.other.patch(written.path, json=change), 403, "NOT_RESPONSIBLE_OPERATOR")
    assert (await written.nobody.get(written.path)).content == before


async def test_a_merge_patch_writes_values_and_null_empties_them(written: Written) -> None:
    change = {f"{NAMESPACE}performance": {"nominal_voltage": {"temp_min": -10}, "recommended_c_rate": 0.5}}
    done = await written.owner.patch(
        written.path, json=change, headers={"content-type": "application/merge-patch+json"}
    )
    assert done.status_code == 200, done.text
    performance = done.json()[f"{NAMESPACE}performance"]
    assert performance["nominal_voltage"] == {"value": 350, "temp_min": -10}
    emptied = await written.owner.patch(written.path, json={f"{NAMESPACE}performance": {"recommended_c_rate": None}})
    assert "recommended_c_rate" not in emptied.json()[f"{NAMESPACE}performance"]
    stale = await written.owner.patch(written.path, json=change, headers={"if-match": '"v1"'})
    refused(stale, 409, "VERSION_CONFLICT")
    one = await written.owner.patch(written.element("$.performance.nominal_voltage.value"), json=355)
    assert (one.status_code, one.json()) == (200, 355)


@pytest.mark.parametrize(
    ("patch", "status", "code"),
    [
        ({f"{NAMESPACE}performance": {"wrong": 1}}, 400, "UNKNOWN_ATTRIBUTE"),
        ({"wrong": {}}, 400, "UNKNOWN_ATTRIBUTE"),
        ({f"{NAMESPACE}performance": {"rated_capacity": "much"}}, 400, "INVALID_VALUE"),
        ({f"{NAMESPACE}performance": {"rated_capacity": 0}}, 400, "VALUE_OUT_OF_RANGE"),
        ({f"{NAMESPACE}materials": {"battery_chemistry": "Unobtainium"}}, 400, "INVALID_ENUM"),
        ({f"{NAMESPACE}condition": {"battery_status": "waste"}}, 400, "READ_ONLY_FIELD"),
        ({f"{NAMESPACE}circularity": {"recycled_total_nickel": 9}}, 400, "READ_ONLY_FIELD"),
        ({"digitalProductPassportId": "https://other.example/1"}, 400, "READ_ONLY_FIELD"),
        ({f"{NAMESPACE}identification": {"battery_mass": None}}, 409, "MANDATORY_VALUE"),
        ({f"{NAMESPACE}identification": {"battery_category": "lmt"}}, 409, "CATEGORY_FIXED"),
        ({f"{NAMESPACE}performance": {"minimum_voltage": {"value": 900}}}, 400, "CROSS_CHECK_FAILED"),
    ],
)
async def test_a_wrong_patch_is_refused_and_changes_nothing(
    written: Written, patch: Any, status: int, code: str
) -> None:
    before = (await written.nobody.get(written.path)).content
    refused(await written.owner.patch(written.path, json=patch), status, code)
    assert (await written.nobody.get(written.path)).content == before


async def test_a_draft_is_seen_by_its_owner_alone_and_can_be_deleted(written: Written) -> None:
    name = product(written.site, "ev", "DRAFT-1")
    made = await written.owner.post("/v1/dpps", json=wire({"battery_category": "ev"}, uniqueProductIdentifier=name))
    assert made.status_code == 201
    path = f"/v1/dpps/{quote(name, safe='')}"
    assert made.headers["location"] == path
    for reader in (written.nobody, written.other):
        refused(await reader.get(path), 404, "DPP_NOT_FOUND")
    assert (await written.owner.get(path)).status_code == 200
    missing = refused(await written.owner.patch(path, json={"dppStatus": "Active"}), 409, "PUBLISH_INCOMPLETE")
    assert any("battery_mass" in each["text"] for each in missing["messages"])
    assert (await written.owner.delete(path)).status_code == 204
    refused(await written.owner.get(path), 404, "DPP_NOT_FOUND")
    refused(await written.owner.delete(written.path), 409, "DELETION_RESTRICTED")


async def test_an_identifier_is_taken_once_and_for_ever(written: Written) -> None:
    said = wire(complete("ev"), uniqueProductIdentifier=written.dpp_id)
    refused(await written.owner.post("/v1/dpps", json=said), 409, "DUPLICATE_PRODUCT_ID")
    refused(await written.other.post("/v1/dpps", json=said), 409, "DUPLICATE_PRODUCT_ID")
    assert (await written.owner.patch(written.path, json={"dppStatus": "invalid"})).status_code == 200
    refused(await written.nobody.get(written.path), 404, "DPP_NOT_FOUND")
    refused(await written.owner.post("/v1/dpps", json=said), 409, "DUPLICATE_PRODUCT_ID")


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        ("https://x.jp/01/09521234567890/21/A", "INVALID_GTIN_CHECK_DIGIT"),
        ("https://x.jp/01/9521234567899/21/A", "INVALID_GTIN_LENGTH"),
        ("https://x.jp/01/09521234567899/21/ABCDEFGHIJKLMNOPQRSTU", "SERIAL_TOO_LONG"),
        ("https://x.jp/01/09521234567899/21/A~B", "INVALID_SERIAL_CHARSET"),
        ("https://x.jp/01/09521234567899/21/A/10/L", "INVALID_QUALIFIER_SEQUENCE"),
        ("", "EMPTY_IDENTIFIER"),
    ],
)
async def test_a_broken_identifier_is_named(written: Written, identifier: str, code: str) -> None:
    refused(await written.owner.post("/v1/dpps", json=wire({}, uniqueProductIdentifier=identifier)), 400, code)


async def test_a_level_that_is_not_that_of_the_identifier_is_refused(written: Written) -> None:
    said = wire({}, uniqueProductIdentifier="https://x.jp/01/09521234567899/21/A", granularity="model")
    refused(await written.owner.post("/v1/dpps", json=said), 400, "GRANULARITY_MISMATCH")


async def test_many_products_are_looked_up_at_once_page_by_page(written: Written) -> None:
    names = [written.dpp_id]
    for number in (2, 3):
        name = product(written.site, "ev", f"MG26A00000{number}")
        said = wire(complete("ev"), uniqueProductIdentifier=name, granularity="Item")
        assert (await written.owner.post("/v1/dpps", json=said)).status_code == 201
        names.append(name)
    bodies: list[Callable[[], Any]] = [
        lambda: [*names, "https://x.jp/01/09521234567899/21/NONE"],
        lambda: {"productIds": names},
        lambda: {"productIdentifiers": names},
    ]
    for body in bodies:
        assert (await written.nobody.post("/v1/dppsByProductIds", json=body())).json() == {"items": names}
    first = (await written.nobody.post("/v1/dppsByProductIds?limit=2", json=names)).json()
    rest = await written.nobody.post("/v1/dppsByProductIds", params={"limit": 2, "cursor": first["cursor"]}, json=names)
    assert (first["items"], rest.json()) == (names[:2], {"items": names[2:]})


async def test_the_wrapped_form_carries_the_same_in_its_own_words(written: Written) -> None:
    read = (await written.nobody.get(f"/envelope{written.path}")).json()
    assert (read["statusCode"], read["payload"]["digitalProductPassportId"]) == ("Success", written.dpp_id)
    assert read["payload"]["elements"]
    ids = (await written.nobody.post("/envelope/v1/dppsByProductIds", json=[written.dpp_id])).json()
    assert ids["payload"] == {"dppIdentifiers": [written.dpp_id], "nextCursor": None}
    name = product(written.site, "ev", "WRAPPED-1")
    made = await written.owner.post(
        "/envelope/v1/dpps", json=wire({"battery_category": "ev"}, uniqueProductIdentifier=name)
    )
    assert (made.status_code, made.json()["payload"]) == (201, {"dppId": name})
    gone = await written.owner.delete(f"/envelope/v1/dpps/{quote(name, safe='')}")
    assert (gone.status_code, gone.json()["statusCode"]) == (200, "SuccessNoContent")


async def test_messages_come_in_the_readers_language(written: Written) -> None:
    path = f"/v1/dpps/{quote('https://x.jp/01/09521234567899/21/NONE', safe='')}"
    japanese = await written.nobody.get(path, headers={"accept-language": "ja"})
    english = await written.nobody.get(path, headers={"accept-language": "en"})
    assert "見つかりません" in japanese.json()["messages"][0]["text"]
    assert "No passport" in english.json()["messages"][0]["text"]


async def test_a_probe_learns_that_the_server_answers(written: Written) -> None:
    answer = await written.nobody.get("/health", headers={"accept": "*/*"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_browser_gets_the_page_called_health(written: Written) -> None:
    answer = await written.nobody.get("/health", headers={"accept": "text/html"}, follow_redirects=False)
    assert answer.status_code == 303


async def test_an_installation_that_keeps_to_http2_refuses_older_readers(written: Written) -> None:
    async def inner(*_: Any) -> None:
        raise AssertionError("nothing but the passports' own paths is asked here")

    made = DppFacade(inner, written.site.db, http2_only=True)
    codes = Resolver(inner, written.site.db, http2_only=True)
    path = written.dpp_id.partition("://")[2].partition("/")[2]
    for app, asked in ((made, written.path), (codes, f"/{path}")):
        for version, status in (("1.1", 400), ("1.0", 400), ("2", 200)):
            answer = await _by(app, asked, version)
            assert answer[0] == status, answer
            assert (b"HTTP_VERSION" in answer[1]) == (status == 400)


async def _by(app: Any, path: str, version: str) -> tuple[int, bytes]:
    """What a reader gets who speaks this version of HTTP."""
    got: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        got.append(message)

    scope = {
        "type": "http",
        "http_version": version,
        "method": "GET",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"accept", b"application/json")],
        "client": ("203.0.113.9", 1),
        "state": {},
    }
    await app(scope, receive, send)
    return got[0]["status"], got[1]["body"]
