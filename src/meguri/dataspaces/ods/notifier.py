"""The notifier (pull only): lists of recipients, notifications frozen when they are made, and who has received them."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.wire import Answer, Call, to_json
from meguri.kernel import clock
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.storage.queries import load_queries

queries = load_queries(__package__)
_NAMES = {
    400: ("bad_request", "Bad Request"),
    401: ("unauthorized", "Unauthorized"),
    403: ("forbidden", "Forbidden"),
    404: ("not_found", "Not Found"),
    405: ("method_not_allowed", "Method Not Allowed"),
    409: ("conflict", "Conflict"),
    422: ("validation_error", "Request Validation Error"),
    500: ("internal_server_error", "Internal Server Error"),
}
"""How the contract names its refusals: type and title by status."""
HEADERS = {
    "cache-control": "no-cache, no-store, must-revalidate",
    "content-security-policy": "default-src 'self'",
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
}
NEEDED = ("user-agent", "accept-language", "content-type", "x-trackingid", "x-notifier-api-key")
"""Headers without which no call is taken."""
BLANK = "空白のみの値は許可されていません"
NOT_UUID = "UUID形式で指定してください"
_TARGETS = {"name", "owner_id", "target_ids"}
_NOTIFICATION = {"type_code", "type_name", "title", "content", "target_ids", "target_list_ids", "data_id"}


_WHOLE = _NOTIFICATION | {"notification_id", "status", "updated_at", "created_at", "notification_confirmed_targets",
                          "data_confirmed_targets"}  # fmt: skip
"""What a change may carry: a whole notification as it was read."""


class Fault(Exception):
    """The call is refused."""

    def __init__(self, status: int, detail: str) -> None:
        """The contract's own sentence."""
        super().__init__(detail)
        self.status, self.detail = status, detail


def answer_of(fault: Fault, path: str) -> Answer:
    """The refusal as it goes out; what does not fit the schema is listed, each with its place."""
    kind, title = _NAMES.get(fault.status, ("error", "Error"))
    detail: Any = fault.detail
    if fault.status == 422:
        detail = [{"type": "value_error", "loc": _place(fault.detail), "msg": fault.detail}]
    body = {"type": kind, "title": title, "detail": detail, "status": fault.status, "instance": path}
    more = {"www-authenticate": "Bearer"} if fault.status == 401 else {}
    return to_json(fault.status, body, {**HEADERS, **more})


def _place(detail: str) -> list[str | int]:
    """Where in the request a sentence says that something is wrong: `notifications[1]: title: …`."""
    head = detail.partition(":")[0]
    found: list[str | int] = ["header" if head in NEEDED else "query" if head in ("skip", "limit") else "body"]
    for part in detail.split(": ")[:-1]:
        name, _, number = part.partition("[")
        found += [name, int(number[:-1])] if number[:-1].isdigit() else [name]
    return found


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A notification as it is kept."""

    operator_id: UUID
    notification_id: UUID
    type_code: str
    type_name: str
    title: str
    content: str
    data_id: UUID | None
    status: str
    created_at: datetime
    updated_at: datetime


def stamp(moment: datetime) -> str:
    """UTC to the microsecond, without a zone, as the contract writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def _text(body: Mapping[str, Any], name: str, most: int | None) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value or (most is not None and len(value) > most):
        raise Fault(422, f"{name}: 1文字以上{f'{most}文字以内' if most else ''}で指定してください")
    if not value.strip():
        raise Fault(422, f"{name}: {BLANK}")
    return value


def _ids(body: Mapping[str, Any], name: str) -> list[UUID]:
    value = body.get(name, [])
    if not isinstance(value, list):
        raise Fault(422, f"{name}: 配列で指定してください")
    found = []
    for place, one in enumerate(value):
        known = parse_uuid(one) if isinstance(one, str) else None
        if known is None:
            raise Fault(422, f"{name}[{place}]: {NOT_UUID}")
        found.append(known)
    return found


