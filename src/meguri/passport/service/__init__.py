"""What other rooms may ask of passports. Each function is described where it is made; all raise refusals of `errors`.

Every use case is `async def f(tx, scope, …)`: one transaction, its audit, its entry in the access register. `identifier` is a
passport's UUID, `urn:uuid:…`, its `dpp_id`, or a product identifier in any spelling of EN 18219 (then the active passport).

make and write
    issue(tx, scope, NewPassport, *, base=None) -> Issued            a model's, a batch's or an item's passport
    change(tx, scope, identifier, values, *, expected_version, reason, overrides, source, reference) -> Issued
    publish(tx, scope, identifier, *, expected_version) -> Issued    Draft → Active; PublishIncomplete names every gap
    delete(tx, scope, identifier)                                    drafts only
    erase_personal(tx, scope, identifier, keys=None) -> Issued            takes personal data out of all versions, leaving the mark
    propagate(tx, scope, model, *, dry_run, only) -> Propagation     a corrected model into issued items
read (`ANONYMOUS` is the scope of a reader who is nobody)
    read(tx, scope, identifier, *, by_product, what) -> View         as the caller may see it; entered in the register
    read_public(tx, scope, identifier, *, by_product) -> View        as everyone sees it; for pages and caches
    site(tx, gln) -> Place; party(tx, gln) -> Place                  what published passports say of a GLN
    read_at(tx, scope, identifier, moment) -> View                   as it was; by today's classes
    read_version(tx, scope, identifier, number) -> View
    element(tx, scope, identifier, key) -> (View, value)
    history(tx, scope, identifier, *, below, limit) -> ([VersionOut], Record)
    completeness(tx, scope, identifier, profile) -> (Report, [FindingOut], scope status)
    slices(tx, scope, identifier) -> (View, class → salted slice)    what credentials hold
    events(tx, scope, identifier) -> [LifeEvent]                     what happened, ready for EPCIS 2.0
    events_recorded(tx, scope, *, after, since, limit) -> [LifeEvent]  an operator's own, in the order of recording
    ancestry(tx, scope, identifier) -> [Ancestor]                    the whole descent
    ids_of_products(tx, [product ids]) -> [dpp_id]
    search(tx, scope, Wanted, …) -> Found                            own passports, and those opened by a grant
    known(tx, identifier) -> Record | None; document_of(tx, record)  within the house, unfiltered: never to be shown
life
    put_into_service(tx, scope, identifier, month, *, at, system_id, expected_version) -> Issued
    repair(tx, scope, identifier, *, description, at, determined, not_determined, …) -> Issued
    declare_waste(tx, scope, identifier, *, at, reason, determined, not_determined, manifest_no) -> Issued
    recycle(tx, scope, identifier, *, recycling_record_id, at) -> Issued       the passport ceases
    record_event(tx, scope, identifier, *, type, at, severity, description, document_ids, event_id) -> Issued
    set_state(tx, scope, identifier, Happening.SUSPEND|RESUME|INVALIDATE, *, reason) -> Issued
    succeed(tx, scope, Succession, *, base) -> Succeeded             second life, n → 1 and 1 → n, in one transaction
measured values
    record_readings(tx, scope, identifier, Batch) -> Recorded        good ones kept, each bad one named
    readings(tx, scope, identifier, *, attribute, before, limit) -> [Measured]
    confirm_reading(tx, scope, identifier, attribute, measured_at) -> version
responsibility
    propose_transfer(tx, scope, NewTransfer) -> Transfer; accept_transfer(tx, scope, transfer_id, Acceptance) -> Transfer
    reject_transfer, withdraw_transfer(tx, scope, transfer_id) -> Transfer; transfer, transfers
    bundle(tx, scope, transfer_id) -> Bundle; propose_from(tx, scope, Bundle, taker_id); accepted_elsewhere(tx, scope, id, proof)
                                                                     the other side is on another installation
    claim_by_evidence(tx, scope, identifier, *, reason, evidence_document_ids) -> Transfer; then confirm_evidence by an authority
access
    standing_of(tx, scope, record) -> Standing                       audiences and classes of a caller
    request_access, approve, deny, withdraw, requests, request; grant, revoke, suspend, grants, granted
    delegate, end_delegation, delegations; set_role, end_role, roles (authorities)
oversight, for authorities
    oversee(tx, scope, Overseen, *, after, limit) -> [Listed], rest; counted(tx, scope) -> [Count]; export(tx, scope, Overseen)
    open_by_law(tx, scope, passport_id, Opening) -> View             the legal ground stays in the owner's register
"""

