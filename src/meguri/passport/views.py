"""What the pages of this room show, made of what the service gives. Nothing is decided here."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.text import Language, Text
from meguri.passport.bulk.cells import NAMING
from meguri.passport.bulk.model import CellFault, Job
from meguri.passport.catalogue import Attribute, Flag
from meguri.passport.completeness import Report
from meguri.passport.dealings import policy
from meguri.passport.derived import category_of
from meguri.passport.document_rules import document_findings
from meguri.passport.expressions import filled
from meguri.passport.kinds import Kind, kind_of
from meguri.passport.model import Brief, Record, VersionOut
from meguri.passport.service.granting import AccessRequest, Grant
from meguri.passport.service.measuring import Measured
from meguri.passport.service.moving import Transfer
from meguri.passport.values.shapes import SHAPES
from meguri.ui.parts import Choice
from meguri.ui.words import say

BADGES = {"Active": "ok", "Draft": "draft", "Inactive": "ended", "Archived": "ended", "Invalid": "stop"}
DEALINGS = {
    "proposed": "waiting",
    "submitted": "waiting",
    "accepted": "ok",
    "evidenced": "ok",
    "approved": "ok",
    "active": "ok",
    "rejected": "returned",
    "denied": "stop",
    "withdrawn": "ended",
    "expired": "ended",
    "revoked": "stop",
    "suspended": "attention",
    "ended": "ended",
}


class PassportRow(msgspec.Struct, frozen=True, kw_only=True):
    """A passport in the list."""

    passport: Brief
    badge: str
    category: Text


class PassportsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of a company's passports."""

    rows: list[PassportRow]
    total: int
    tally: dict[str, int]
    next_cursor: str | None
    words: str
    category: str
    state: str
    categories: list[Choice]
    may_edit: bool


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """One missing point."""

    nr: str
    name: Text
    legal: str
    holder: Text | None
    section: str
    dynamic: bool


class SectionRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far a section is."""

    code: str
    name: Text
    filled: int
    asked: int


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A finding in words."""

    kind: str
    where: str
    say: str


class PassportPage(msgspec.Struct, frozen=True, kw_only=True):
    """One passport: how it stands, what it lacks and who has that, what can be done."""

    record: Record
    name: str
    sign: str
    category: Text
    report: Report
    gaps: list[Gap]
    notes: list[Note]
    sections: list[SectionRow]
    possible: list[str]
    scope_status: str
    public_href: str
    may_edit: bool
    reads: int
    files: list[Any] = []


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the editor; `kind`: text, choice, long. `inner`: a member of a structured value; `tongue`: its language."""

    name: str
    label: str
    kind: str
    value: str
    unit: str = ""
    choices: list[Choice] = []
    help: str = ""
    inner: bool = False
    tongue: str = ""


class FieldGroup(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute with its fields."""

    key: str
    label: Text
    duty: str
    legal: str
    access: str
    inherited: bool
    source: str
    fields: list[Field]
    missing: bool
    holder: Text | None


class SectionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A section of a passport to be filled in."""

    record: Record
    name: str
    section: str
    section_name: Text
    groups: list[FieldGroup]
    sections: list[SectionRow]
    errors: dict[str, str]
    stale: bool = False


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Every version, and who read or changed the passport."""

    record: Record
    name: str
    versions: list[VersionOut]
    names: dict[str, Text]
    lines: list["RegisterRow"]
    events: list["Happened"]
    at: str
    then: list[tuple[str, str]]
    wrong: str = ""


class RegisterRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the register: when, which company or system, what, with which classes."""

    at: datetime
    who: str
    did: str
    classes: str


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """An event in the timeline."""

    at: datetime
    kind: str
    title: str


class MeasurePage(msgspec.Struct, frozen=True, kw_only=True):
    """Measured values of one passport."""

    record: Record
    name: str
    rows: list[Measured]
    measurable: list[Choice]
    errors: dict[str, str]
    may_edit: bool


class DealingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer, request or grant with the other side's name."""

    id: UUID
    state: str
    badge: str
    partner: str
    what: str
    why: str
    at: datetime
    until: datetime
    classes: str = ""
    open: bool = False
    mine: bool = False


class AccessPage(msgspec.Struct, frozen=True, kw_only=True):
    """Requests and grants, both ways."""

    asked_of_us: list[DealingRow]
    asked_by_us: list[DealingRow]
    given: list[DealingRow]
    held: list[DealingRow]
    denials: list[Choice]
    may_edit: bool


