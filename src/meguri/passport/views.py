"""What the pages of this room show, made of what the service gives. Nothing is decided here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.text import Language, Text
from meguri.passport.bulk.model import CellFault, Job
from meguri.passport.catalogue import Attribute, Flag
from meguri.passport.completeness import Report
from meguri.passport.dealings import policy
from meguri.passport.derived import category_of
from meguri.passport.document_rules import document_findings
from meguri.passport.expressions import filled
from meguri.passport.kinds import Kind, kind_of
from meguri.passport.model import Brief, Record, VersionOut
from meguri.passport.overseeing import authority_rules
from meguri.passport.public.plan import plan_of
from meguri.passport.service.granting import AccessRequest, Grant
from meguri.passport.service.measuring import Measured
from meguri.passport.service.moving import Transfer
from meguri.ui.parts import Choice, Column
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
    """The list of a company's passports. `oversees`: the reader is an authority, and sees others' on a page of its own."""

    rows: list[PassportRow]
    total: int
    tally: dict[str, int]
    next_cursor: str | None
    words: str
    category: str
    state: str
    categories: list[Choice]
    may_edit: bool
    oversees: bool


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
    """One passport: how it stands, what it lacks and who has that, what can be done.

    personal     names of the personal data that some version holds
    erase_word   what is to be typed to erase them
    """

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
    personal: list[str]
    erase_word: str
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


class RowCell(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a list's editor; `kind`: text, number, choice, flag."""

    name: str
    heading: Column
    kind: str
    choices: list[Choice] = []


class RowsField(msgspec.Struct, frozen=True, kw_only=True):
    """A list as rows: its columns, and its rows as texts by column, with an empty one at the end; `heads` stand before it."""

    cells: list[RowCell]
    rows: list[dict[str, str]]
    heads: list[Field] = []


class FieldGroup(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute with its fields, or, if it is a list, its rows."""

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
    rows: RowsField | None = None


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
    """An entry of the register: when, which company or system, what, with which classes, on which ground of law."""

    at: datetime
    who: str
    did: str
    classes: tuple[str, ...]
    ground: Text | None = None


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
    units: dict[str, str]
    measurable: list[Choice]
    errors: dict[str, str]
    may_edit: bool


class DealingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer, request or grant with the other side's name. `role`: in which one answers after a transfer of its reason."""

    id: UUID
    state: str
    badge: str
    partner: str
    what: str
    why: str
    at: datetime
    until: datetime
    classes: tuple[str, ...] = ()
    open: bool = False
    mine: bool = False
    role: str = ""


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
    roles: list[Choice]
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
    left: str | None
    may_edit: bool
    label_parts: int = 0


def word_to_erase(record: Record) -> str:
    """What names a passport to whoever erases something from it."""
    return record.serial or record.product_key


def register_row(entry: Mapping[str, Any], names: Mapping[str, str]) -> RegisterRow:
    """An entry of the register as people read it."""
    company = str(entry.get("detail", {}).get("operator", ""))
    return RegisterRow(
        at=datetime.fromisoformat(entry["at"]),
        who=names.get(company, ""),
        did=str(entry["action"]).removeprefix("passport."),
        classes=tuple(entry.get("classes") or ()),
        ground=_ground(entry.get("detail", {})),
    )


def _ground(detail: Mapping[str, Any]) -> Text | None:
    """On which legal basis, and for which file, an authority read."""
    basis = authority_rules().bases.get(str(detail.get("basis", "")))
    if basis is None:
        return None
    return Text(ja=f"{basis.ja}: {detail.get('reference', '')}", en=f"{basis.en}: {detail.get('reference', '')}")


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
    """What is worth knowing of a document, the gravest first; what holds for several attributes is said once."""
    signs = {"error": "stop", "publish_error": "stop", "warning": "attention", "info": "info"}
    said: dict[tuple[str, str], list[str]] = {}
    for each in document_findings(kind, document):
        name = kind.attributes[each.key].name.of(language) if each.key in kind.attributes else each.key
        said.setdefault((signs[each.level], each.say.of(language, **each.values)), []).append(name)
    comma = say("passport.history.comma", language)
    order = list(dict.fromkeys(signs.values()))
    return [
        Note(kind=sign, where=comma.join(dict.fromkeys(names)), say=sentence)
        for (sign, sentence), names in sorted(said.items(), key=lambda one: order.index(one[0][0]))
    ]


def section_rows(kind: Kind, document: Mapping[str, Any]) -> list[SectionRow]:
    """How far each section is: of what the category asks for, how much is there."""
    category = category_of(kind, document)
    found = []
    for section in kind.head.sections:
        asked = [each for each in kind.by_section[section.code] if is_asked(each, category)]
        there = sum(filled(document.get(each.key)) for each in asked)
        if kind.by_section[section.code]:
            found.append(SectionRow(code=section.code, name=section.name, filled=there, asked=len(asked)))
    return found


def is_asked(attribute: Attribute, category: str | None) -> bool:
    """Whether law asks a category for an attribute, perhaps under a condition."""
    return attribute.flag("ec", category) in (Flag.MANDATORY, Flag.CONDITIONAL, Flag.ALTERNATIVE)


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
        role=policy().transfer_roles.get(found.reason, ""),
    )


def roles_of(kind: Kind, language: Language) -> list[Choice]:
    """The roles in which an operator answers for a product, in words."""
    plan, attribute = plan_of(kind), kind.attributes.get("operator_role")
    return [Choice(each, plan.word(each).of(language)) for each in attribute.enum] if attribute else []


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
        classes=tuple(found.classes),
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
        classes=tuple(found.classes),
        open=found.state == "active",
        mine=found.grantor_operator_id == own,
    )


def denial_choices(language: Language) -> list[Choice]:
    """The reasons for which access can be denied."""
    return [Choice(each, say(f"passport.denial.{each}", language)) for each in policy().denials]