from meguri.passport.service.belongings import opening, stored
from meguri.passport.service.elsewhere import (
    Bundle,
    accepted_elsewhere,
    bundle,
    proof_of,
    propose_from,
    signed_terms,
)
from meguri.passport.service.erasing import erase_personal, personal_in
from meguri.passport.service.granting import (
    NewGrant,
    NewRequest,
    ReachInput,
    approve,
    delegate,
    delegations,
    deny,
    end_delegation,
    end_role,
    grant,
    granted,
    grants,
    request,
    request_access,
    requests,
    revoke,
    set_role,
    suspend,
    withdraw,
)
from meguri.passport.service.issuing import change, delete, issue, publish
from meguri.passport.service.living import declare_waste, put_into_service, record_event, recycle, repair, set_state
from meguri.passport.service.measuring import Batch, Recorded, confirm_reading, readings, record_readings
from meguri.passport.service.moving import (
    NOTHING_SAID,
    Acceptance,
    NewTransfer,
    Transfer,
    accept_transfer,
    claim_by_evidence,
    confirm_evidence,
    propose_transfer,
    reject_transfer,
    transfer,
    transfers,
    withdraw_transfer,
)
from meguri.passport.service.overseeing import (
    Listed,
    Opening,
    Overseen,
    counted,
    demand_authority,
    export,
    open_by_law,
    oversee,
    overseen,
    reads_by_law,
    roles,
)
from meguri.passport.service.places import Place, party, site
from meguri.passport.service.propagating import Propagation, propagate
from meguri.passport.service.reading import (
    ancestry,
    by_internal_id,
    completeness,
    document_of,
    element,
    events,
    history,
    ids_of_products,
    known,
    note_refusal,
    owned,
    possible,
    read,
    read_at,
    read_public,
    read_version,
    slices,
)
from meguri.passport.service.searching import Found, events_recorded, search
from meguri.passport.service.standing import ANONYMOUS, find, is_authority
from meguri.passport.service.standing import standing as standing_of
from meguri.passport.service.succeeding import Part, Succeeded, Succession, Successor, succeed
from meguri.passport.service.warning import dangers
from meguri.passport.store import Wanted

__all__ = [
    "ANONYMOUS",
    "NOTHING_SAID",
    "Acceptance",
    "Batch",
    "Bundle",
    "Found",
    "Listed",
    "NewGrant",
    "NewRequest",
    "NewTransfer",
    "Opening",
    "Overseen",
    "Part",
    "Place",
    "Propagation",
    "ReachInput",
    "Recorded",
    "Succeeded",
    "Succession",
    "Successor",
    "Transfer",
    "Wanted",
    "accept_transfer",
    "accepted_elsewhere",
    "ancestry",
    "approve",
    "bundle",
    "by_internal_id",
    "change",
    "claim_by_evidence",
    "completeness",
    "confirm_evidence",
    "confirm_reading",
    "counted",
    "dangers",
    "declare_waste",
    "delegate",
    "delegations",
    "delete",
    "demand_authority",
    "deny",
    "document_of",
    "element",
    "end_delegation",
    "end_role",
    "erase_personal",
    "events",
    "events_recorded",
    "export",
    "find",
    "grant",
    "granted",
    "grants",
    "history",
    "ids_of_products",
    "is_authority",
    "issue",
    "known",
    "note_refusal",
    "open_by_law",
    "opening",
    "oversee",
    "overseen",
    "owned",
    "party",
    "personal_in",
    "possible",
    "proof_of",
    "propagate",
    "propose_from",
    "propose_transfer",
    "publish",
    "put_into_service",
    "read",
    "read_at",
    "read_public",
    "read_version",
    "readings",
    "reads_by_law",
    "record_event",
    "record_readings",
    "recycle",
    "reject_transfer",
    "repair",
    "request",
    "request_access",
    "requests",
    "revoke",
    "roles",
    "search",
    "set_role",
    "set_state",
    "signed_terms",
    "site",
    "slices",
    "standing_of",
    "stored",
    "succeed",
    "suspend",
    "transfer",
    "transfers",
    "withdraw",
    "withdraw_transfer",
]
