"""The front page: a work list, not a wall of charts."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.connection import Request

from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language, Text
from meguri.operators import inbox, plants
from meguri.operators import service as operators
from meguri.operators.catalogue import notification_rules
from meguri.operators.model import Notification
from meguri.operators.subjects import hrefs_of, names_of_things
from meguri.storage.transaction import Transaction
from meguri.traceability import beyond, service
from meguri.traceability.beyond import Wait
from meguri.traceability.model import Part, Side, State, Trade
from meguri.traceability.words import standing
from meguri.ui.answer import page
from meguri.ui.viewer import viewer_of
from meguri.ui.words import phrase
from meguri.web import Unit, signed_in

SHOWN = 8
TOLD = 60  # the last notifications that are looked through: alike ones become one line
FIGURES = ("CFP_RESPONSED", "CFP_UPDATED")


class WorkItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the work list. `line`: what is said instead of due date and progress."""

    kind: str
    status: str
    title: str
    href: str
    due: date | None
    done: int
    all: int
    line: str = ""


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Notifications of one kind about one request; `product`: what is made of `component`, where a figure moved it."""

    what: Text
    part: str
    who: str
    at: datetime
    href: str
    unread: bool
    times: int
    product: Part | None
    component: UUID | None


class HomePage(msgspec.Struct, frozen=True, kw_only=True):
    """`home.html`."""

    mine: list[WorkItem]
    theirs: list[WorkItem]
    news: list[News]
    has_parts: bool
    has_plants: bool


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    mine: list[Trade]
    theirs: list[Trade]
    names: dict[UUID, str]
    parts: dict[UUID, str]
    news: list[News]
    has_parts: bool
    has_plants: bool
    elsewhere: list[Wait]


async def _read(tx: Transaction, scope: OperatorScope, language: Language) -> _Known:
    to_answer, _ = await service.list_requests(tx, scope, limit=50, side=Side.UP, states=[State.NOT_COMPLETED])
    returned, _ = await service.list_requests(tx, scope, limit=SHOWN, side=Side.DOWN, states=[State.REJECT])
    waiting, _ = await service.list_requests(tx, scope, limit=50, side=Side.DOWN, states=[State.NOT_COMPLETED])
    told = (await inbox.listed(tx, scope, limit=TOLD)).items
    partners = {trade.partner_id for trade in (*to_answer, *returned, *waiting)}
    names = await operators.names_of(tx, scope, partners | {note.from_operator_id for note in told})
    own = {trade.downstream_trace_id for trade in (*returned, *waiting)}
    own |= {note.own_trace_id for note in told if note.own_trace_id}
    known_parts = await names_of_things(tx, scope, own)
    received, _ = await service.list_requests(tx, scope, limit=100, side=Side.UP)
    asked = {trade.request_id: part_name(trade, {}) for trade in received}
    first, _ = await service.parts_page(tx, scope, limit=1)
    return _Known(
        mine=[*_by_due(to_answer), *returned][:SHOWN],
        theirs=_by_due(waiting)[:SHOWN],
        names=names,
        parts=known_parts,
        news=await _news(tx, scope, told, names, known_parts, asked),
        has_parts=bool(first),
        has_plants=bool(await plants.all_plants(tx, scope)),
        elsewhere=await beyond.of_company(tx, scope, language),
    )


async def _news(
    tx: Transaction,
    scope: OperatorScope,
    told: Sequence[Notification],
    names: dict[UUID, str],
    parts: dict[UUID, str],
    asked: dict[UUID, str],
) -> list[News]:
    """What was told, newest first, one line for the same of the same request; `asked`: what received ones are about."""
    alike: dict[tuple[UUID, str], list[Notification]] = {}
    for note in told:
        alike.setdefault((note.request_id, note.type), []).append(note)
    kinds, hrefs = notification_rules().types, hrefs_of(told)
    lines: list[News] = []
    for (request_id, kind), notes in list(alike.items())[:SHOWN]:
        last = notes[0]
        products: list[Part] = []
        if kind in FIGURES and last.own_trace_id == last.downstream_trace_id:
            products = await service.parents_of_part(tx, scope, last.downstream_trace_id)
        lines.append(
            News(
                what=kinds[kind].name,
                part=asked.get(request_id) or (parts.get(last.own_trace_id, "") if last.own_trace_id else ""),
                who=names.get(last.from_operator_id, ""),
                at=last.notified_at,
                href=hrefs.get(last.notification_id, f"/requests/{request_id}"),
                unread=any(note.read_at is None for note in notes),
                times=len(notes),
                product=products[0] if products else None,
                component=last.own_trace_id,
            )
        )
    return lines


def _by_due(trades: list[Trade]) -> list[Trade]:
    return sorted(trades, key=lambda trade: (trade.due_date or date.max, trade.created_at))


def part_name(trade: Trade, parts: dict[UUID, str]) -> str:
    """The name of the part that a request is about, as its reader knows it."""
    if trade.requested_part is not None:
        return trade.requested_part.name
    return parts.get(trade.downstream_trace_id, "—")


@get("/", guards=[signed_in], include_in_schema=False)
async def home(request: Request, unit: Unit) -> Response[str]:  # type: ignore[type-arg]
    """What waits for me, what I wait for, and what changed."""
    language = viewer_of(request).language
    known = await unit(_read, language)

    def item(trade: Trade, key: str) -> WorkItem:
        stands = standing(trade)
        title = phrase(key).of(language, {})
        return WorkItem(
            kind=stands.kind,
            status=phrase(stands.word).of(language, {}),
            title=title.format(company=known.names.get(trade.partner_id, "—"), part=part_name(trade, known.parts)),
            href=f"/requests/{trade.request_id}",
            due=trade.due_date,
            done=trade.completed_count,
            all=trade.trades_count,
        )

    def elsewhere(*, mine: bool) -> list[WorkItem]:
        return [
            WorkItem(kind=w.kind, status=w.status, title=w.title, href=w.href, due=None, done=0, all=0, line=w.line)
            for w in known.elsewhere
            if w.mine is mine
        ]

    return page(
        request,
        "home.html",
        HomePage(
            mine=[
                *elsewhere(mine=True),
                *(
                    item(t, "traceability.home.asks" if t.side is Side.UP else "traceability.home.returned")
                    for t in known.mine
                ),
            ],
            theirs=[*elsewhere(mine=False), *(item(t, "traceability.home.asked") for t in known.theirs)],
            news=known.news,
            has_parts=known.has_parts,
            has_plants=known.has_plants,
        ),
    )


handlers = [home]
