"""Japan's side of a passport on a page: how it stands by a profile, and its two groups of items."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get

from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.passport import errors, views
from meguri.passport.catalogue import Attribute
from meguri.passport.japan.profiles import JapanReport, japan_report, profiles_for
from meguri.passport.japan.rules import rules
from meguri.passport.japan.view import GROUPS, japan_rows
from meguri.passport.kinds import Document, Kind
from meguri.passport.model import Record
from meguri.passport.pages import loaded
from meguri.passport.public.plan import plan_of
from meguri.passport.public.showing import country, figure, month, show
from meguri.passport.service import japan
from meguri.storage.transaction import Transaction
from meguri.ui import page, viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, FromQuery, Unit, signed_in

_SIGNS = {"fulfilled": "ok", "missing": "attention", "expired": "attention", "failed": "stop"}


class PointRow(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a profile; `sign` is its badge's kind."""

    name: str
    verdict: str
    sign: str
    evidence: list[str]
    valid_until: date | None
    asked_from: str | None


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a group, in words."""

    name: str
    value: list[str]
    measured_on: date | None
    source: str


class JapanPage(msgspec.Struct, frozen=True, kw_only=True):
    """A profile's points and the two groups of a passport. `profiles`: (code, name) of those that fit its category.

    Where none fits there is no report either. `also`: other batteries of the same project, as they were typed; `wrong`: why
    they do not count.
    """

    record: Record
    name: str
    profiles: list[tuple[str, str]]
    report: JapanReport | None
    title: str
    points: list[PointRow]
    facts: list[tuple[str, str]]
    groups: list[tuple[str, list[ItemRow]]]
    also: list[str]
    print_query: str
    wrong: str = ""


@get("/passports/{passport_id:uuid}/japan", guards=[signed_in], include_in_schema=False)
async def japan_page(
    request: Request[Any, Any, Any],
    unit: Unit,
    passport_id: FromPath[UUID],
    profile: FromQuery[str] = "",
    also: FromQuery[str] = "",
) -> Response[str]:
    """Each point of a Japanese profile with its evidence, then 仕様識別情報 and 個体識別情報. Raises ProfileUnknown."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> JapanPage:
        kind, record, document = await loaded(tx, scope, passport_id)
        fitting = profiles_for(str(document.get(kind.head.category)))
        chosen = profile or next(iter(fitting), "")
        if chosen and chosen not in rules().profiles:
            raise errors.ProfileUnknown(profile=chosen)
        named = also.split()
        others, wrong = await _others(tx, scope, record, named, language)
        report = japan_report(chosen, document, clock.today(), others) if chosen else None
        return JapanPage(
            record=record,
            name=views.name_of(kind, document, record, language),
            profiles=[(code, rules().profiles[code].name.of(language)) for code in fitting],
            report=report,
            title=rules().profiles[chosen].name.of(language) if chosen else "",
            points=[_point(each, language) for each in report.points] if report else [],
            facts=_facts(report, language) if report else [],
            groups=_groups(kind, document, record, language),
            also=named,
            print_query=urlencode([("format", "pdf"), *(("also", one) for one in ([] if wrong else named))]),
            wrong=wrong,
        )

    return page(request, "japan.html", await unit(read))


async def _others(
    tx: Transaction, scope: OperatorScope, record: Record, named: list[str], language: Language
) -> tuple[list[Mapping[str, Any]], str]:
    """The documents of the other batteries, or why they are not had."""
    try:
        return await japan.others_of(tx, scope, record, named), ""
    except Refusal as refusal:
        return [], refusal.sentence(language)


def _point(point: Any, language: Language) -> PointRow:
    return PointRow(
        name=rules().points[point.code].name.of(language),
        verdict=point.verdict,
        sign=_SIGNS.get(point.verdict, "info"),
        evidence=point.evidence,
        valid_until=date.fromisoformat(point.valid_until) if point.valid_until else None,
        asked_from=month(point.asked_from, language) if point.asked_from else None,
    )


def _facts(report: JapanReport, language: Language) -> list[tuple[str, str]]:
    """What the points rest on: duration, power of the cells by country beside the limit, class by the fire ordinance."""
    found = []
    if report.hours is not None:
        found.append((say("passport.japan.hours", language), figure(language, report.hours, "h")))
    for code, kw in sorted(report.kw_by_country.items()):
        name = say("passport.japan.cells_of", language, country=country(code, language))
        below = say("passport.japan.below", language, limit=figure(language, report.country_limit_kw, "kW", 6))
        shown = figure(language, kw, "kW", 9)
        found.append((name, shown if code == rules().cells.domestic else f"{shown} {below}"))
    if report.fire_class:
        found.append((say("passport.japan.fire", language), say(f"passport.japan.fire_{report.fire_class}", language)))
    return found


def _groups(kind: Kind, document: Document, record: Record, language: Language) -> list[tuple[str, list[ItemRow]]]:
    by_name: dict[str, Attribute] = {each.name.ja: each for each in kind.attributes.values()}
    found: dict[str, list[ItemRow]] = {group: [] for group in GROUPS}
    for row in japan_rows(kind, document, record.meta):
        attribute = by_name[row.name]
        if attribute.type == "object":  # gathers other items, which stand here themselves
            continue
        item = ItemRow(
            name=attribute.name.of(language),
            value=_in_words(kind, attribute, document, language),
            measured_on=date.fromisoformat(row.measured_on) if row.measured_on else None,
            source=say(f"passport.source.{row.source}", language) if row.source else "",
        )
        found[attribute.jp_class].append(item)
    return list(found.items())


def _in_words(kind: Kind, attribute: Attribute, document: Mapping[str, Any], language: Language) -> list[str]:
    """A value's lines; of a table a line each row."""
    value = document[attribute.key]
    if attribute.key == kind.head.category:
        return [kind.category_name(value).of(language)]
    shown = show(attribute, value, language, plan_of(kind))
    rows = shown.grid.rows if shown.grid else []
    return [line.text for line in shown.lines] + [" · ".join(one for one in row if one != "—") for row in rows]


handlers = [japan_page]
