"""The operations of EN 18222 on passports: words in, words out; what they do is the passports' own service."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from meguri.dataspaces.dpp.answers import Answer
from meguri.dataspaces.dpp.full import element as full_element
from meguri.dataspaces.dpp.full import full
from meguri.dataspaces.dpp.paths import ElementNotFound, InvalidElementPath, Step, node, replaced, steps_of
from meguri.kernel.errors import Refusal
from meguri.kernel.paging import BadCursor, decode_cursor, encode_cursor
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.passport import errors, service
from meguri.passport.access import sees
from meguri.passport.document import HEADER, Written, compressed, read_written, section_id, with_addresses
from meguri.passport.kinds import Kind, kind_of
from meguri.passport.lifecycle import Happening, State
from meguri.passport.model import Issued, NewPassport, View
from meguri.passport.service.reading import denial
from meguri.passport.strict_json import merged
from meguri.storage import Database

MOST_IDS = 100
REPRESENTATIONS = ("compressed", "full")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)\Z", re.IGNORECASE | re.ASCII)
_BODY = Text(ja="製品識別子の配列を指定してください。", en="The body has to be a list of product identifiers.")


class UnknownRepresentation(Refusal):
    """Neither compressed nor full."""

    status, code = 400, "UNKNOWN_REPRESENTATION"
    say = Text(ja="representation は compressed か full です。", en="The representation is compressed or full.")


class FullWriteNotSupported(Refusal):
    """Documents are written in their compressed form."""

    status, code = 501, "FULL_WRITE_NOT_SUPPORTED"
    say = Text(
        ja="full 形式での書き込みには対応していません。",
        en="Writing in the full form is not offered; please use the compressed form.",
    )


class TooManyIds(Refusal):
    """More identifiers than one request may ask for."""

    status, code = 400, "TOO_MANY_IDS"
    say = Text(ja="一度に照会できるのは 1〜100 件です。", en="A request asks for 1 to 100 identifiers.")


class InvalidLimit(Refusal):
    """A page has 1 to 100 items."""

    status, code = 400, "INVALID_LIMIT"
    say = Text(ja="limit は 1〜100 です。", en="The limit is 1 to 100.")


class Operations:
    """On one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def read(
        self, scope: OperatorScope, identifier: str, representation: str | None, *, by_product: bool
    ) -> Answer:
        """ReadDPPById, ReadDPPByProductId."""
        form = represented(representation)
        view = await self._db.run(scope, service.read, identifier, by_product=by_product)
        return _document(self._shown(view, form), form)

    def _shown(self, view: View, form: str) -> View:
        """In the full form a document has an address, also one that is kept here."""
        if form != "full":
            return view
        record, origin = view.record, self._db.installation.origin
        located = with_addresses(kind_of(record.kind), view.values, record.passport_id, origin)
        return msgspec.structs.replace(view, values=located)

    async def read_at(
        self, scope: OperatorScope, identifier: str, date: str | None, representation: str | None
    ) -> Answer:
        """ReadDPPVersionByIdAndDate."""
        form = represented(representation)
        if scope == service.ANONYMOUS:
            raise errors.AuthenticationRequired
        view = await self._db.run(scope, service.read_at, identifier, moment_of(date))
        return _document(self._shown(view, form), form)

    async def ids_of_products(
        self, scope: OperatorScope, body: Any, query: Mapping[str, str]
    ) -> tuple[list[str], str | None]:
        """ReadDPPIdsByProductIds: the identifiers, and the cursor of the rest."""
        products, limit, cursor = _asked(body, query)
        start = _place(cursor)

        async def find(tx: Any, _: OperatorScope) -> list[str]:
            return await service.ids_of_products(tx, products)

        found = await self._db.run(scope, find)
        rest = encode_cursor(str(start + limit), "dpp") if start + limit < len(found) else None
        return found[start : start + limit], rest

    async def create(self, scope: OperatorScope, body: Any, representation: str | None) -> Issued:
        """CreateDPP. A document that says it is active is published when nothing is missing, and else stays a draft."""
        refuse_full(body, representation)
        said = read_written(body)
        new = _new(said)
        wants = said.header.get("dppStatus") in (None, State.ACTIVE.value)

        async def make(tx: Any, scope: OperatorScope) -> Issued:
            made = await service.issue(tx, scope, new)
            if not wants:
                return made
            try:
                async with tx.savepoint():
                    return await service.publish(tx, scope, str(made.passport_id))
            except errors.PublishIncomplete:
                return made

        return await self._db.run(scope, make)

    async def update(
        self, scope: OperatorScope, identifier: str, body: Any, representation: str | None, version: int | None
    ) -> Answer:
        """UpdateDPPById: RFC 7396."""
        refuse_full(body, representation)

        async def patch(tx: Any, scope: OperatorScope) -> View:
            before = await service.read(tx, scope, identifier, what="update")
            kind = kind_of(before.record.kind)
            said = read_written(body, kind=kind)
            _refuse_header(said, before)
            values = {
                key: merged(before.values.get(key), value) if isinstance(value, dict) else value
                for key, value in said.values.items()
            }
            name = str(before.record.passport_id)
            if values:
                await service.change(tx, scope, name, values, expected_version=version)
            elif version not in (None, before.version):
                raise errors.VersionConflict
            await _set_state(tx, scope, name, before, said.header.get("dppStatus"))
            return await service.read(tx, scope, name, what="update")

        return _document(await self._db.run(scope, patch), "compressed")

    async def delete(self, scope: OperatorScope, identifier: str) -> None:
        """DeleteDPPById."""
        await self._db.run(scope, service.delete, identifier)

    async def element(self, scope: OperatorScope, identifier: str, path: str, representation: str | None) -> Answer:
        """ReadDataElement."""
        form = represented(representation)
        steps = steps_of(path)
        view = self._shown(await self._db.run(scope, service.read, identifier, what="element"), form)
        kind = kind_of(view.record.kind)
        return Answer(200, _found(scope, kind, view, steps, form), _version(view))

    async def update_element(
        self, scope: OperatorScope, identifier: str, path: str, body: Any, version: int | None
    ) -> Answer:
        """UpdateDataElement: the value at a path becomes the body."""
        steps = steps_of(path)

        async def patch(tx: Any, scope: OperatorScope) -> View:
            before = await service.read(tx, scope, identifier, what="update")
            kind = kind_of(before.record.kind)
            if not before.standing.is_owner:
                raise errors.NotResponsibleOperator if scope != service.ANONYMOUS else errors.AuthenticationRequired
            key, rest = _attribute(kind, steps)
            if key is None:
                raise InvalidElementPath
            value = replaced(before.values.get(key), rest, body) if rest else body
            await service.change(tx, scope, str(before.record.passport_id), {key: value}, expected_version=version)
            return await service.read(tx, scope, str(before.record.passport_id), what="update")

        view = await self._db.run(scope, patch)
        return Answer(200, _found(scope, kind_of(view.record.kind), view, steps, "compressed"), _version(view))

    async def note_refusal(self, scope: OperatorScope, identifier: str, code: str) -> None:
        """A failed authorisation goes into the register of the passport's owner."""
        await self._db.run(scope, service.note_refusal, identifier, code)


