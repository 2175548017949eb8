"""The ground of every route, tried on a small application of its own: units of work, repetition, versions, problems."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Response, get, post, put
from msgspec import Meta

from meguri.kernel.errors import Conflict, NotFound, Unavailable
from meguri.kernel.events import Event
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.ui import Shell
from meguri.web import (
    PUBLIC,
    FromPath,
    Json,
    Paging,
    Principal,
    Unit,
    Version,
    editor,
    page_of,
    refusals,
    signed_in,
    versioned,
)
from meguri.web.asgi import App
from meguri.web.auth import demand_policies
from meguri.web.build import application
from meguri.web.principal import STATE

from .conftest import client_of, living

pytestmark = pytest.mark.anyio


class Counted(Event, frozen=True, kw_only=True):
    tag = "test:counter:count"
    n: int


class Thing(msgspec.Struct, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=5)]
    amount: Decimal
    children: list["Thing"] = []
    kind: Role = Role.VIEWER


async def count(tx: Transaction, scope: OperatorScope, n: int) -> int:
    await tx.record(Counted(n=n))
    return n


@post("/api/v1/count/{n:int}", guards=[editor], responses=refusals())
async def count_up(n: FromPath[int], unit: Unit) -> dict[str, int]:
    return {"n": await unit(count, n)}


@post("/api/v1/shown/{n:int}", guards=[editor])
async def count_shown(n: FromPath[int], unit: Unit) -> Response[dict[str, int]]:
    return await unit.answering(lambda got: versioned({"n": got}, got, status_code=202))(count, n)


async def take(tx: Transaction, scope: OperatorScope, thing: Thing) -> str:
    await tx.record(Counted(n=1))
    return thing.name


@post("/api/v1/taken", guards=[editor], responses=refusals())
async def take_thing(data: Json[Thing], unit: Unit) -> dict[str, str]:
    return {"name": await unit(take, data)}


@post("/api/v1/things", guards=[signed_in])
async def echo(data: Json[Thing]) -> Thing:
    return data


@put("/api/v1/versions", guards=[editor])
async def change(version: Version) -> int:
    return version


@get("/api/v1/pages", guards=[signed_in], sync_to_thread=False)
def pages(paging: Paging) -> Any:
    after = int(paging.cursor or 0)
    return page_of(range(after, 25)[: paging.limit + 1], paging.limit, lambda n: (str(n),))


@get("/api/v1/fails/{how:str}", guards=[signed_in])
async def fails(how: FromPath[str], unit: Unit) -> None:
    if how == "bug":
        raise ValueError("secret detail of ours: password=hunter2")
    if how == "conflict":
        raise Conflict
    if how == "busy":
        raise Unavailable(retry_after=7)
    if how == "sql":
        await unit(broken)
    raise NotFound


@get("/broken-page", guards=[signed_in])
async def broken_page() -> None:
    raise ValueError("secret detail")


async def broken(tx: Transaction, scope: OperatorScope) -> None:
    await tx.value("SELECT no_such_column FROM audit_entry")


@get("/api/v1/open", opt=PUBLIC, sync_to_thread=False)
def open_door() -> Decimal:
    return Decimal("1E+2")


HANDLERS = [count_up, take_thing, count_shown, echo, change, pages, fails, broken_page, open_door]
A, B = new_id(), new_id()


def as_somebody(app: App) -> App:
    """Who is asking stands in two headers: the tests of this file are not about proof."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            if b"x-operator" in headers:
                role = Role(headers.get(b"x-role", b"editor").decode())
                who = OperatorScope(UUID(headers[b"x-operator"].decode()), "person:test", role)
                scope.setdefault("state", {})[STATE] = Principal(scope=who, kind="token")
        await app(scope, receive, send)

    return wrapped


@pytest.fixture
async def client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = application(db, HANDLERS, shell=Shell(), version="0", body_mb=1)
    async with living(app), client_of(as_somebody(app), **{"x-operator": str(A)}) as client:
        client.headers["accept-language"] = "en"
        yield client


async def entries(db: Database, operator_id: UUID = A) -> int:
    async with db.transaction(OperatorScope(operator_id, "system:test")) as tx:
        return int(await tx.value("SELECT count(*) FROM audit_entry"))


# Repetition


async def test_a_repeated_post_is_answered_again_and_not_done_again(client: httpx.AsyncClient, db: Database) -> None:
    first = await client.post("/api/v1/count/1", headers={"idempotency-key": "k"})
    again = await client.post("/api/v1/count/1", headers={"idempotency-key": "k"})
    assert (first.status_code, first.json()) == (201, {"n": 1})
    assert again.headers["idempotency-replayed"] == "true"
    assert again.status_code == 201
    assert await entries(db) == 1


