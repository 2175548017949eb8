"""Pages of findings, screening and grievances."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile

from meguri.diligence.api import download
from meguri.diligence.findings import STEPS
from meguri.diligence.model import (
    ActionBody,
    ActionInput,
    ActionStep,
    CaseStep,
    DecisionInput,
    FindingBody,
    FindingInput,
    FindingStep,
    Grievance,
    Kept,
    ListBody,
    ListInput,
    RunBody,
    SeverityInput,
)
from meguri.diligence.pages_common import HTML, AnyRequest, choices, may_edit, sent, told
from meguri.diligence.service import (
    case_files,
    casework,
    grievances,
    records,
    screening,
)
from meguri.diligence.taxonomy import names
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.web import FromPath, Unit, admin, editor, signed_in, version_in


class FindingsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`findings.html`."""

    findings: list[Kept[FindingBody]]
    categories: dict[str, Any]
    bands: dict[str, Any]


class FindingPage(msgspec.Struct, frozen=True, kw_only=True):
    """`finding.html`."""

    kept: Kept[FindingBody]
    actions: list[Kept[ActionBody]]
    next_steps: list[str]
    category: Any
    band: Any
    wrong: str = ""


class NewFindingPage(msgspec.Struct, frozen=True, kw_only=True):
    """`finding_new.html`."""

    categories: list[Choice]
    given: dict[str, str]
    errors: dict[str, str]


class ScreeningPage(msgspec.Struct, frozen=True, kw_only=True):
    """`screening.html`."""

    queue: list[Kept[RunBody]]
    owed: list[str]
    lists: list[tuple[str, int, int]]
    may_edit: bool
    wrong: str = ""


class CasesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`cases.html`."""

    cases: list[Grievance]
    public_href: str
    wrong: str = ""


@get("/diligence/findings", guards=[signed_in], include_in_schema=False)
async def findings(request: AnyRequest, unit: Unit) -> Response[str]:
    """Findings, the gravest first."""

    async def read(tx: Transaction, scope: OperatorScope) -> list[Kept[FindingBody]]:
        return await records.listed(tx, scope, "finding", FindingBody)

    found = sorted(await unit(read), key=lambda one: (one.state in ("closed", "dismissed"), -one.content.priority))
    return page(
        request,
        "findings.html",
        FindingsPage(findings=found, categories=dict(names("categories")), bands=dict(names("bands"))),
    )


@get("/diligence/findings/new", guards=[editor], include_in_schema=False)
async def new_finding(request: AnyRequest) -> Response[str]:
    """The form for a finding."""
    return page(
        request, "finding_new.html", NewFindingPage(categories=choices(request, "categories"), given={}, errors={})
    )


@post("/diligence/findings/new", guards=[editor], status_code=200, include_in_schema=False)
async def add_finding(request: AnyRequest, unit: Unit) -> HTML:
    """Keeps a finding, or shows the form again."""
    form = await sent(request)
    try:
        said = FindingInput(
            title=form.get("title", "").strip(),
            description=form.get("description", ""),
            category=form.get("category", ""),
            severity=msgspec.convert(
                {key: form.get(key, "") for key in ("scale", "scope", "irremediability")}, SeverityInput, strict=False
            ),
            likelihood=msgspec.convert(form.get("likelihood", ""), int, strict=False),
            detected_on=date.fromisoformat(form.get("detected_on", "")),
        )
        msgspec.convert(msgspec.to_builtins(said), FindingInput, strict=False)
        kept = await unit(casework.find, said)
    except (msgspec.ValidationError, ValueError, Refusal) as error:
        wrong = (
            error.sentence(viewer_of(request).language)
            if isinstance(error, Refusal)
            else told(request, "finding.wrong")
        )
        context = NewFindingPage(categories=choices(request, "categories"), given=form, errors={"title": wrong})
        return page(request, "finding_new.html", context, status_code=422)
    return done(request, f"/diligence/findings/{kept.record_id}", Flash(happened=told(request, "finding.added")))


async def _finding_page(request: AnyRequest, unit: Unit, finding_id: UUID, wrong: str = "") -> FindingPage:
    async def read(tx: Transaction, scope: OperatorScope) -> tuple[Kept[FindingBody], list[Kept[ActionBody]]]:
        kept = await records.get(tx, scope, "finding", FindingBody, finding_id)
        return kept, await casework.actions_of(tx, scope, finding_id)

    kept, actions = await unit(read)
    return FindingPage(
        kept=kept,
        actions=actions,
        next_steps=list(STEPS[kept.state]) if may_edit(request) else [],
        category=names("categories")[kept.content.category],
        band=names("bands")[kept.content.band],
        wrong=wrong,
    )


@get("/diligence/findings/{finding_id:uuid}", guards=[signed_in], include_in_schema=False)
async def finding(request: AnyRequest, unit: Unit, finding_id: FromPath[UUID]) -> Response[str]:
    """One finding with its actions."""
    return page(request, "finding.html", await _finding_page(request, unit, finding_id))


@post("/diligence/findings/{finding_id:uuid}", guards=[editor], status_code=200, include_in_schema=False)
async def act_on_finding(request: AnyRequest, unit: Unit, finding_id: FromPath[UUID]) -> HTML:
    """A step of the finding, a new action, or a step of an action."""
    form = await sent(request)
    try:
        if form.get("do") == "action":
            said = ActionInput(
                action=form.get("action", ""), owner=form.get("owner", ""), due=date.fromisoformat(form.get("due", ""))
            )
            await unit(
                casework.plan_action, finding_id, msgspec.convert(msgspec.to_builtins(said), ActionInput, strict=False)
            )
        elif form.get("do") in ("done", "verified", "failed"):
            step = msgspec.convert({"to": form["do"], "note": form.get("note", "")}, ActionStep)
            await unit(casework.progress, UUID(form.get("action_id", "")), step, version_in(form))
        else:
            fields = {key: form.get(key, "") for key in ("to", "reason", "consultation", "impact_note")}
            await unit(casework.take_on, finding_id, msgspec.convert(fields, FindingStep), version_in(form))
    except (Refusal, ValueError) as error:
        wrong = (
            error.sentence(viewer_of(request).language)
            if isinstance(error, Refusal)
            else told(request, "finding.wrong")
        )
        return page(request, "finding.html", await _finding_page(request, unit, finding_id, wrong), status_code=422)
    return done(request, f"/diligence/findings/{finding_id}", Flash(happened=told(request, "finding.moved")))


async def _screening_page(unit: Unit, may_edit: bool, wrong: str = "") -> ScreeningPage:
    async def read(tx: Transaction, scope: OperatorScope) -> ScreeningPage:
        lists = await records.listed(tx, scope, "list", ListBody)
        return ScreeningPage(
            queue=await screening.queue(tx, scope),
            owed=await screening.owed(tx, scope),
            may_edit=may_edit,
            lists=[(one.content.list_id, one.version, len(one.content.entries)) for one in lists],
            wrong=wrong,
        )

    return await unit(read)


@get("/diligence/screening", guards=[signed_in], include_in_schema=False)
async def screening_queue(request: AnyRequest, unit: Unit) -> Response[str]:
    """Candidates that wait for a person, and the lists that are loaded."""
    return page(request, "screening.html", await _screening_page(unit, may_edit(request)))


@post("/diligence/screening", guards=[editor], status_code=200, include_in_schema=False)
async def act_on_screening(request: AnyRequest, unit: Unit) -> HTML:
    """A list is loaded, or a candidate decided."""
    data = await request.form()
    form = {name: value for name, value in data.items() if isinstance(value, str)}
    try:
        if form.get("do") == "load":
            file = data.get("file")
            text = (await file.read()).decode("utf-8-sig") if isinstance(file, UploadFile) else ""
            said = ListInput(
                list_id=form.get("list_id", "") or "list", licence=form.get("licence", "") or "—",
                licence_confirmed=form.get("confirmed") == "yes", csv=text,
            )  # fmt: skip
            loaded = await unit(screening.load_list, said, confirmed=form.get("again") == "yes")
            happened = told(request, "screening.loaded", n=loaded.entries, screened=loaded.screened)
        else:
            decision = msgspec.convert(
                {"decision": form.get("decision", ""), "reason": form.get("reason", "")}, DecisionInput
            )
            await unit(screening.decide, UUID(form.get("record_id", "")), decision, version_in(form))
            happened = told(request, "screening.decided")
    except (Refusal, ValueError) as error:
        wrong = (
            error.sentence(viewer_of(request).language)
            if isinstance(error, Refusal)
            else told(request, "screening.wrong")
        )
        return page(request, "screening.html", await _screening_page(unit, True, wrong), status_code=422)
    return done(request, "/diligence/screening", Flash(happened=happened))


async def _cases_page(unit: Unit, wrong: str = "") -> CasesPage:
    cases = await unit(grievances.listed)
    return CasesPage(cases=cases, public_href=f"/public/dd/{unit.scope.operator_id}/grievance", wrong=wrong)


@get("/diligence/cases", guards=[admin], include_in_schema=False)
async def cases(request: AnyRequest, unit: Unit) -> Response[str]:
    """Grievances, for their handlers."""
    return page(request, "cases.html", await _cases_page(unit))


@post("/diligence/cases/{case_id:uuid}", guards=[admin], status_code=200, include_in_schema=False)
async def act_on_case(request: AnyRequest, unit: Unit, case_id: FromPath[UUID]) -> HTML:
    """Takes a case on."""
    form = await sent(request)
    try:
        fields = {key: form.get(key, "") for key in ("to", "reason", "message")}
        await unit(grievances.take_on, case_id, msgspec.convert(fields, CaseStep), version_in(form))
    except (Refusal, ValueError) as error:
        wrong = (
            error.sentence(viewer_of(request).language) if isinstance(error, Refusal) else told(request, "cases.wrong")
        )
        return page(request, "cases.html", await _cases_page(unit, wrong), status_code=422)
    return done(request, "/diligence/cases", Flash(happened=told(request, "cases.moved")))


@get("/diligence/cases/{case_id:uuid}/files/{case_file_id:uuid}", guards=[admin], include_in_schema=False)
async def case_file(unit: Unit, case_id: FromPath[UUID], case_file_id: FromPath[UUID]) -> Response[bytes]:
    """A file that came with a case."""
    name, content = await unit(case_files.read, case_id, case_file_id)
    return download(content, name)


handlers = [
    findings,
    new_finding,
    add_finding,
    finding,
    act_on_finding,
    screening_queue,
    act_on_screening,
    cases,
    act_on_case,
    case_file,
]
