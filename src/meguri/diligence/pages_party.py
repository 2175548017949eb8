"""The page of a company of the chain: every name that it has or had, its identifiers, its sites, what screening found."""

from typing import get_args
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.diligence.errors import NothingFound
from meguri.diligence.model import FacilityInput, Kept, PartyInput, PartyName, RunBody
from meguri.diligence.pages_common import HTML, AnyRequest, may_edit, sent, told
from meguri.diligence.screening.countries import country_name
from meguri.diligence.service import records
from meguri.diligence.taxonomy import names
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.web import FromPath, Unit, editor, signed_in, version_in

KINDS = get_args(msgspec.structs.fields(PartyName)[2].type)
_MOST, _EMPTY_ROWS = 20, 2


class PartyPage(msgspec.Struct, frozen=True, kw_only=True):
    """`party.html`. `rows`: the names as they stand in the form, with empty rows to add some."""

    party: Kept[PartyInput]
    sites: list[Kept[FacilityInput]]
    runs: list[Kept[RunBody]]
    country: str
    stages: dict[str, object]
    kinds: list[Choice]
    rows: list[PartyName | None]
    may_edit: bool
    errors: dict[str, str]


async def _found(
    tx: Transaction, scope: OperatorScope, party_id: UUID
) -> tuple[Kept[PartyInput], list[Kept[FacilityInput]], list[Kept[RunBody]]]:
    party = await records.get(tx, scope, "party", PartyInput, party_id)
    sites = await records.listed(tx, scope, "facility", FacilityInput, subject_id=party_id)
    return party, sites, await records.listed(tx, scope, "run", RunBody, subject_id=party_id, limit=10)


async def _page(
    request: AnyRequest,
    unit: Unit,
    party_id: UUID,
    given: list[PartyName] | None = None,
    errors: dict[str, str] | None = None,
) -> Response[str]:
    async def found(
        tx: Transaction, scope: OperatorScope
    ) -> tuple[Kept[PartyInput], list[Kept[FacilityInput]], list[Kept[RunBody]]]:
        return await _found(tx, scope, party_id)

    party, sites, runs = await unit(found)
    said = party.content.names if given is None else given
    code = party.content.country
    context = PartyPage(
        party=party,
        sites=sites,
        runs=runs,
        country=country_name(code, viewer_of(request).language) if code else "",
        stages=dict(names("stages")),
        kinds=[Choice(kind, told(request, f"party.kind_{kind}")) for kind in KINDS],
        rows=[*said, *[None] * min(_EMPTY_ROWS, _MOST - len(said))],
        may_edit=may_edit(request),
        errors=errors or {},
    )
    return page(request, "party.html", context, status_code=422 if errors else 200)


@get("/diligence/parties/{party_id:uuid}", guards=[signed_in], include_in_schema=False)
async def party_page(request: AnyRequest, unit: Unit, party_id: FromPath[UUID]) -> Response[str]:
    """One company of the chain."""
    return await _page(request, unit, party_id)


@post("/diligence/parties/{party_id:uuid}", guards=[editor], status_code=200, include_in_schema=False)
async def change_names(request: AnyRequest, unit: Unit, party_id: FromPath[UUID]) -> HTML:
    """The names of a company, as they stand in the form; it is screened again by all of them."""
    form = await sent(request)
    rows = [
        (form.get(f"name-{place}", "").strip(), form.get(f"kind-{place}", ""), form.get(f"lang-{place}", "").strip())
        for place in range(_MOST)
    ]
    said = [
        msgspec.convert(
            {"value": value[:200], "kind": kind if kind in KINDS else "legal", "lang": lang[:10]}, PartyName
        )
        for value, kind, lang in rows
        if value
    ]
    if not said:
        return await _page(request, unit, party_id, errors={"name-0": told(request, "party.no_name")})

    async def change(tx: Transaction, scope: OperatorScope) -> Kept[PartyInput]:
        known = await records.get(tx, scope, "party", PartyInput, party_id)
        content = msgspec.structs.replace(known.content, names=said)
        return await records.change(tx, scope, "party", party_id, content, version_in(form))

    try:
        await unit(change)
    except NothingFound:
        raise
    except Refusal as refusal:
        wrong = {"name-0": refusal.sentence(viewer_of(request).language)}
        return await _page(request, unit, party_id, given=said, errors=wrong)
    return done(request, f"/diligence/parties/{party_id}", Flash(happened=told(request, "party.changed")))


handlers = [party_page, change_names]
