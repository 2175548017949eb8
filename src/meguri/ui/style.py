"""The living page of components, `/ui`: every one in use, with made-up data. Only where the profile is for looking around."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from meguri.kernel import clock
from meguri.kernel.text import Language
from meguri.ui.answer import AnyRequest, page
from meguri.ui.formats import JST
from meguri.ui.icons import NAMES
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say


class SampleRow(msgspec.Struct, frozen=True):
    """One part of the sample list; `total` in kg CO₂e per unit, None while the answer is awaited."""

    name: str
    number: str
    supplier: str
    corporate_number: str
    amount: Decimal
    unit: str
    total: Decimal | None
    due: date
    kind: str
    status: str


class SampleNode(msgspec.Struct, frozen=True):
    """One part of the sample tree; `share` of the total, %."""

    name: str
    amount: str
    share: Decimal
    kind: str
    status: str
    children: list["SampleNode"] = []


class SampleEvent(msgspec.Struct, frozen=True):
    """One event of the sample timeline, or one line of the work list."""

    kind: str
    title: str
    at: datetime
    status: str
    note: str
    href: str = "#"


class StyleContext(msgspec.Struct, frozen=True, kw_only=True):
    """Made-up data for every component."""

    rows: list[SampleRow]
    nodes: list[SampleNode]
    events: list[SampleEvent]
    work: list[SampleEvent]
    stages: list[tuple[str, Decimal | None]]
    changes: list[tuple[str, Decimal, bool]]
    health: list[tuple[date, Decimal, Decimal, Decimal]]
    errors: dict[str, str]
    at: datetime
    lately: datetime
    total: Decimal
    icons: tuple[str, ...]


def _rows(language: Language, today: date) -> list[SampleRow]:
    def row(key: str, number: str, amount: str, unit: str, total: str | None, days: int, kind: str) -> SampleRow:
        return SampleRow(
            name=say(f"ui.style.part.{key}", language),
            number=number,
            supplier=say(f"ui.style.supplier.{key}", language),
            corporate_number="1180301018771",
            amount=Decimal(amount),
            unit=unit,
            total=Decimal(total) if total else None,
            due=today + timedelta(days=days),
            kind=kind,
            status=say(f"ui.style.status.{kind}", language),
        )

    return [
        row("cathode", "NMC811-24A", "18.42", "kg", "14.0283917", 21, "ok"),
        row("foil", "AL-FOIL-12", "3.1", "kg", "9.71500", 3, "waiting"),
        row("separator", "SEP-9u-PE", "12.75", "m²", None, -2, "attention"),
        row("electrolyte", "EL-LP57", "6.08", "kg", "4.2061", 40, "returned"),
        row("housing", "HSG-2P-03", "1", "kg", "11.9037", 12, "draft"),
    ]


def _nodes(language: Language) -> list[SampleNode]:
    def node(key: str, amount: str, share: str, kind: str, *children: SampleNode) -> SampleNode:
        return SampleNode(
            name=say(f"ui.style.part.{key}", language),
            amount=amount,
            share=Decimal(share),
            kind=kind,
            status=say(f"ui.style.status.{kind}", language),
            children=list(children),
        )

    return [
        node(
            "pack",
            "1",
            "100",
            "ok",
            node(
                "cell",
                "96",
                "71.4",
                "ok",
                node("cathode", "0.192 kg", "44.8", "ok"),
                node("foil", "0.032 kg", "6.1", "waiting"),
                node("separator", "0.133 m²", "2.9", "attention"),
                node("electrolyte", "0.063 kg", "5.5", "returned"),
            ),
            node("housing", "1", "18.2", "draft"),
        )
    ]


def _events(language: Language, now: datetime) -> list[SampleEvent]:
    def event(key: str, kind: str, hours: int) -> SampleEvent:
        return SampleEvent(
            kind=kind,
            title=say(f"ui.style.event.{key}", language),
            at=now - timedelta(hours=hours),
            status=say(f"ui.style.status.{kind}", language),
            note=say(f"ui.style.event.{key}_note", language),
        )

    return [event("answered", "ok", 3), event("returned", "returned", 29), event("asked", "waiting", 220)]


def _health() -> list[tuple[date, Decimal, Decimal, Decimal]]:
    measured = ("100", "98.1", "96.4", "95.2", "93.6", "92.7", "91.1", "89.9")
    return [
        (date(2023 + place // 2, 1 + 6 * (place % 2), 1), value, value - spread, min(value + spread, Decimal(100)))
        for place, value in enumerate(map(Decimal, measured))
        for spread in (Decimal("0.6") + Decimal("0.25") * place,)
    ]


def sample(language: Language) -> StyleContext:
    """The data that the page shows, in `language`; days are near today so that due dates show their nearness."""
    now = clock.now()
    stages = (("raw", "41.2"), ("making", "22.86"), ("transport", "3.104"), ("end", "4.9"), ("credit", "-6.2"))
    changes = (("before", "71.8", True), ("cathode", "-6.31", False), ("power", "-2.4", False), ("foil", "1.9", False))
    return StyleContext(
        rows=_rows(language, now.astimezone(JST).date()),
        nodes=_nodes(language),
        events=_events(language, now),
        work=_events(language, now),
        stages=[(say(f"ui.style.stage.{key}", language), Decimal(value)) for key, value in stages],
        changes=[(say(f"ui.style.change.{key}", language), Decimal(value), total) for key, value, total in changes]
        + [(say("ui.style.change.after", language), Decimal("64.99"), True)],
        health=_health(),
        errors={"mass": say("ui.style.form.mass_error", language)},
        at=datetime(2026, 11, 22, 5, 5, tzinfo=UTC),
        lately=now - timedelta(minutes=12),
        total=Decimal("64.990381264"),
        icons=NAMES,
    )


@get("/ui", include_in_schema=False, sync_to_thread=False)
def style_page(request: AnyRequest) -> Response[str]:
    """Every component in use."""
    return page(request, "ui/style.html", sample(viewer_of(request).language))


handlers: list[HTTPRouteHandler] = [style_page]
