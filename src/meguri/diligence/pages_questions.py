"""Pages of questionnaires: our own and those that customers bring, loaded from a file, answered, scored line by line."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile

from meguri.diligence.model import ResponseInput
from meguri.diligence.pages_common import HTML, AnyRequest, may_edit, told
from meguri.diligence.questionnaire import Line, Question, Scored, Template, built_in, files, unmapped
from meguri.diligence.service import responses
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Language
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromQuery, Unit, editor, signed_in
from meguri.workbooks.running import aside


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One questionnaire in the list. `unmapped`: how many of its questions answer nothing that law asks for."""

    template: Template
    questions: int
    unmapped: int


class QuestionnairesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`questionnaires.html`."""

    listed: list[Listed]
    may_edit: bool
    wrong: str
    problems: list[tuple[str, str]]


class QuestionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`questions.html`."""

    template: Template
    given: dict[str, Any]
    scored: Scored | None
    lines: dict[str, Line]
    may_edit: bool
    wrong: str
    errors: dict[str, str]


async def _list(
    request: AnyRequest, unit: Unit, wrong: str = "", problems: list[tuple[str, str]] | None = None
) -> Response[str]:
    found = [
        Listed(template=one, questions=len(one.questions), unmapped=len(unmapped(one)))
        for one in await unit(responses.templates)
    ]
    context = QuestionnairesPage(listed=found, may_edit=may_edit(request), wrong=wrong, problems=problems or [])
    return page(request, "questionnaires.html", context, status_code=422 if wrong else 200)


@get("/diligence/questionnaires", guards=[signed_in], include_in_schema=False)
async def questionnaires(request: AnyRequest, unit: Unit) -> Response[str]:
    """Every questionnaire, and the form for another one."""
    return await _list(request, unit)


@post("/diligence/questionnaires", guards=[editor], status_code=200, include_in_schema=False)
async def load_questionnaire(request: AnyRequest, unit: Unit) -> HTML:
    """A customer's questionnaire from its file."""
    language = viewer_of(request).language
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return await _list(request, unit, told(request, "supply.no_file"))
    content = await file.read()
    try:
        data = await aside(files.data_of, content, file.filename)
        kept = await unit(responses.add_template, data)
    except Refusal as refusal:
        problems = [(one.field, one.of(language)) for one in refusal.fields]
        return await _list(request, unit, refusal.sentence(language), problems)
    title = kept.content.title.ja if language == "ja" else kept.content.title.en
    happened = told(request, "questionnaires.loaded", title=title, n=len(unmapped(kept.content)))
    return done(request, "/diligence/questionnaires", Flash(happened=happened))


@get("/diligence/questionnaires/sample", guards=[signed_in], include_in_schema=False)
async def sample(request: AnyRequest) -> Response[bytes]:
    """The headings of a table, with two questions that show how it is filled in."""
    language = viewer_of(request).language
    example = [
        ["SAQ-1", "1", "取引先質問票（例）", "Supplier questionnaire (example)", "policy", "方針", "Policy",
         "has_policy", "人権方針がありますか。", "Do you have a human-rights policy?", "bool", "",
         "company", "", "true", "optional", "OECD1", "2", ""],
        ["", "", "", "", "policy", "", "", "review", "見直しの頻度は？", "How often is it reviewed?", "enum",
         "yearly=毎年|Every year|1;never=なし|Never|0", "company", "has_policy == true", "true", "none", "OECD1", "1", ""],
    ]  # fmt: skip
    out = io.StringIO()
    csv.writer(out).writerows([[column.heading.of(language) for column in files.COLUMNS], *example])
    headers = {"content-disposition": 'attachment; filename="meguri-questionnaire.csv"'}
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@get("/diligence/questions", guards=[signed_in], include_in_schema=False)
async def questions(
    request: AnyRequest, unit: Unit, template: FromQuery[str | None] = None, edition: FromQuery[str | None] = None
) -> Response[str]:
    """A questionnaire with the last answers and their score; our own if none is named."""
    chosen = await _chosen(unit, template, edition)
    latest = await unit(responses.latest, chosen.id, chosen.version)
    given = latest.content.answers if latest else {}
    return await _questions(request, unit, chosen, given, scored=latest is not None)


@post("/diligence/questions", guards=[editor], status_code=200, include_in_schema=False)
async def sign_questions(
    request: AnyRequest, unit: Unit, template: FromQuery[str | None] = None, edition: FromQuery[str | None] = None
) -> HTML:
    """Signs the answers."""
    chosen = await _chosen(unit, template, edition)
    data = await request.form()
    given = answered(chosen, data)
    try:
        await unit(responses.sign, _response(chosen, given))
    except Refusal as refusal:
        language = viewer_of(request).language
        errors = {one.field: one.of(language) for one in refusal.fields}
        return await _questions(request, unit, chosen, given, wrong=refusal.sentence(language), errors=errors)
    here = f"/diligence/questions?template={chosen.id}&edition={chosen.version}"
    return done(request, here, Flash(happened=told(request, "questions.signed")))


async def _chosen(unit: Unit, template: str | None, edition: str | None) -> Template:
    if template is None:
        return built_in()
    return await unit(responses.template, template, edition or "")


def _response(template: Template, given: dict[str, Any]) -> ResponseInput:
    return ResponseInput(template_id=template.id, version=template.version, effective_date=clock.today(), answers=given)


async def _questions(
    request: AnyRequest,
    unit: Unit,
    template: Template,
    given: dict[str, Any],
    *,
    scored: bool = False,
    wrong: str = "",
    errors: dict[str, str] | None = None,
) -> Response[str]:
    made = await unit(responses.explain, _response(template, given)) if scored else None
    context = QuestionsPage(
        template=template,
        given=given,
        scored=made,
        lines={line.key: line for section in made.sections for line in section.lines} if made else {},
        may_edit=may_edit(request),
        wrong=wrong,
        errors=errors or {},
    )
    return page(request, "questions.html", context, status_code=422 if wrong else 200)


def rows_of(template: Template, answers: Mapping[str, Any], language: Language) -> list[tuple[str, str]]:
    """Question and answer as people read them, in the questionnaire's order; what was not answered is left out."""
    return [
        (question.ja if language == "ja" else question.en, said_of(question, answers[key], language))
        for key, question in template.questions.items()
        if key in answers
    ]


def said_of(question: Question, value: Any, language: Language) -> str:
    """An answer as people read it."""
    options = {one.key: one.ja if language == "ja" else one.en for one in question.options}
    if question.type == "bool":
        return say("diligence.questions.yes" if value else "diligence.questions.no", language)
    if question.type == "table":
        return "; ".join(", ".join(str(cell) for cell in row) for row in value)
    said = value if isinstance(value, list) else [value]
    return ", ".join(options.get(one, str(one)) for one in said)


def answered(template: Template, form: FormMultiDict, prefix: str = "") -> dict[str, Any]:
    """What was typed and ticked, as answers; what is empty is left out. A table is one line a row, cells apart by commas."""
    found: dict[str, Any] = {}
    for key, question in template.questions.items():
        sent = form.getall(prefix + key, [])
        values = [value for value in sent if isinstance(value, str) and value.strip()]
        if not values:
            continue
        match question.type:
            case "multi":
                found[key] = values
            case "bool":
                found[key] = values[0] == "yes"
            case "table":
                found[key] = [
                    [cell.strip() for cell in row.split(",")] for row in values[0].splitlines() if row.strip()
                ]
            case _:
                found[key] = values[0].strip()
    return found


handlers = [questionnaires, load_questionnaire, sample, questions, sign_questions]
