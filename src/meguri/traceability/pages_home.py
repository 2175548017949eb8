"""The front page: a work list, not a wall of charts."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.connection import Request

from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.operators import inbox, plants
from meguri.operators import service as operators
from meguri.operators.catalogue import notification_rules
from meguri.storage.transaction import Transaction
from meguri.traceability import service
from meguri.traceability.model import Side, State, Trade
from meguri.traceability.words import standing
from meguri.ui.answer import page
from meguri.ui.viewer import viewer_of
from meguri.ui.words import phrase
from meguri.web import Unit, signed_in

SHOWN = 8


class WorkItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the work list."""

    kind: str
    status: str
    title: str
    href: str
    due: date | None
    done: int
    all: int


class News(msgspec.Struct, frozen=True, kw_only=True):
    """One notification."""

    what: Text
    who: str
    at: datetime
    href: str
    unread: bool


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


async def _read(tx: Transaction, scope: OperatorScope) -> _Known:
    to_answer, _ = await service.list_requests(tx, scope, limit=50, side=Side.UP, states=[State.NOT_COMPLETED])
    returned, _ = await service.list_requests(tx, scope, limit=SHOWN, side=Side.DOWN, states=[State.REJECT])
    waiting, _ = await service.list_requests(tx, scope, limit=50, side=Side.DOWN, states=[State.NOT_COMPLETED])
    told = (await inbox.listed(tx, scope, limit=SHOWN)).items
    partners = {trade.partner_id for trade in (*to_answer, *returned, *waiting)}
    names = await operators.names_of(tx, scope, partners | {note.from_operator_id for note in told})
    own = {trade.downstream_trace_id for trade in (*returned, *waiting)}
    known_parts = {trace_id: part.name for trace_id, part in (await service.parts_by_id(tx, scope, own)).items()}
    first, _ = await service.parts_page(tx, scope, limit=1)
    kinds = notification_rules().types
    return _Known(
        mine=[*_by_due(to_answer), *returned][:SHOWN],
        theirs=_by_due(waiting)[:SHOWN],
        names=names,
        parts=known_parts,
        news=[
            News(
                what=kinds[note.type].name,
                who=names.get(note.from_operator_id, ""),
                at=note.notified_at,
                href=f"/requests/{note.request_id}",
                unread=note.read_at is None,
            )
            for note in told
        ],
        has_parts=bool(first),
        has_plants=bool(await plants.all_plants(tx, scope)),
    )


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
    known = await unit(_read)
    language = viewer_of(request).language

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

    return page(
        request,
        "home.html",
        HomePage(
            mine=[
                item(t, "traceability.home.asks" if t.side is Side.UP else "traceability.home.returned")
                for t in known.mine
            ],
            theirs=[item(t, "traceability.home.asked") for t in known.theirs],
            news=known.news,
            has_parts=known.has_parts,
            has_plants=known.has_plants,
        ),
    )


handlers = [home]
