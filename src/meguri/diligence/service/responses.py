"""Questionnaires of one's own and answers to them, scored line by line."""

import hashlib
from uuid import UUID

import msgspec

from meguri.diligence import store
from meguri.diligence.errors import NoTemplate, TemplatePublished, TemplateRetired
from meguri.diligence.evidence import status_on
from meguri.diligence.model import AttestationBody, Kept, ResponseBody, ResponseInput
from meguri.diligence.questionnaire import Scored, Template, built_in, check_answers, read_template, score
from meguri.diligence.questionnaire.templates import built_in_ids
from meguri.diligence.service import records
from meguri.diligence.service.kinds import not_in_future
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction


async def templates(tx: Transaction, scope: OperatorScope) -> list[Template]:
    """Every questionnaire: our own, then those of the company."""
    own = await records.listed(tx, scope, "template", Template)
    return [*(built_in(*one) for one in built_in_ids()), *(kept.content for kept in own)]


async def template(tx: Transaction, scope: OperatorScope, template_id: str, version: str) -> Template:
    """One version of a questionnaire. Raises NoTemplate."""
    for one in await templates(tx, scope):
        if (one.id, one.version) == (template_id, version):
            return one
    raise NoTemplate(id=template_id, version=version)


async def add_template(tx: Transaction, scope: OperatorScope, data: dict[str, object]) -> Kept[Template]:
    """Publishes a version of a questionnaire. Raises BadTemplate, TemplatePublished."""
    read = read_template(data)
    if any((one.id, one.version) == (read.id, read.version) for one in await templates(tx, scope)):
        raise TemplatePublished
    return await records.add(tx, scope, "template", read)


async def retire_template(tx: Transaction, scope: OperatorScope, record_id: UUID, if_version: int) -> Kept[Template]:
    """No new answers to this version, but those whose due date is still to come. Raises NothingFound, Stale."""
    kept = await records.get(tx, scope, "template", Template, record_id)
    return await records.keep(tx, scope, "template", record_id, if_version + 1, kept.content, state="retired")


async def sign(tx: Transaction, scope: OperatorScope, said: ResponseInput) -> Kept[ResponseBody]:
    """Keeps answers with their score. Raises NoTemplate, BadAnswer, BadPeriod, TemplateRetired."""
    chosen = await template(tx, scope, said.template_id, said.version)
    not_in_future("effective_date", said.effective_date)
    await _refuse_retired(tx, scope, chosen, said)
    check_answers(chosen, said.answers)
    scored = await explain(tx, scope, said)
    body = ResponseBody(
        **{name: getattr(said, name) for name in ResponseInput.__struct_fields__},
        score=scored.score,
        complete_pct=scored.complete_pct,
        missing=list(scored.missing),
        response_hash=hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest(),
    )
    return await records.add(tx, scope, "response", body)


async def _refuse_retired(tx: Transaction, scope: OperatorScope, chosen: Template, said: ResponseInput) -> None:
    """An ended version is answered until the due date of the request that named it (`due_date`)."""
    for row in await store.records(tx, scope, "template"):
        kept = records.kept_of(row, Template)
        ended = row.state == "retired" and (kept.content.id, kept.content.version) == (chosen.id, chosen.version)
        if ended and (said.due_date is None or clock.today() > said.due_date):
            current = max(one.version for one in await templates(tx, scope) if one.id == chosen.id)
            raise TemplateRetired(version=chosen.version, current=current)


async def explain(tx: Transaction, scope: OperatorScope, said: ResponseInput) -> Scored:
    """The score of answers with every line. Raises NoTemplate."""
    chosen = await template(tx, scope, said.template_id, said.version)
    today = clock.today()
    valid = {
        kept.record_id
        for kept in await records.listed(tx, scope, "attestation", AttestationBody)
        if status_on(kept.content.status, kept.content.valid_to, today) == "active"
    }
    return score(chosen, said.answers, {key for key, evidence in said.evidence.items() if evidence in valid})


async def latest(tx: Transaction, scope: OperatorScope, template_id: str, version: str) -> Kept[ResponseBody] | None:
    """The last answers to a questionnaire that were signed."""
    for one in await records.listed(tx, scope, "response", ResponseBody):
        if (one.content.template_id, one.content.version) == (template_id, version):
            return one
    return None