class TransfersPage(msgspec.Struct, frozen=True, kw_only=True):
    """Transfers, both ways."""

    incoming: list[DealingRow]
    outgoing: list[DealingRow]
    may_edit: bool


class IssuePage(msgspec.Struct, frozen=True, kw_only=True):
    """Making one passport."""

    models: list[Choice]
    categories: list[Choice]
    given: dict[str, str]
    errors: dict[str, str]


class BulkPage(msgspec.Struct, frozen=True, kw_only=True):
    """Files of passports."""

    jobs: list[Job]
    models: list[Choice]
    categories: list[Choice]
    errors: dict[str, str]
    may_edit: bool


class BulkJobPage(msgspec.Struct, frozen=True, kw_only=True):
    """One file at work."""

    job: Job
    faults: list[CellFault]
    working: bool
    may_edit: bool


def register_row(entry: Mapping[str, Any], names: Mapping[str, str]) -> RegisterRow:
    """An entry of the register as people read it."""
    company = str(entry.get("detail", {}).get("operator", ""))
    return RegisterRow(
        at=datetime.fromisoformat(entry["at"]),
        who=names.get(company, ""),
        did=str(entry["action"]).removeprefix("passport."),
        classes=", ".join(entry.get("classes") or ()),
    )


def row(brief: Brief) -> PassportRow:
    """A passport in the list."""
    kind = kind_of(brief.kind)
    return PassportRow(
        passport=brief, badge=BADGES.get(brief.state, "info"), category=kind.category_name(brief.category)
    )


def name_of(kind: Kind, document: Mapping[str, Any], record: Record, language: Language) -> str:
    """What people call it: the model's name and the serial number."""
    said = document.get(kind.head.model_name)
    model = in_language(said, language) if isinstance(said, dict) else str(document.get(kind.head.model_id) or "")
    number = record.serial or (record.product_key.rpartition("/")[2] if record.granularity != "model" else "")
    return " ".join(part for part in (model, number) if part) or record.product_key


def in_language(said: Mapping[str, str], language: Language) -> str:
    """A text in the reader's language, else in any."""
    return said.get(language) or next(iter(said.values()), "")


def gaps_of(kind: Kind, report: Report) -> list[Gap]:
    """What is missing, with who has it."""
    found = []
    for point in (*report.missing, *report.partial):
        key = next((each for each in point.keys if each in kind.attributes), "")
        holder = Text(ja=point.held_by_ja, en=point.held_by_en or "") if point.held_by_ja else None
        section = kind.attributes[key].section if key else ""
        name = Text(ja=point.name_ja, en=point.name_en)
        found.append(
            Gap(nr=point.nr, name=name, legal=point.legal_ref, holder=holder, section=section, dynamic=point.dynamic)
        )
    return found


def notes_of(kind: Kind, document: Mapping[str, Any], language: Language) -> list[Note]:
    """What is worth knowing of a document."""
    signs = {"error": "stop", "publish_error": "stop", "warning": "attention", "info": "info"}
    return [
        Note(
            kind=signs[each.level],
            where=kind.attributes[each.key].name.of(language) if each.key in kind.attributes else each.key,
            say=each.say.of(language, **each.values),
        )
        for each in document_findings(kind, document)
    ]


def section_rows(kind: Kind, document: Mapping[str, Any]) -> list[SectionRow]:
    """How far each section is: of what the category asks for, how much is there."""
    category = category_of(kind, document)
    found = []
    for section in kind.head.sections:
        asked = [each for each in kind.by_section[section.code] if _is_asked(each, category)]
        there = sum(filled(document.get(each.key)) for each in asked)
        if kind.by_section[section.code]:
            found.append(SectionRow(code=section.code, name=section.name, filled=there, asked=len(asked)))
    return found


def _is_asked(attribute: Attribute, category: str | None) -> bool:
    return attribute.flag("ec", category) in (Flag.MANDATORY, Flag.CONDITIONAL, Flag.ALTERNATIVE)


def groups_of(
    kind: Kind,
    section: str,
    record: Record,
    document: Mapping[str, Any],
    language: Language,
    typed: Mapping[str, str] | None = None,
) -> list[FieldGroup]:
    """The fields of a section, filled with what is there or what was typed."""
    category = category_of(kind, document)
    found = []
    for attribute in kind.by_section.get(section, []):
        if attribute.key in kind.read_only or (attribute.dynamic and record.granularity != "item"):
            continue
        flag = attribute.flag("ec", category)
        meta = record.meta.get(attribute.key) or record.meta.get("*", {})
        found.append(
            FieldGroup(
                key=attribute.key,
                label=attribute.name,
                duty=flag.value,
                legal=attribute.legal,
                access=attribute.access.value,
                inherited=attribute.key in document and attribute.key not in record.own,
                source=str(meta.get("source", "")) if attribute.key in record.own else "",
                fields=_fields(attribute, document.get(attribute.key), language, typed),
                missing=_is_asked(attribute, category) and not filled(document.get(attribute.key)),
                holder=kind.holder_of(attribute.key),
            )
        )
    return found