def represented(said: str | None) -> str:
    """The representation that is asked for. Raises UnknownRepresentation."""
    if said is not None and said not in REPRESENTATIONS:
        raise UnknownRepresentation
    return said or "compressed"


def refuse_full(body: Any, representation: str | None) -> None:
    """Raises FullWriteNotSupported, UnknownRepresentation."""
    if represented(representation) == "full" or (isinstance(body, dict) and isinstance(body.get("elements"), list)):
        raise FullWriteNotSupported


def _document(view: View, form: str) -> Answer:
    kind = kind_of(view.record.kind)
    body = compressed(kind, view.values) if form == "compressed" else full(kind, view.values)
    return Answer(200, body, _version(view))


def _version(view: View) -> dict[str, str]:
    return {"etag": f'"v{view.version}"', "vary": "Authorization, Accept-Language"}


def moment_of(date: str | None) -> datetime:
    """A moment in UTC; one that is given by the second means all of that second, as `lastUpdated` does. Raises InvalidDate."""
    said = (date or "").strip().replace(" ", "+")  # a plus sign that was not percent-encoded
    if not _RFC_3339.match(said):
        raise errors.InvalidDate
    try:
        moment = datetime.fromisoformat(said.upper()).astimezone(UTC)
        return moment if "." in said else moment.replace(microsecond=999_999)
    except (ValueError, OverflowError):
        raise errors.InvalidDate from None


