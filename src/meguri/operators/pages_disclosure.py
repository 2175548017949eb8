"""The disclosure centre: who sees what, since when, by whom and why; changing it with its effect shown first."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import QueryParameter

from meguri.kernel.errors import Invalid, Stale
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import disclosure, views
from meguri.operators.catalogue import disclosure_rules
from meguri.operators.cautions import heard
from meguri.operators.model import Disclosure, DisclosureLine
from meguri.operators.pages import HTML, AnyRequest, errors_of, people_of, say, sent
from meguri.storage import Transaction
from meguri.ui import Flash, Undo, done, page, viewer_of
from meguri.web import Asking, FromPath, FromQuery, Paging, Unit, editor, signed_in, version_in

_PAIR = "/company/disclosures/{trace_id:uuid}/{to_operator_id:uuid}"


@get("/company/disclosures", guards=[signed_in], include_in_schema=False)
async def disclosures(
    request: AnyRequest,
    unit: Unit,
    paging: Paging,
    to: FromQuery[UUID | None] = None,
    trace: FromQuery[UUID | None] = None,
    view: Annotated[str, QueryParameter(description="`all`: with what was closed")] = "",
) -> Response[str]:
    """Who sees what, by the partner's name."""
    found = await unit(
        disclosure.who_sees_what,
        to_operator_id=to,
        trace_id=trace,
        open_only=view != "all",
        limit=paging.limit,
        cursor=paging.cursor,
    )
    partner = found.items[0].to_name if to and found.items else None
    context = views.DisclosuresPage(
        lines=[views.line_row(line) for line in found.items],
        next_cursor=found.next_cursor,
        open_only=view != "all",
        filtered_by=partner or ("" if to or trace else None),
    )
    return page(request, "disclosures.html", context)


@get(_PAIR, guards=[signed_in], include_in_schema=False)
async def one_disclosure(
    request: AnyRequest,
    unit: Unit,
    principal: Asking,
    paging: Paging,
    trace_id: FromPath[UUID],
    to_operator_id: FromPath[UUID],
) -> Response[str]:
    """One part and one partner: what is open, and all that ever changed."""
    line = await unit(disclosure.line_of, trace_id, to_operator_id)
    return page(request, "disclosure.html", await _pair_page(request, unit, principal, paging, line))


async def _pair_page(
    request: AnyRequest,
    unit: Unit,
    principal: Asking,
    paging: Paging,
    line: DisclosureLine,
    *,
    stale: bool = False,
) -> views.DisclosurePage:
    said, viewer = line.disclosure, viewer_of(request)
    lived = await unit(
        disclosure.versions, said.trace_id, said.to_operator_id, limit=paging.limit, cursor=paging.cursor
    )
    people = await people_of(unit, principal)
    warned = await unit(disclosure.cautions_as_it_stands, said.trace_id, said.to_operator_id)
    return views.DisclosurePage(
        line=views.line_row(line),
        groups=views.group_rows(said, people),
        events=views.change_rows(lived.items, people, viewer.language),
        next_cursor=lived.next_cursor,
        may_edit=viewer.has(Role.EDITOR),
        any_open=bool(said.released),
        cautions=[one.message for one in warned],
        stale=stale,
    )


@get(f"{_PAIR}/review", guards=[editor], include_in_schema=False)
async def review_disclosure(
    request: AnyRequest, unit: Unit, trace_id: FromPath[UUID], to_operator_id: FromPath[UUID]
) -> Response[str]:
    """What a change would open and close, before it is made; without any tick: what closing everything does."""
    line = await unit(disclosure.line_of, trace_id, to_operator_id)
    wanted = _ticked(dict(request.query_params))
    reason = str(request.query_params.get("reason", "")).strip()
    return page(request, "disclosure_review.html", await _review(request, unit, line, wanted, reason))


