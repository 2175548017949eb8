"""The kinds of datasets that a company can offer: what each is about, in which forms it is had, and for what it is usually used.

Source of the types that are not our own: the taxonomy of Catena-X (`https://w3id.org/catenax/taxonomy#`).
"""

from enum import StrEnum

import msgspec

from meguri.dataspaces.dsp.terms import PULL, PUSH

TYPE = "urn:meguri:type:v1:"
TAXONOMY = "https://w3id.org/catenax/taxonomy#"


class About(StrEnum):
    """What a dataset is about, so what has to be named to offer it."""

    PART = "part"
    DIAGNOSIS = "diagnosis"
    BATTERY = "battery"
    EVENTS = "events"
    COMPANY = "company"


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of dataset.

    purpose     what it is usually used for (a code of the policy's `purpose`)
    cx_purpose  the same in the usage policies of Catena-X
    interface   which interface answers, for what does not come whole
    """

    key: str
    type_iri: str
    about: About
    purpose: str
    cx_purpose: str = "cx.core.industrycore:1"
    formats: tuple[str, ...] = (PULL,)
    interface: str | None = None


_ALL = (
    Kind(
        key="cfp-result",
        type_iri=TYPE + "CfpResult",
        about=About.PART,
        purpose="cfp.supplyChain",
        cx_purpose="cx.pcf.base:1",
        formats=(PULL, PUSH),
    ),
    Kind(key="parts-structure", type_iri=TYPE + "SingleLevelStructure", about=About.PART, purpose="cfp.supplyChain"),
    Kind(key="dd-result", type_iri=TYPE + "DueDiligenceResult", about=About.PART, purpose="dd.supplyChain"),
    Kind(
        key="soh-valuation",
        type_iri=TYPE + "SohValuation",
        about=About.DIAGNOSIS,
        purpose="reuse.valuation",
        cx_purpose="cx.circular.dpp:1",
    ),
    Kind(
        key="recycling-certificate",
        type_iri=TYPE + "RecyclingCertificate",
        about=About.BATTERY,
        purpose="recycling",
        cx_purpose="cx.circular.dpp:1",
    ),
    Kind(
        key="epcis-query",
        type_iri=TYPE + "EpcisQuery",
        about=About.EVENTS,
        purpose="quality",
        interface="epcis",
    ),
    Kind(
        key="aas-registry",
        type_iri=TAXONOMY + "DigitalTwinRegistry",
        about=About.COMPANY,
        purpose="passport.legal",
        cx_purpose="cx.core.digitalTwinRegistry:1",
        interface="aas-registry",
    ),
    Kind(
        key="aas-submodels",
        type_iri=TAXONOMY + "Submodel",
        about=About.PART,
        purpose="quality",
        interface="aas-submodels",
    ),
    Kind(
        key="notification-inbox",
        type_iri=TAXONOMY + "DigitalTwinEventAPI",
        about=About.COMPANY,
        purpose="quality",
        interface="notifications",
    ),
)
KINDS = {one.key: one for one in _ALL}
"""What our people choose from, in this order. Passports that are handed over are offered by the hand-over itself."""

INTERFACES = frozenset(one.type_iri for one in _ALL if one.interface)
"""Types of datasets that are not fetched but called: a transfer of them stays open."""


def short_name(type_iri: str) -> str:
    """The key of a type, "" for one that is none of ours."""
    return next((one.key for one in _ALL if one.type_iri == type_iri), "")
