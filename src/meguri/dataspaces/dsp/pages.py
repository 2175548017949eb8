"""Pages of the data space: what we offer, to whom, what was agreed, and how it is ended. Words in, words out."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post

from meguri.dataspaces.dsp import offering, store
from meguri.dataspaces.dsp.errors import BadBpn, BadDid, ProcessNotFound
from meguri.dataspaces.dsp.kinds import INTERFACES, KINDS, short_name
from meguri.dataspaces.dsp.model import Agreement, Copy, Dataset, Participant, Process
from meguri.dataspaces.dsp.offering import PartnerInput
from meguri.dataspaces.dsp.starting import root_of
from meguri.dataspaces.dsp.states import Kind
from meguri.dataspaces.dsp.states import Role as Side
from meguri.dataspaces.dsp.terms import PULL
from meguri.dataspaces.dsp.wording import conditions_of, ending
from meguri.dataspaces.rules import trust
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.text import Language
from meguri.storage import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.parts import Choice
from meguri.ui.words import say
from meguri.web import FromQuery, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
HOME = "/keys/dataspace"
_END = datetime(9999, 1, 1, tzinfo=UTC)
_MOST = 100


class OfferRow(msgspec.Struct, frozen=True):
    """One line of what is offered."""

    dataset_id: str
    title: str
    kind: str
    audience: str
    since: datetime


class OffersPage(msgspec.Struct, frozen=True, kw_only=True):
    """`offers.html`."""

    participant: Participant | None
    address: str
    offers: list[OfferRow]
    may_edit: bool


class AgreementRow(msgspec.Struct, frozen=True, kw_only=True):
    """One agreement in a list."""

    agreement_id: str
    href: str
    title: str
    side: str
    partner: str
    partner_name: str
    uses: int
    ends: datetime | None
    state: str
    sign: str


class AgreementsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`agreements.html`."""

    agreements: list[AgreementRow]


class StepRow(msgspec.Struct, frozen=True):
    """One negotiation or transfer of an agreement.

    held, why   what it waits for, or why it ended
    coming      its data are on their way
    """

    kind: str
    state: str
    held: str | None
    why: str | None
    coming: bool
    at: datetime


class AgreementPage(msgspec.Struct, frozen=True, kw_only=True):
    """`agreement.html`. `interface`: it is called, not fetched; `address`: where, once the transfer runs."""

    one: AgreementRow
    agreed: datetime
    conditions: list[str]
    steps: list[StepRow]
    copies: list[Copy]
    interface: bool
    address: str
    may_edit: bool
    error: str | None


class PartnerRow(msgspec.Struct, frozen=True):
    """One partner in a list."""

    name: str
    did: str
    trust: str
    blocked: bool