def _count(call: Call, name: str, default: int, least: int, most: int) -> int:
    text = call.value(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise Fault(422, f"{name}: {least}以上{most}以下で指定してください")
    return int(text)


def shown(call: Call, body: Any, modified: datetime | None = None) -> Answer:
    """A reply to a reading, with its weak ETag; 304 when the caller has it."""
    raw = msgspec.json.encode(body)
    tag = f'W/"{hashlib.sha256(raw).hexdigest()}"'
    headers = {**HEADERS, "etag": tag}
    if modified is not None:
        headers["last-modified"] = modified.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    known = [one.strip().removeprefix("W/") for one in call.headers.get("if-none-match", "").split(",")]
    if "*" in known or tag.removeprefix("W/") in known:
        return Answer(304, b"", headers)
    return Answer(200, raw, headers)


def said(status: int, body: Any) -> Answer:
    """A reply to a writing."""
    return to_json(status, body, dict(HEADERS)) if status != 204 else Answer(204, b"", dict(HEADERS))


async def serve(tx: Transaction, scope: OperatorScope, call: Call, rest: tuple[str, ...], body: Any) -> Answer:
    """One call of a known operator. Raises Fault."""
    if rest[0] == "notification-targets":
        return await _targets(tx, scope, call, rest[1:], body)
    if rest == ("notifications", "bulk") or rest == ("notifications", "bulk-delete"):
        return await _bulk(tx, scope, call.method, rest[1], body)
    if rest == ("notifications",) and call.method == "POST":
        return said(201, await create(tx, scope, _object(body)))
    if rest == ("notifications",) and call.method == "GET":
        return await _list(tx, scope, call)
    note_id = parse_uuid(rest[1]) if len(rest) > 1 else None
    if note_id is None:
        raise Fault(422 if len(rest) > 1 else 404, f"notification_id: {NOT_UUID}")
    if len(rest) == 2 and call.method == "GET":
        note = await _known(tx, scope, note_id)
        return shown(call, await _whole(tx, scope, note), note.updated_at)
    if len(rest) == 2 and call.method == "PUT":
        return said(200, await change(tx, scope, note_id, _object(body)))
    if len(rest) == 2 and call.method == "DELETE":
        await delete(tx, scope, note_id)
        return said(204, None)
    if rest[2:] == ("receive",) and call.method == "PUT":
        return said(200, await receive(tx, scope, note_id, queries.receive))
    if len(rest) == 5 and (rest[2], rest[4]) == ("data", "receive") and call.method == "PUT":
        note = await _known(tx, scope, note_id)
        if note.data_id is None or str(note.data_id) != rest[3].lower():
            raise Fault(404, f"Notification not found: {note_id}")
        return said(200, await receive(tx, scope, note_id, queries.receive_data))
    raise Fault(404, "Not found")


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise Fault(422, "オブジェクトで指定してください")
    return body


def _only(body: Mapping[str, Any], allowed: set[str]) -> None:
    unknown = set(body) - allowed
    if unknown:
        raise Fault(422, f"{min(unknown)}: 指定できない項目です")


def _as_read(body: Mapping[str, Any], thing: str, actual: datetime) -> None:
    """Whether the caller changes what it has read, to the microsecond. Raises Fault (409; 422 for no time)."""
    sent = body.get("updated_at")
    try:
        said = datetime.fromisoformat(sent) if isinstance(sent, str) else None
    except ValueError:
        said = None
    if said is None:
        raise Fault(422, "updated_at: 日時で指定してください")
    if (said if said.tzinfo else said.replace(tzinfo=UTC)) != actual:
        raise Fault(409, f"Version mismatch for {thing}. Expected: {sent}, Actual: {stamp(actual)}")


async def create(tx: Transaction, scope: OperatorScope, body: Mapping[str, Any]) -> dict[str, Any]:
    """A notification to those named and to the members of own lists, as they are now. Raises Fault."""
    _only(body, _NOTIFICATION)
    code, name = _text(body, "type_code", 100), _text(body, "type_name", 255)
    title, content = _text(body, "title", 500), _text(body, "content", None)
    direct, lists = _ids(body, "target_ids"), _ids(body, "target_list_ids")
    data_id = parse_uuid(str(body["data_id"])) if body.get("data_id") is not None else None
    if body.get("data_id") is not None and data_id is None:
        raise Fault(422, f"data_id: {NOT_UUID}")
    if not direct and not lists:
        raise Fault(400, "Either target_ids or target_list_ids must be specified")
    members = await _members(tx, scope, lists)
    if not direct and not members:
        raise Fault(400, f"All target lists are empty: {', '.join(str(one) for one in lists)}")
    async with tx.across():
        if await tx.value(queries.other_pair, type_code=code, type_name=name):
            raise Fault(400, "type_code and type_name must be one to one")
    note_id, now = new_id(), clock.now()
    await tx.run(
        queries.add_notification,
        operator_id=scope.operator_id,
        notification_id=note_id,
        type_code=code,
        type_name=name,
        title=title,
        content=content,
        data_id=data_id,
        at=now,
    )
    async with tx.across():
        await tx.run(
            queries.add_recipients,
            targets=sorted({*direct, *members}),
            notification_id=note_id,
            sender_id=scope.operator_id,
        )
    return {**body, "notification_id": str(note_id)}


async def _members(tx: Transaction, scope: OperatorScope, lists: list[UUID]) -> set[UUID]:
    if not lists:
        return set()
    rows = await tx.all(queries.lists, operator_id=scope.operator_id, list_ids=lists, skip=0, rows=1000)
    return {one for row in rows for one in row[2]}


async def _known(tx: Transaction, scope: OperatorScope, note_id: UUID) -> Note:
    async with tx.across():
        found = await tx.one(queries.notification, Note, notification_id=note_id, me=scope.operator_id)
    if found is None or (found.status == "deleted" and found.operator_id != scope.operator_id):
        raise Fault(404, f"Notification not found: {note_id}")
    return found


async def _own(tx: Transaction, scope: OperatorScope, note_id: UUID) -> Note:
    found = await _known(tx, scope, note_id)
    if found.operator_id != scope.operator_id:
        raise Fault(404, f"Notification not found: {note_id}")
    return found


async def _whole(tx: Transaction, scope: OperatorScope, note: Note) -> dict[str, Any]:
    """All of a notification; a recipient sees nobody's confirmation but its own."""
    only = None if note.operator_id == scope.operator_id else scope.operator_id
    async with tx.across():
        rows = await tx.all(
            queries.recipients, sender_id=note.operator_id, notification_id=note.notification_id, only=only
        )
    return {
        **_brief(note),
        "status": note.status,
        "notification_confirmed_targets": [_confirmed(note, row[0], row[1]) for row in rows],
        "data_confirmed_targets": [_confirmed(note, row[0], row[2]) for row in rows] if note.data_id else [],
        "created_at": stamp(note.created_at),
        "updated_at": stamp(note.updated_at),
    }


def _confirmed(note: Note, target: UUID, at: datetime | None) -> dict[str, Any]:
    status = "deleted" if note.status == "deleted" else "received" if at else "not_received"
    return {"target_id": str(target), "status": status, "updated_at": stamp(at or note.created_at)}


def _brief(note: Note) -> dict[str, Any]:
    return {
        "notification_id": str(note.notification_id),
        "type_code": note.type_code,
        "type_name": note.type_name,
        "title": note.title,
        "content": note.content,
        "data_id": str(note.data_id) if note.data_id else None,
    }


async def _list(tx: Transaction, scope: OperatorScope, call: Call) -> Answer:
    status = call.value("status")
    if status not in (None, "enabled", "disabled", "deleted"):
        raise Fault(422, "status: enabled, disabled, deleted のいずれかを指定してください")
    async with tx.across():
        found = await tx.all(
            queries.addressed,
            Note,
            me=scope.operator_id,
            status=status,
            skip=_count(call, "skip", 0, 0, 10**8),
            rows=_count(call, "limit", 100, 1, 1000),
        )
    return shown(call, {"notifications": [_brief(one) for one in found]})


async def change(tx: Transaction, scope: OperatorScope, note_id: UUID, body: Mapping[str, Any]) -> dict[str, Any]:
    """Change a notification of one's own, as it was read. Raises Fault (409 when somebody was faster)."""
    note = await _own(tx, scope, note_id)
    if str(body.get("notification_id", "")).lower() != str(note_id):
        raise Fault(422, "notification_id: パスと一致しません")
    _only(body, _WHOLE)
    _as_read(body, f"Notification({note_id})", note.updated_at)
    status = body.get("status")
    if status not in ("enabled", "disabled", "deleted"):
        raise Fault(422, "status: enabled, disabled, deleted のいずれかを指定してください")
    await tx.run(
        queries.change_notification,
        operator_id=scope.operator_id,
        notification_id=note_id,
        title=_text(body, "title", 500),
        content=_text(body, "content", None),
        status=status,
        at=clock.now(),
    )
    return await _whole(tx, scope, await _own(tx, scope, note_id))


async def delete(tx: Transaction, scope: OperatorScope, note_id: UUID) -> None:
    """Take a notification of one's own back; it stays as deleted."""
    note = await _own(tx, scope, note_id)
    await tx.run(
        queries.change_notification,
        operator_id=scope.operator_id,
        notification_id=note_id,
        title=note.title,
        content=note.content,
        status="deleted",
        at=clock.now(),
    )


async def receive(tx: Transaction, scope: OperatorScope, note_id: UUID, query: Any) -> dict[str, str]:
    """Confirm that a notification, or its data, has been received."""
    await _known(tx, scope, note_id)
    now = clock.now()
    async with tx.across():
        if not await tx.run(query, me=scope.operator_id, notification_id=note_id, at=now):
            raise Fault(404, f"Notification not found: {note_id}")
    return {"updated_at": stamp(now)}


async def _bulk(tx: Transaction, scope: OperatorScope, method: str, word: str, body: Any) -> Answer:
    """Up to a hundred at once, all or nothing, in their order."""
    if method not in (("POST", "PUT") if word == "bulk" else ("POST",)):
        raise Fault(405, "Method not allowed")
    _only(_object(body), {"notifications"} if word == "bulk" else {"notification_ids"})
    items = _object(body).get("notifications" if word == "bulk" else "notification_ids")
    if not isinstance(items, list) or not 1 <= len(items) <= 100:
        raise Fault(422, "notifications: 1件以上100件以内で指定してください")
    ids = [str(one.get("notification_id")) if isinstance(one, dict) else str(one) for one in items]
    named = [one.lower() for one in ids if one != "None"]
    if len(set(named)) != len(named):
        raise Fault(422, "notifications: 同じ通知が複数あります")
    made: list[Any] = []
    for place, one in enumerate(items):
        try:
            made.append(await _one_of_many(tx, scope, method, word, one))
        except Fault as fault:
            raise Fault(fault.status, f"notifications[{place}]: {fault.detail}") from None
    if word == "bulk-delete":
        return said(204, None)
    return said(201 if method == "POST" else 200, {"notifications": made})


async def _one_of_many(tx: Transaction, scope: OperatorScope, method: str, word: str, one: Any) -> Any:
    if word == "bulk" and method == "POST":
        return await create(tx, scope, _object(one))
    note_id = parse_uuid(str(one.get("notification_id")) if isinstance(one, dict) else str(one))
    if note_id is None:
        raise Fault(422, f"notification_id: {NOT_UUID}")
    if word == "bulk-delete":
        return await delete(tx, scope, note_id)
    return await change(tx, scope, note_id, _object(one))


async def _targets(tx: Transaction, scope: OperatorScope, call: Call, rest: tuple[str, ...], body: Any) -> Answer:
    if not rest and call.method == "GET":
        rows = await tx.all(
            queries.lists,
            operator_id=scope.operator_id,
            list_ids=None,
            skip=_count(call, "skip", 0, 0, 10**8),
            rows=_count(call, "limit", 100, 1, 1000),
        )
        return shown(call, {"notification_targets": [_listed(scope, row) for row in rows]})
    if not rest and call.method == "POST":
        return said(201, await _save_list(tx, scope, new_id(), _object(body)))
    list_id = parse_uuid(rest[0]) if rest else None
    if list_id is None or len(rest) > 1:
        raise Fault(404, "Not found")
    rows = await tx.all(queries.lists, operator_id=scope.operator_id, list_ids=[list_id], skip=0, rows=1)
    if not rows:
        raise Fault(404, f"NotificationTarget not found: {list_id}")
    if call.method == "GET":
        return shown(call, _listed(scope, rows[0]), rows[0][3])
    if call.method == "DELETE":
        await tx.run(queries.drop_list, operator_id=scope.operator_id, list_id=list_id)
        return said(204, None)
    if call.method != "PUT":
        raise Fault(405, "Method not allowed")
    _as_read(_object(body), f"NotificationTarget({list_id})", rows[0][3])
    bare = {key: value for key, value in _object(body).items() if key not in ("updated_at", "target_list_id")}
    return said(200, await _save_list(tx, scope, list_id, bare))


def _listed(scope: OperatorScope, row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "target_list_id": str(row[0]),
        "name": row[1],
        "owner_id": str(scope.operator_id),
        "target_ids": [str(one) for one in row[2]],
        "updated_at": stamp(row[3]),
    }


async def _save_list(tx: Transaction, scope: OperatorScope, list_id: UUID, body: Mapping[str, Any]) -> dict[str, Any]:
    _only(body, _TARGETS)
    name = _text(body, "name", 255)
    if name.strip().isdigit():
        raise Fault(422, "name: 数字だけの名称は使えません")
    owner = parse_uuid(str(body.get("owner_id", "")))
    if owner is None:
        raise Fault(422, f"owner_id: {NOT_UUID}")
    if owner != scope.operator_id:
        raise Fault(403, "Owner ID does not match operator ID")
    targets = _ids(body, "target_ids")
    if not targets:
        raise Fault(422, "target_ids: 1件以上指定してください")
    now = clock.now()
    await tx.run(
        queries.save_list, operator_id=scope.operator_id, list_id=list_id, name=name, target_ids=targets, at=now
    )
    return _listed(scope, (list_id, name, targets, now))