@post(_PAIR, guards=[editor], status_code=200, include_in_schema=False)
async def change_disclosure(
    request: AnyRequest,
    unit: Unit,
    principal: Asking,
    paging: Paging,
    trace_id: FromPath[UUID],
    to_operator_id: FromPath[UUID],
) -> HTML:
    """Make the change that was reviewed, if the partner is named; else show the review again."""
    form = await sent(request)
    line = await unit(disclosure.line_of, trace_id, to_operator_id)
    wanted, reason = _ticked(form), form.get("reason", "").strip()
    name = _confirm_name(request, line)
    if form.get("confirm", "").strip() != name:
        wrong = say(request, "disclosure.wrong_name", name=name)
        return page(
            request,
            "disclosure_review.html",
            await _review(request, unit, line, wanted, reason, wrong),
            status_code=422,
        )

    async def change(tx: Transaction, scope: OperatorScope) -> Disclosure:
        after = await disclosure.release(
            tx, scope, trace_id, to_operator_id, wanted, reason or None, expected_version=version_in(form)
        )
        # The review that was confirmed named them.
        await heard(tx, scope, await disclosure.cautions_as_it_stands(tx, scope, trace_id, to_operator_id))
        return after

    try:
        after = await unit(change)
    except Stale:
        present = await unit(disclosure.line_of, trace_id, to_operator_id)
        context = await _pair_page(request, unit, principal, paging, present, stale=True)
        return page(request, "disclosure.html", context, status_code=412)
    except Invalid as refusal:
        wrong = next(iter(errors_of(request, refusal).values()))
        return page(
            request,
            "disclosure_review.html",
            await _review(request, unit, line, wanted, reason, wrong),
            status_code=422,
        )
    return done(request, views.line_row(line).href, _told(request, line, after))


@post(f"{_PAIR}/undo/{{undone:int}}", guards=[editor], status_code=200, include_in_schema=False)
async def undo_disclosure(
    request: AnyRequest, unit: Unit, trace_id: FromPath[UUID], to_operator_id: FromPath[UUID], undone: FromPath[int]
) -> Response[None]:
    """Take the last change back."""
    after = await unit(disclosure.undo, trace_id, to_operator_id, undone)
    line = await unit(disclosure.line_of, trace_id, to_operator_id)
    return done(request, views.line_row(line).href, _told(request, line, after))


def _ticked(given: dict[str, str]) -> dict[str, bool]:
    return {code: given.get(code) == "yes" for code in disclosure_rules().groups}


def _names(request: AnyRequest, line: DisclosureLine) -> dict[str, str]:
    return {
        "part": line.trace_name or say(request, "disclosures.unknown_part"),
        "partner": line.to_name or say(request, "disclosures.unknown_partner"),
    }


def _confirm_name(request: AnyRequest, line: DisclosureLine) -> str:
    return _names(request, line)["partner"]


async def _review(
    request: AnyRequest,
    unit: Unit,
    line: DisclosureLine,
    wanted: dict[str, bool],
    reason: str,
    error: str | None = None,
) -> views.ReviewPage:
    said = line.disclosure
    found = await unit(disclosure.review, said.trace_id, said.to_operator_id, wanted)
    return views.ReviewPage(
        line=views.line_row(line),
        opens=[views.group_name(code) for code in wanted if code in found.opens],
        closes=[views.group_name(code) for code in wanted if code in found.closes],
        cautions=[one.message for one in found.cautions],
        open_codes=[code for code, flag in wanted.items() if flag],
        reason=reason,
        version=line.disclosure.version,
        confirm_name=_confirm_name(request, line),
        error=error,
    )


def _told(request: AnyRequest, line: DisclosureLine, after: Disclosure) -> Flash:
    names = _names(request, line)
    language = viewer_of(request).language
    groups = ("、" if language == "ja" else ", ").join(views.group_name(code).of(language) for code in after.released)
    seen = say(request, "disclosure.sees_now", groups=groups, **names) if groups else None
    undo = Undo(f"{views.line_row(line).href}/undo/{after.version}", say(request, "disclosure.undo"))
    return Flash(
        happened=say(request, "disclosure.changed", **names),
        seen_by=seen or say(request, "disclosure.sees_nothing", **names),
        undo=undo,
    )


handlers = [disclosures, one_disclosure, review_disclosure, change_disclosure, undo_disclosure]