_FLAGS = (("true", Text(ja="はい", en="Yes")), ("false", Text(ja="いいえ", en="No")))
_STRUCTURED = ("address", "organisation", "document", "certificate", "jc_star", "thermal_test", "soh")
_EXAMPLE = Text(ja="JSON で入力します（例: {example}）", en="As JSON, for example {example}")


def _fields(attribute: Attribute, value: Any, language: Language, typed: Mapping[str, str] | None) -> list[Field]:
    if attribute.type in _STRUCTURED:
        return [
            one
            for name, word in _simple(attribute.type)
            for one in _inner(attribute, value, name, word, language, typed)
        ]
    if attribute.type == "text":
        return [_worded(attribute.key, attribute.key, value, each, typed) for each in ("ja", "en")]
    shown = _shown(attribute, value, language) if typed is None else typed.get(attribute.key, "")
    base: dict[str, Any] = {
        "name": attribute.key,
        "label": attribute.name.of(language),
        "value": shown,
        "unit": attribute.unit,
    }
    if attribute.type == "code":
        return [Field(**base, kind="choice", choices=[Choice(each, each) for each in attribute.enum])]
    if attribute.type == "boolean":
        return [Field(**base, kind="choice", choices=[Choice(code, words.of(language)) for code, words in _FLAGS])]
    if attribute.type in (
        "string",
        "uri",
        "decimal",
        "integer",
        "year_month",
        "date",
        "duration",
        "codes",
        "quantity_t",
        "text",
        "datetime",
    ):
        return [Field(**base, kind="text", help=_hint(attribute, language))]
    example = _EXAMPLE.of(language, example=_sample(attribute))
    return [Field(**base, kind="long", help=example)]


_HINTS = {
    "year_month": Text(ja="例 2027-02、令和9年2月", en="For example 2027-02"),
    "date": Text(ja="例 2027-02-18", en="For example 2027-02-18"),
    "duration": Text(ja="例 P96M（96 か月）", en="For example P96M, 96 months"),
    "uri": Text(ja="https:// で始まる URL", en="A URL that begins with https://"),
}


def _hint(attribute: Attribute, language: Language) -> str:
    if attribute.type == "codes":
        return " ; ".join(attribute.enum)
    found = _HINTS.get(attribute.type)
    return found.of(language) if found else ""


def _simple(kind: str) -> Iterator[tuple[str, str]]:
    """The members of a structured value that have a field of their own, those of an address within it too."""
    for name, word in SHAPES[kind].items():
        if word in SHAPES:
            yield from ((f"{name.rstrip('*')}.{inner}", deeper) for inner, deeper in _simple(word))
        elif word[:1] != "[":
            yield name.rstrip("*"), word