def _asked(body: Any, query: Mapping[str, str]) -> tuple[list[str], int, str | None]:
    said: Any = body
    limit, cursor = query.get("limit"), query.get("cursor")
    if isinstance(body, dict):
        said = body.get("productIds", body.get("productIdentifiers"))
        limit, cursor = body.get("limit", limit), body.get("cursor", cursor)
    if not isinstance(said, list) or not all(isinstance(each, str) for each in said):
        raise errors.PassportInvalid(where="/")
    if not 1 <= len(said) <= MOST_IDS:
        raise TooManyIds
    return said, _limit(limit), cursor if cursor is None else str(cursor)


def _limit(said: Any) -> int:
    if said is None:
        return MOST_IDS
    text = str(said)
    if isinstance(said, bool) or not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_IDS):
        raise InvalidLimit
    return int(text)


def _place(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        place, mark = decode_cursor(cursor, 2)
    except BadCursor:
        raise errors.InvalidCursor from None
    if mark != "dpp" or not (place.isascii() and place.isdigit() and len(place) < 6):
        raise errors.InvalidCursor
    return int(place)


def _new(said: Written) -> NewPassport:
    product = said.header.get("uniqueProductIdentifier")
    return NewPassport(
        product_id=product or "",
        granularity=said.header.get("granularity"),
        kind=said.kind.code,
        values={key: value for key, value in said.values.items() if value is not None},
        source="import",
    )


def _refuse_header(said: Written, before: View) -> None:
    """The header is the server's, but for the status, and for what is repeated unchanged."""
    for name, value in said.header.items():
        if name in ("dppStatus", "contentSpecificationIds"):
            continue
        if value != before.values.get(HEADER[name]):
            raise errors.ReadOnlyField(where=f"/{name}")


async def _set_state(tx: Any, scope: OperatorScope, name: str, before: View, wanted: str | None) -> None:
    state = before.record.state
    if wanted is None or wanted == state or (wanted == State.INACTIVE and state == State.DRAFT):
        return
    if wanted == State.ACTIVE and state == State.DRAFT:
        await service.publish(tx, scope, name)
    elif wanted == State.ACTIVE:
        await service.set_state(tx, scope, name, Happening.RESUME, reason="EN 18222")
    elif wanted == State.INACTIVE:
        await service.set_state(tx, scope, name, Happening.SUSPEND, reason="EN 18222")
    elif wanted == State.INVALID:
        await service.set_state(tx, scope, name, Happening.INVALIDATE, reason="EN 18222")
    else:
        raise errors.IllegalTransition(source=state, event=wanted, allowed="Active, Inactive, Invalid")


def _attribute(kind: Kind, steps: list[Step]) -> tuple[str | None, list[Step]]:
    """The catalogue key that a path leads to or into, and the steps within its value; None for a whole section or document.

    Raises ElementNotFound for what the kind does not know.
    """
    if not steps:
        return None, []
    first = steps[0]
    if isinstance(first, str) and first in HEADER:
        return HEADER[first], steps[1:]
    section = str(first).removeprefix(kind.head.namespace)
    if section not in kind.by_section or isinstance(first, int):
        raise ElementNotFound
    if len(steps) == 1:
        return None, []
    key = steps[1]
    if not isinstance(key, str) or key not in {each.key for each in kind.by_section[section]}:
        raise ElementNotFound
    return key, steps[2:]


def _found(scope: OperatorScope, kind: Kind, view: View, steps: list[Step], form: str) -> Any:
    """The element, if the reader may see its class; whether it has a value is told only to who may."""
    key, rest = _attribute(kind, steps)
    if key is None:
        return _whole(scope, kind, view, steps, form)
    attribute = kind.attributes[key]
    if not sees(attribute, view.standing.classes):
        raise denial(scope, view.standing)
    if key == "content_specification_ids":
        return node(compressed(kind, view.values)["contentSpecificationIds"], rest)
    if key not in view.values:
        raise ElementNotFound
    value = node(view.values[key], rest)
    return full_element(attribute, value) if form == "full" and not rest else value


def _whole(scope: OperatorScope, kind: Kind, view: View, steps: list[Step], form: str) -> Any:
    if not steps:
        return compressed(kind, view.values) if form == "compressed" else full(kind, view.values)
    section = str(steps[0]).removeprefix(kind.head.namespace)
    if not any(sees(each, view.standing.classes) for each in kind.by_section[section]):
        raise denial(scope, view.standing)
    name = section_id(kind, section)
    if form == "full":
        return next((each for each in full(kind, view.values)["elements"] if each["elementId"] == name), {})
    found = compressed(kind, view.values).get(name)
    if found is None:
        raise ElementNotFound
    return found
