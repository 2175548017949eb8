"""What the pages of this room show: one Struct for each template, and how it is made of what the services say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from meguri.kernel.text import Language, Text
from meguri.operators.catalogue import disclosure_rules, notification_rules, reason_text
from meguri.operators.model import (
    Disclosure,
    DisclosureLine,
    DisclosureVersion,
    Notification,
    OperatorRecord,
    OperatorVersion,
    Plant,
    PlantVersion,
)
from meguri.ui import words
from meguri.ui.parts import Choice

People = Mapping[str, str]
"""The names of the company's own people by actor (`person:<uuid>`), as far as they are known."""


class CompanyForm(msgspec.Struct, frozen=True, kw_only=True):
    """The company's record as it stands in the form."""

    name: str = ""
    address: str = ""
    global_operator_id: str | None = None
    lei: str | None = None
    gln: str | None = None


class PlantForm(msgspec.Struct, frozen=True, kw_only=True):
    """A plant as it stands in the form."""

    name: str = ""
    address: str = ""
    open_plant_id: str = ""
    global_plant_id: str | None = None
    gln: str | None = None


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One earlier version: `by` says what kind of actor, `name` who, if known; `values` in the order of the columns."""

    version: int
    at: datetime
    by: str
    name: str | None
    values: tuple[str | None, ...]


class CompanyPage(msgspec.Struct, frozen=True, kw_only=True):
    """`company.html`: the record, the plants, automatic disclosure."""

    record: OperatorRecord
    plants: list[Plant]
    next_cursor: str | None
    auto_disclose: bool
    least_proof: str
    proofs: list[Choice]
    may_edit: bool
    may_administer: bool


class CompanyEditPage(msgspec.Struct, frozen=True, kw_only=True):
    """`company_edit.html`. `stale`: somebody saved meanwhile; `present` is what stands now, by field."""

    given: CompanyForm
    open_operator_id: str
    version: int
    versions: list[VersionRow]
    errors: dict[str, str] = {}
    stale: bool = False
    present: dict[str, str | None] = {}


class PlantPage(msgspec.Struct, frozen=True, kw_only=True):
    """`plant.html`: a new plant (`plant_id` None) or a change of one."""

    plant_id: UUID | None
    given: PlantForm
    may_edit: bool
    version: int = 0
    versions: list[VersionRow] = []
    errors: dict[str, str] = {}
    stale: bool = False
    present: dict[str, str | None] = {}


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of “who sees what”, and the page where it can be changed."""

    to_operator_id: UUID
    to_name: str
    to_number: str | None
    trace_name: str | None
    open: list[Text]
    since: datetime | None
    href: str


class DisclosuresPage(msgspec.Struct, frozen=True, kw_only=True):
    """`disclosures.html`. `filtered_by`: the one partner's name, "" for one part, None for all."""

    lines: list[LineRow]
    next_cursor: str | None
    open_only: bool
    filtered_by: str | None


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One item group of one pair. `wanted`: how it is ticked in the form."""

    code: str
    name: Text
    released: bool
    wanted: bool
    since: datetime | None
    by: str
    person: str | None
    reason: Text | None


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One change in the life of a disclosure; `kind` is its sign."""

    at: datetime
    kind: str
    title: str
    by: str
    person: str | None
    reason: Text | None


class DisclosurePage(msgspec.Struct, frozen=True, kw_only=True):
    """`disclosure.html`: one part and one partner."""

    line: LineRow
    groups: list[GroupRow]
    events: list[ChangeRow]
    next_cursor: str | None
    may_edit: bool
    any_open: bool
    cautions: list[Text] = []
    reason: str = ""
    errors: dict[str, str] = {}
    stale: bool = False


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """`disclosure_review.html`: what a change opens and closes, before it is made."""

    line: LineRow
    opens: list[Text]
    closes: list[Text]
    open_codes: list[str]
    reason: str | None
    version: int
    confirm_name: str
    cautions: list[Text]
    error: str | None = None


class NotificationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One notification; `href` leads to the request, if its room tells where that is."""

    notification_id: UUID
    what: Text
    part_name: str | None
    from_name: str | None
    at: datetime
    read_at: datetime | None
    href: str | None


class InboxPage(msgspec.Struct, frozen=True, kw_only=True):
    """`inbox.html`. `up_to`: when this page was made; marking all as read reaches no further."""

    items: list[NotificationRow]
    next_cursor: str | None
    unread: int
    unread_only: bool
    may_edit: bool
    up_to: str


def actor_kind(actor: str, reason: str | None = None) -> str:
    """The word for an actor whose name is not known: a colleague, a partner, a connection, or the system.

    A partner's person acts on our records in one case only: when the partner cancels its request.
    """
    kind = actor.partition(":")[0]
    if kind == "person" and reason == "system:request_cancelled":
        kind = "partner"
    return f"operators.history.{kind if kind in ('person', 'partner', 'key') else 'system'}"


def version_rows(
    found: Sequence[OperatorVersion] | Sequence[PlantVersion], columns: Sequence[str], people: People
) -> list[VersionRow]:
    """Earlier versions with the given columns."""
    return [
        VersionRow(
            version=one.version,
            at=one.at,
            by=actor_kind(one.actor),
            name=people.get(one.actor),
            values=tuple(getattr(one, column) for column in columns),
        )
        for one in found
    ]


def group_name(code: str) -> Text:
    """What people read for an item group; its code where the rules no longer know it."""
    group = disclosure_rules().groups.get(code)
    return group.name if group else Text(ja=code, en=code)


def line_row(line: DisclosureLine) -> LineRow:
    """One line of “who sees what”."""
    said = line.disclosure
    return LineRow(
        to_operator_id=said.to_operator_id,
        to_name=line.to_name,
        to_number=line.to_open_operator_id,
        trace_name=line.trace_name,
        open=[group_name(code) for code in said.released],
        since=max((state.since for state in said.groups if state.since), default=None),
        href=f"/company/disclosures/{said.trace_id}/{said.to_operator_id}",
    )


def group_rows(said: Disclosure, people: People, wanted: Mapping[str, bool] | None = None) -> list[GroupRow]:
    """Every item group that the rules know; ticked as it stands, or as `wanted`."""
    rules = disclosure_rules().groups
    return [
        GroupRow(
            code=state.item_group,
            name=rules[state.item_group].name,
            released=state.released,
            wanted=state.released if wanted is None else wanted.get(state.item_group, False),
            since=state.since,
            by=actor_kind(state.actor or "system:", state.reason),
            person=people.get(state.actor or ""),
            reason=reason_text(state.reason) if state.reason else None,
        )
        for state in said.groups
        if state.item_group in rules
    ]


_CHANGE = {
    True: ("ok", "operators.disclosure.event_open"),
    False: ("locked", "operators.disclosure.event_close"),
    None: ("ended", "operators.disclosure.event_withdraw"),
}


def change_rows(found: Sequence[DisclosureVersion], people: People, language: Language) -> list[ChangeRow]:
    """The life of one pair, each change as a sentence."""
    return [
        ChangeRow(
            at=one.at,
            kind=_CHANGE[one.released][0],
            title=words.say(_CHANGE[one.released][1], language, group=group_name(one.item_group).of(language)),
            by=actor_kind(one.actor, one.reason),
            person=people.get(one.actor),
            reason=reason_text(one.reason) if one.reason else None,
        )
        for one in found
    ]


def notification_rows(
    found: Sequence[Notification],
    names: Mapping[UUID, str],
    parts: Mapping[UUID, str],
    hrefs: Mapping[UUID, str],
) -> list[NotificationRow]:
    """Notifications with the names of their senders and the addresses of their requests."""
    types = notification_rules().types
    return [
        NotificationRow(
            notification_id=one.notification_id,
            what=types[one.type].name if one.type in types else Text(ja=one.type, en=one.type),
            part_name=parts.get(one.own_trace_id) if one.own_trace_id else None,
            from_name=names.get(one.from_operator_id),
            at=one.notified_at,
            read_at=one.read_at,
            href=hrefs.get(one.notification_id),
        )
        for one in found
    ]