def kept_beside(kind: Kind, section: str, document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Members of structured values that no field shows: they stay as they are."""
    found = {}
    for attribute in kind.by_section.get(section, []):
        value = document.get(attribute.key)
        if attribute.type in _STRUCTURED and isinstance(value, dict):
            shown = {name.partition(".")[0] for name, _ in _simple(attribute.type)}
            found[attribute.key] = {name: each for name, each in value.items() if name not in shown}
    return found


def _inner(
    attribute: Attribute, value: Any, name: str, word: str, language: Language, typed: Mapping[str, str] | None
) -> list[Field]:
    """The fields of one member of a structured value; a text has one for each language."""
    column = f"{attribute.key}.{name}"
    held = value
    for step in name.split("."):
        held = held.get(step) if isinstance(held, dict) else None
    name = name.rpartition(".")[2]
    if word == "text":
        return [_worded(column, name, held, each, typed) for each in ("ja", "en")]
    shown = (plain_words(held, language) if typed is None else typed.get(column, "")) or ""
    choices = [Choice(each, each) for each in word.split("|")] if "|" in word else []
    return [
        Field(name=column, label=name, kind="choice" if choices else "text", value=shown, choices=choices, inner=True)
    ]


def _worded(column: str, name: str, held: Any, language: str, typed: Mapping[str, str] | None) -> Field:
    """The field of one language of a text."""
    field = f"{column}.{language}"
    shown = str(held.get(language, "")) if isinstance(held, dict) and typed is None else (typed or {}).get(field, "")
    return Field(name=field, label=name, kind="text", value=shown, tongue=language, inner=name != column)


def _shown(attribute: Attribute, value: Any, language: Language) -> str:
    if value is None:
        return ""
    if attribute.type == "codes":
        return "; ".join(value)
    if attribute.type == "quantity_t" and value.keys() == {"value"}:
        return plain_words(value["value"], language)
    return plain_words(value, language)


def plain_words(value: Any, language: Language) -> str:
    """A value as people read it; what is structured as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict) and value and all(isinstance(each, str) for each in value.values()) and "ja" in value:
        return in_language(value, language) if len(value) == 1 else _json(value)
    if isinstance(value, dict | list):
        return _json(value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _sample(attribute: Attribute) -> str:
    from meguri.passport.values.shapes import LISTS, MEASURED

    shape = LISTS.get(attribute.type)
    if shape:
        needed = [name.rstrip("*") for name in SHAPES[shape] if name.endswith("*")]
        return "[{" + ", ".join(f'"{name}": …' for name in needed) + "}]"
    if attribute.type in MEASURED:
        return '{"value": 1, "measured_at": "2027-03-01T00:00:00Z", "source": "lab"}'
    return "{…}"


def cells_of(kind: Kind, section: str, form: Mapping[str, str]) -> dict[str, str]:
    """What was typed into the fields of a section."""
    keys = {each.key for each in kind.by_section.get(section, [])}
    return {
        name: value.strip() for name, value in form.items() if name.partition(".")[0] in keys and name not in NAMING
    }


def transfer_row(found: Transfer, names: Mapping[UUID, str], own: UUID, language: Language) -> DealingRow:
    """A transfer with the other side's name."""
    partner = found.outgoing_operator_id if found.incoming_operator_id == own else found.incoming_operator_id
    return DealingRow(
        id=found.transfer_id,
        state=found.state,
        badge=DEALINGS.get(found.state, "info"),
        partner=names.get(partner, "—"),
        what=", ".join(found.dpp_ids[:3]) + (" …" if len(found.dpp_ids) > 3 else ""),
        why=say(f"passport.reason.{found.reason}", language),
        at=found.proposed_at,
        until=found.expires_at,
        open=found.state == "proposed",
        mine=found.incoming_operator_id == own,
    )


def request_row(found: AccessRequest, names: Mapping[UUID, str], own: UUID, language: Language) -> DealingRow:
    """A request with the other side's name."""
    partner = found.requester_operator_id if found.owner_operator_id == own else found.owner_operator_id
    return DealingRow(
        id=found.request_id,
        state=found.state,
        badge="attention" if found.overdue else DEALINGS.get(found.state, "info"),
        partner=names.get(partner, "—"),
        what=", ".join((*found.scope.dpp_ids, *found.scope.model_ids)) or "—",
        why=_asked(found.role, found.purpose, language) + (f": {found.justification}" if found.justification else ""),
        at=found.requested_at,
        until=found.requested_until or found.requested_at,
        classes=", ".join(found.classes),
        open=found.state == "submitted",
        mine=found.owner_operator_id == own,
    )


def _asked(role: str | None, purpose: str | None, language: Language) -> str:
    """As whom, and what for."""
    role_words = say(f"passport.role.{role}", language) if role else ""
    purpose_words = say(f"passport.purpose.{purpose}", language) if purpose else ""
    return " / ".join(part for part in (role_words, purpose_words) if part) or "—"


def grant_row(found: Grant, names: Mapping[UUID, str], own: UUID, language: Language) -> DealingRow:
    """A grant with the other side's name."""
    partner = found.grantee_operator_id if found.grantor_operator_id == own else found.grantor_operator_id
    return DealingRow(
        id=found.grant_id,
        state=found.state,
        badge=DEALINGS.get(found.state, "info"),
        partner=names.get(partner, "—"),
        what=", ".join((*found.scope.dpp_ids, *found.scope.model_ids)) or "—",
        why=_asked(found.role, found.purpose, language),
        at=found.valid_from,
        until=found.valid_until,
        classes=", ".join(found.classes),
        open=found.state == "active",
        mine=found.grantor_operator_id == own,
    )


def denial_choices(language: Language) -> list[Choice]:
    """The reasons for which access can be denied."""
    return [Choice(each, say(f"passport.denial.{each}", language)) for each in policy().denials]