class GivenPartner(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed into the form of a partner."""

    name: str = ""
    did: str = ""
    trust: str = "self_declared"
    bpn: str = ""
    catena_x: str = ""
    shared_form: str = ""


class PartnersPage(msgspec.Struct, frozen=True, kw_only=True):
    """`partners.html`. `own_bpn`: None for who does not take part."""

    own_bpn: str | None
    partners: list[PartnerRow]
    levels: list[Choice]
    given: GivenPartner
    errors: dict[str, str]
    may_edit: bool


def _may_edit(request: AnyRequest) -> bool:
    return viewer_of(request).has(Role.EDITOR)


def _say(request: AnyRequest, key: str, **values: object) -> str:
    return say(f"dataspaces.{key}", viewer_of(request).language, **values)


async def sent(request: AnyRequest) -> dict[str, str]:
    """The form's fields."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def levels(language: Language) -> list[Choice]:
    """The trust levels to choose from, weakest first."""
    japanese = language == "ja"
    return [
        Choice(one.key, one.ja if japanese else one.en, one.proof_ja if japanese else one.proof_en)
        for one in trust().level
    ]


async def _names(tx: Transaction, scope: OperatorScope) -> dict[str, str]:
    """What our partners are called, by their identifiers."""
    return {one.did: one.name for one in await store.partners(tx, scope)}


async def _titles(tx: Transaction, scope: OperatorScope, language: Language) -> dict[str, str]:
    return {one.dataset_id: _title(one, language) for one in await store.own_datasets(tx, scope, _END, "", _MOST)}


async def _received_titles(tx: Transaction, scope: OperatorScope, language: Language) -> dict[str, str]:
    """What partners' datasets are, by their kind: a partner's own title stands in its catalog alone."""
    kinds = {
        one.dataset_id: short_name(one.type_iri or "") for one in await store.processes(tx, scope, _END, "", _MOST)
    }
    return {name: say(f"dataspaces.kind.{kind}", language) for name, kind in kinds.items() if name and kind}


def _title(one: Dataset, language: Language) -> str:
    return one.title.get(language) or next(iter(one.title.values()), "")


@get(HOME, guards=[signed_in], include_in_schema=False)
async def offers(request: AnyRequest, unit: Unit) -> Response[str]:
    """What we offer, or how to join."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> tuple[Participant | None, list[Dataset], dict[str, str]]:
        found = await store.own_datasets(tx, scope, _END, "", _MOST)
        return await store.participant(tx, scope), found, await _names(tx, scope)

    participant, found, names = await unit(read)
    rows = [
        OfferRow(
            one.dataset_id,
            _title(one, language),
            one.kind if one.kind in KINDS else "other",
            names.get(one.audience, one.audience),
            one.modified,
        )
        for one in found
    ]
    address = root_of(participant) if participant else ""
    context = OffersPage(participant=participant, address=address, offers=rows, may_edit=_may_edit(request))
    return page(request, "dataspaces/offers.html", context)


@post(f"{HOME}/join", guards=[editor], status_code=200, include_in_schema=False)
async def join(request: AnyRequest, unit: Unit) -> Response[None]:
    """Take part."""
    await unit(offering.join)
    seen = _say(request, "space.joined_seen")
    return done(request, HOME, Flash(happened=_say(request, "space.joined"), seen_by=seen))


@post(f"{HOME}/withdraw", guards=[editor], status_code=200, include_in_schema=False)
async def withdraw(request: AnyRequest, unit: Unit) -> Response[None]:
    """Take an offer back. Raises OfferNotFound."""
    await unit(offering.withdraw, (await sent(request)).get("dataset", ""))
    seen = _say(request, "offers.withdrawn_seen")
    return done(request, HOME, Flash(happened=_say(request, "offers.withdrawn"), seen_by=seen))


def row_of(one: Agreement, names: dict[str, str], titles: dict[str, str], taken: Mapping[str, int]) -> AgreementRow:
    """An agreement as lists show it, with the partner and the data by what we call them, if we know them.

    taken   how often we as the consumer have got data under each agreement; as the provider we count ourselves
    """
    over = one.ended_at is not None or (one.ends_at is not None and one.ends_at < clock.now())
    state = "ended" if over else "usable" if one.finalized_at else "pending"
    return AgreementRow(
        agreement_id=one.agreement_id,
        href=f"{HOME}/agreement?id={quote(one.agreement_id, safe='')}",
        title=titles.get(one.dataset_id, one.dataset_id),
        side=str(one.role),
        partner=one.peer_did,
        partner_name=names.get(one.peer_did, one.peer_did),
        uses=one.uses if one.role is Side.PROVIDER else taken.get(one.agreement_id, 0),
        ends=one.ends_at,
        state=state,
        sign={"ended": "ended", "usable": "ok", "pending": "waiting"}[state],
    )


@get(f"{HOME}/agreements", guards=[signed_in], include_in_schema=False)
async def agreements(request: AnyRequest, unit: Unit) -> Response[str]:
    """What was agreed, newest first."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> list[AgreementRow]:
        names, titles = await _names(tx, scope), await _titles(tx, scope, language)
        titles = await _received_titles(tx, scope, language) | titles
        taken = Counter(one.agreement_id for one in await store.copies(tx, scope, None, 1000))
        return [row_of(one, names, titles, taken) for one in await store.agreements(tx, scope, _END, "", _MOST)]

    return page(request, "dataspaces/agreements.html", AgreementsPage(agreements=await unit(read)))


def _step(one: Process, language: Language) -> StepRow:
    fetched = one.kind is Kind.TRANSFER and one.role is Side.CONSUMER and one.type_iri not in INTERFACES
    coming = fetched and one.state == "STARTED" and one.format == PULL
    return StepRow(str(one.kind), one.state, one.held, ending(one.end_code or "", language), coming, one.created_at)


async def _agreement_page(
    request: AnyRequest, unit: Unit, agreement_id: str, error: str | None = None
) -> Response[str]:
    language = viewer_of(request).language

    async def read(
        tx: Transaction, scope: OperatorScope
    ) -> tuple[Agreement, AgreementRow, list[StepRow], list[Copy], list[Process]]:
        known = await store.agreement(tx, scope, agreement_id)
        if known is None:
            raise ProcessNotFound
        titles = await _received_titles(tx, scope, language) | await _titles(tx, scope, language)
        steps = await store.processes(tx, scope, _END, "", _MOST, agreement_id)
        copies = [one for one in await store.copies(tx, scope, None, 1000) if one.agreement_id == agreement_id]
        row = row_of(known, await _names(tx, scope), titles, {agreement_id: len(copies)})
        shown = [_step(one, language) for one in steps]
        return known, row, shown, copies, [one for one in steps if one.type_iri in INTERFACES]

    found, row, steps, copies, calls = await unit(read)
    running = next((one.data_address for one in calls if one.state == "STARTED" and one.data_address), {})
    context = AgreementPage(
        one=row,
        agreed=found.agreed_at,
        conditions=conditions_of(found.policy, language),
        steps=steps,
        copies=copies,
        interface=bool(calls),
        address=str((running or {}).get("endpoint", "")),
        may_edit=_may_edit(request),
        error=error,
    )
    return page(request, "dataspaces/agreement.html", context, status_code=422 if error else 200)


@get(f"{HOME}/agreement", guards=[signed_in], include_in_schema=False)
async def agreement(request: AnyRequest, unit: Unit, id: FromQuery[str] = "") -> Response[str]:
    """One agreement with its transfers. Raises ProcessNotFound."""
    return await _agreement_page(request, unit, id)


@post(f"{HOME}/agreement", guards=[editor], status_code=200, include_in_schema=False)
async def end_agreement(request: AnyRequest, unit: Unit, id: FromQuery[str] = "") -> Response[Any]:
    """End it, once the partner's identifier is typed. Raises ProcessNotFound."""
    known = await unit(store.agreement, id)
    if known is None:
        raise ProcessNotFound
    if (await sent(request)).get("confirm", "").strip() != known.peer_did:
        return await _agreement_page(request, unit, id, _say(request, "agreement.confirm_wrong"))
    await unit(offering.end_agreement, id, "ended by a person")
    seen = _say(request, "agreement.done_seen")
    return done(request, f"{HOME}/agreements", Flash(happened=_say(request, "agreement.done"), seen_by=seen))


async def _partners_page(request: AnyRequest, unit: Unit, given: GivenPartner, errors: dict[str, str]) -> Response[str]:
    language = viewer_of(request).language
    named = {one.key: one.ja if language == "ja" else one.en for one in trust().level}
    found, me = await unit(store.partners), await unit(store.participant)
    rows = [PartnerRow(one.name, one.did, named.get(one.identity_proof, ""), one.blocked) for one in found]
    context = PartnersPage(
        own_bpn=(me.bpn or "") if me else None,
        partners=rows,
        levels=levels(language),
        given=given,
        errors=errors,
        may_edit=_may_edit(request),
    )
    return page(request, "dataspaces/partners.html", context, status_code=422 if errors else 200)


@get(f"{HOME}/partners", guards=[signed_in], include_in_schema=False)
async def partners(request: AnyRequest, unit: Unit, did: FromQuery[str] = "") -> Response[str]:
    """With whom we exchange, and how each proved who it is. `did`: the partner whose record is to be changed."""
    known = await unit(store.partner, did) if did else None
    given = GivenPartner()
    if known is not None:
        given = GivenPartner(
            name=known.name,
            did=known.did,
            trust=known.identity_proof,
            bpn=known.bpn or "",
            catena_x="yes" if known.catena_x else "",
            shared_form="yes" if known.quality_form == "shared" else "",
        )
    return await _partners_page(request, unit, given, {})


@post(f"{HOME}/partners", guards=[editor], status_code=200, include_in_schema=False)
async def add_partner(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Enter a partner, or say what is wrong."""
    form = await sent(request)
    given = GivenPartner(**{name: form[name] for name in GivenPartner.__struct_fields__ if name in form})
    name, did = given.name.strip(), given.did.strip()
    if not 0 < len(name) <= 256:
        return await _partners_page(request, unit, given, {"name": _say(request, "offer.wrong")})
    said = PartnerInput(
        did=did,
        name=name,
        identity_proof=given.trust,
        bpn=given.bpn.strip() or None,
        catena_x=bool(given.catena_x),
        quality_form="shared" if given.shared_form else "tracex",
    )
    known = await unit(store.partner, did)
    if known is not None:  # what the form does not ask stays as it is
        said = msgspec.structs.replace(
            said,
            partner_operator_id=known.partner_operator_id,
            origins=tuple(known.origins),
            base_url=known.base_url,
            auth=known.auth,
            country=known.country,
            credentials=tuple(known.credentials),
        )
    try:
        await unit(offering.save_partner, said)
    except (BadDid, BadBpn) as refusal:
        place = "did" if isinstance(refusal, BadDid) else "bpn"
        return await _partners_page(request, unit, given, {place: refusal.sentence(viewer_of(request).language)})
    seen = _say(request, "partners.saved_seen")
    return done(request, f"{HOME}/partners", Flash(happened=_say(request, "partners.saved"), seen_by=seen))


@post(f"{HOME}/partners/own", guards=[editor], status_code=200, include_in_schema=False)
async def own_number(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Our own business partner number. Raises NotTakingPart."""
    bpn = (await sent(request)).get("own", "").strip()
    try:
        await unit(offering.set_bpn, bpn or None)
    except BadBpn as refusal:
        return await _partners_page(
            request, unit, GivenPartner(), {"own": refusal.sentence(viewer_of(request).language)}
        )
    return done(request, f"{HOME}/partners", Flash(happened=_say(request, "partners.own_saved")))


@post(f"{HOME}/partners/block", guards=[editor], status_code=200, include_in_schema=False)
async def block_partner(request: AnyRequest, unit: Unit) -> Response[None]:
    """Block a partner, or let it in again. Raises PartnerNotFound."""
    form = await sent(request)
    blocked = form.get("blocked") == "yes"
    await unit(offering.block_partner, form.get("did", ""), blocked)
    happened = _say(request, "partners.now_blocked" if blocked else "partners.now_open")
    return done(request, f"{HOME}/partners", Flash(happened=happened))


handlers = [
    offers,
    join,
    withdraw,
    agreements,
    agreement,
    end_agreement,
    partners,
    add_partner,
    own_number,
    block_partner,
]