async def test_a_reply_with_its_own_status_and_version_is_repeated_with_them(client: httpx.AsyncClient) -> None:
    first = await client.post("/api/v1/shown/4", headers={"idempotency-key": "k"})
    again = await client.post("/api/v1/shown/4", headers={"idempotency-key": "k"})
    for answer in (first, again):
        assert (answer.status_code, answer.json(), answer.headers["etag"]) == (202, {"n": 4}, '"v4"')


async def test_the_same_key_for_something_else_is_refused(client: httpx.AsyncClient, db: Database) -> None:
    await client.post("/api/v1/count/1", headers={"idempotency-key": "k"})
    other = await client.post("/api/v1/count/2", headers={"idempotency-key": "k"})
    assert (other.status_code, other.json()["code"]) == (409, "storage.idempotency.key_used_otherwise")
    assert await entries(db) == 1


async def test_two_companies_may_choose_the_same_key(client: httpx.AsyncClient, db: Database) -> None:
    await client.post("/api/v1/count/1", headers={"idempotency-key": "k"})
    other = await client.post("/api/v1/count/1", headers={"idempotency-key": "k", "x-operator": str(B)})
    assert "idempotency-replayed" not in other.headers
    assert await entries(db, B) == 1


async def test_twenty_repetitions_at_once_are_done_once(client: httpx.AsyncClient, db: Database) -> None:
    headers = {"idempotency-key": "k"}
    answers = await asyncio.gather(*(client.post("/api/v1/count/1", headers=headers) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert await entries(db) == 1


async def test_an_unusable_key_is_refused(client: httpx.AsyncClient) -> None:
    for key in ("", "x" * 256, "a\tb"):
        answer = await client.post("/api/v1/count/1", headers={"idempotency-key": key})
        assert (answer.status_code, answer.json()["code"]) == (422, "storage.idempotency.bad_key")


# Versions and lists


@pytest.mark.parametrize(
    ("given", "status"),
    [(None, 428), ("*", 428), ("", 428), ('"v3"', 200), ('W/"v3"', 200), ("v3", 412), ('"v03"', 412), ('"x"', 412)],
)
async def test_a_change_names_the_version_that_was_read(
    client: httpx.AsyncClient, given: str | None, status: int
) -> None:
    answer = await client.put("/api/v1/versions", headers={} if given is None else {"if-match": given})
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == 3


async def test_a_list_ends_with_an_empty_cursor(client: httpx.AsyncClient) -> None:
    whole = (await client.get("/api/v1/pages?limit=25")).json()
    assert (len(whole["items"]), whole["next_cursor"]) == (25, None)
    part = (await client.get("/api/v1/pages?limit=24")).json()
    assert (len(part["items"]), bool(part["next_cursor"])) == (24, True)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", ""])
async def test_a_limit_is_a_number_from_1_to_100(client: httpx.AsyncClient, limit: str) -> None:
    answer = await client.get(f"/api/v1/pages?limit={limit}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "limit"


# Numbers


async def test_exact_numbers_leave_as_plain_text(client: httpx.AsyncClient) -> None:
    for given, plain in (("1E+2", "100"), ("10.500", "10.5"), ("0.00000001", "0.00000001"), ("-0", "0")):
        body = {"name": "a", "amount": given, "children": [{"name": "b", "amount": given}]}
        said = (await client.post("/api/v1/things", json=body)).json()
        assert (said["amount"], said["children"][0]["amount"]) == (plain, plain)
    assert (await client.get("/api/v1/open")).json() == "100"


# Saying no


@pytest.mark.parametrize(
    ("body", "field", "english", "japanese"),
    [
        ({}, "name", "This is required.", "この項目は必須です。"),
        ({"name": 3}, "name", "This has to be a text.", "文字列を指定してください。"),
        ({"name": ""}, "name", "The length of a text has to be at least 1.", "文字列の長さは1以上にしてください。"),
        (
            {"name": "toolong"},
            "name",
            "The length of a text has to be at most 5.",
            "文字列の長さは5以下にしてください。",
        ),
        ({"name": "a", "amount": "x"}, "amount", "This does not have the right form.", "形式が正しくありません。"),
        (
            {"name": "a", "amount": "1", "kind": "king"},
            "kind",
            "This is not one of the allowed values.",
            "選択肢にない値です。",
        ),
        (
            {"name": "a", "amount": "1", "children": [{"name": "b", "amount": "1"}, {"name": "b"}]},
            "children[1].amount",
            "This is required.",
            "この項目は必須です。",
        ),
        ([], "", "This has to be an object.", "オブジェクトを指定してください。"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_named_with_its_place_in_the_readers_language(
    client: httpx.AsyncClient, body: Any, field: str, english: str, japanese: str
) -> None:
    answer = await client.post("/api/v1/things", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": field, "detail": english}]
    answer = await client.post("/api/v1/things", json=body, headers={"accept-language": "ja"})
    assert answer.json()["errors"] == [{"field": field, "detail": japanese}]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"nul", b"[" * 100_000, b'{"name": "\\ud800"}', b"", b"{}{}"])
async def test_what_cannot_be_read_is_refused_as_such(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/api/v1/things", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_over_the_limit_is_not_read(client: httpx.AsyncClient) -> None:
    for content in (b" " * 1_000_001, _chunks()):
        answer = await client.post("/api/v1/things", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "web.too_large")


async def _chunks() -> AsyncIterator[bytes]:
    for _ in range(200):
        yield b" " * 10_000


async def test_an_unknown_path_and_method_are_told_as_problems(client: httpx.AsyncClient) -> None:
    unknown = await client.get("/api/v1/nowhere")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    method = await client.delete("/api/v1/things")
    assert (method.status_code, method.json()["code"]) == (405, "web.no_such_method")
    assert "POST" in method.headers["allow"]


@pytest.mark.parametrize("number", ["NaN", "sNaN12", "-Infinity", " inf "])
async def test_a_number_that_is_none_is_refused_where_it_stands_and_a_name_may_be_such_a_word(
    client: httpx.AsyncClient, number: str
) -> None:
    thing = {"name": "x", "amount": "1", "children": [{"name": "y", "amount": number}]}
    refused = await client.post("/api/v1/taken", json=thing)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "children[0].amount")
    named = await client.post("/api/v1/taken", json={"name": "NaN", "amount": "1"})
    assert (named.status_code, named.json()) == (201, {"name": "NaN"})


async def test_a_mistake_of_ours_is_told_without_any_detail(client: httpx.AsyncClient) -> None:
    client.event_hooks = {}
    for how in ("bug", "sql"):
        answer = await client.get(f"/api/v1/fails/{how}")
        assert (answer.status_code, answer.json()["code"]) == (500, "web.unexpected")
        assert not any(word in answer.text for word in ("secret", "hunter2", "Traceback", "no_such_column", "SELECT"))
    page = await client.get("/broken-page", headers={"accept": "text/html"})
    assert page.status_code == 500
    assert page.headers["content-type"].startswith("text/html")
    assert "secret detail" not in page.text


async def test_a_refusal_has_its_status_code_and_sentence(client: httpx.AsyncClient) -> None:
    conflict = await client.get("/api/v1/fails/conflict")
    assert conflict.status_code == 409
    assert conflict.json() == {
        "type": "urn:meguri:problem:conflict",
        "title": "The present state does not allow this.",
        "status": 409,
        "detail": "The present state does not allow this.",
        "code": "conflict",
        "errors": [],
        "tracking_id": "",
    }
    busy = await client.get("/api/v1/fails/busy")
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "7")
    stranger = await client.get("/api/v1/fails/x", headers={"x-operator": str(A), "x-role": "viewer"})
    assert stranger.status_code == 404


async def test_without_the_database_the_answer_is_503_and_when_to_come_back(db: Database) -> None:
    nowhere = Database("host=/nonexistent dbname=x", patience_s=0.2)
    await nowhere.pool.open(wait=False)
    try:
        app = application(nowhere, HANDLERS, shell=Shell(), version="0")
        async with living(app), client_of(as_somebody(app), **{"x-operator": str(A)}) as client:
            answer = await client.post("/api/v1/count/1")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/healthz")).status_code == 200
    finally:
        await nowhere.close()


# Policies


async def test_a_route_without_a_policy_does_not_start(db: Database) -> None:
    @get("/api/v1/forgotten", sync_to_thread=False)
    def forgotten() -> None:
        return None

    with pytest.raises(LookupError, match="GET /api/v1/forgotten"):
        application(db, [forgotten], shell=Shell(), version="0")


async def test_a_route_that_is_public_by_a_slip_of_the_pen_does_not_start(db: Database) -> None:
    @get("/api/v1/forgotten", opt={"public": "yes"}, sync_to_thread=False)
    def forgotten() -> None:
        return None

    with pytest.raises(LookupError):
        application(db, [forgotten], shell=Shell(), version="0")


async def test_the_small_application_declares_all_its_policies(db: Database) -> None:
    demand_policies(application(db, HANDLERS, shell=Shell(), version="0"))


async def test_a_viewer_changes_nothing(client: httpx.AsyncClient, db: Database) -> None:
    answer = await client.post("/api/v1/count/1", headers={"x-role": "viewer"})
    assert answer.status_code == 403
    assert await entries(db) == 0


async def test_a_refusal_is_documented_with_its_meaning(client: httpx.AsyncClient) -> None:
    operation = (await client.get("/api/v1/openapi.json")).json()["paths"]["/api/v1/count/{n}"]["post"]
    assert set(operation["responses"]) >= {"201", "401", "403", "404", "422", "429", "503"}
    assert "application/problem+json" in operation["responses"]["401"]["content"]
