"""The metadata graph of one caller (DCAT 3): built of what it may see, so that no count or order betrays anything else."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from meguri.dataspaces.dsp.kinds import short_name
from meguri.dataspaces.dsp.model import Dataset, Participant
from meguri.dataspaces.dsp.starting import base_of, root_of
from meguri.dataspaces.node import node
from meguri.kernel.clock import seconds_z
from meguri.kernel.text import SPOKEN
from meguri.ui.words import say

DCAT, DCT = "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/"
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
ODRL, PROV, XSD = "http://www.w3.org/ns/odrl/2/", "http://www.w3.org/ns/prov#", "http://www.w3.org/2001/XMLSchema#"
PREFIXES = {"dcat": DCAT, "dct": DCT, "odrl": ODRL, "prov": PROV, "xsd": XSD}
SERVICES = {
    "dsp": ("Dataspace Protocol 2025-1", "https://w3id.org/dspace/2025/1/"),
    "aas": ("Asset Administration Shell", "https://admin-shell.io/aas/API/3/0/"),
    "epcis": ("EPCIS 2.0", "https://ref.gs1.org/epcis/"),
    "dpp": ("EN 18222", "https://standards.cencenelec.eu/en-18222"),
    "ouranos": ("Ouranos data transport", "https://github.com/ouranos-ecosystem-idi"),
}


def _iri(text: str) -> NamedNode | Literal:
    try:
        return NamedNode(text)
    except ValueError:
        return Literal(text)


def triples(participant: Participant, datasets: Sequence[Dataset]) -> Iterator[Triple]:
    """The catalog, its services and the datasets that the caller sees. No values, only metadata."""
    catalog = NamedNode(f"{root_of(participant)}#catalog")
    yield Triple(catalog, RDF_TYPE, NamedNode(DCAT + "Catalog"))
    yield Triple(catalog, NamedNode(DCT + "publisher"), _iri(participant.did))
    for language in SPOKEN:
        for term in ("title", "description"):
            said = say(f"dataspaces.metadata.{term}", language)
            yield Triple(catalog, NamedNode(DCT + term), Literal(said, language=language))
    for name, address in _addresses(participant).items():
        service = NamedNode(f"{root_of(participant)}#{name}")
        yield Triple(catalog, NamedNode(DCAT + "service"), service)
        yield Triple(service, RDF_TYPE, NamedNode(DCAT + "DataService"))
        yield Triple(service, NamedNode(DCT + "title"), Literal(SERVICES[name][0], language="en"))
        yield Triple(service, NamedNode(DCAT + "endpointURL"), _iri(address))
        yield Triple(service, NamedNode(DCT + "conformsTo"), _iri(SERVICES[name][1]))
    for one in datasets:
        yield from _dataset(catalog, participant, one)


def _addresses(participant: Participant) -> dict[str, str]:
    tenant = f"{node().url}/t/{participant.tenant}"
    return {
        "dsp": base_of(participant),
        "aas": f"{tenant}/api/v3.0",
        "epcis": f"{tenant}/epcis/v2",
        "dpp": f"{node().url}/v1",
        "ouranos": f"{node().url}/api/v1/datatransport",
    }


def _dataset(catalog: NamedNode, participant: Participant, one: Dataset) -> Iterator[Triple]:
    subject = _iri(one.dataset_id)
    if isinstance(subject, Literal):
        subject = NamedNode(f"urn:meguri:dataset:{one.dataset_id}")
    yield Triple(catalog, NamedNode(DCAT + "dataset"), subject)
    yield Triple(subject, RDF_TYPE, NamedNode(DCAT + "Dataset"))
    for language, text in one.title.items():
        yield Triple(subject, NamedNode(DCT + "title"), Literal(text, language=language))
    if kind := short_name(one.type_iri):
        for language in SPOKEN:
            said = say(f"dataspaces.kind.{kind}", language)
            yield Triple(subject, NamedNode(DCT + "description"), Literal(said, language=language))
    yield Triple(subject, NamedNode(DCT + "type"), _iri(one.type_iri))
    yield Triple(subject, NamedNode(DCT + "publisher"), _iri(participant.did))
    moment = Literal(seconds_z(one.modified), datatype=NamedNode(XSD + "dateTime"))
    yield Triple(subject, NamedNode(DCT + "modified"), moment)
    if one.conforms_to:
        yield Triple(subject, NamedNode(DCT + "conformsTo"), _iri(one.conforms_to))
    if one.trace_id:
        yield Triple(subject, NamedNode(DCT + "identifier"), Literal(one.trace_id))
        if one.content_version > 1:
            yield Triple(subject, NamedNode(PROV + "wasDerivedFrom"), _iri(f"urn:uuid:{one.trace_id}"))
    yield from _distributions(subject, participant, one)
    offer = _iri(one.offer_id)
    policy = offer if isinstance(offer, NamedNode) else BlankNode()
    yield Triple(subject, NamedNode(ODRL + "hasPolicy"), policy)
    yield Triple(policy, RDF_TYPE, NamedNode(ODRL + "Offer"))


def _distributions(subject: NamedNode, participant: Participant, one: Dataset) -> Iterator[Triple]:
    """How the data are had: by a contract at the protocol's service, in each format that is offered."""
    service = NamedNode(f"{root_of(participant)}#dsp")
    yield Triple(service, NamedNode(DCAT + "servesDataset"), subject)
    for form in one.formats:
        distribution = NamedNode(f"{subject.value}#{quote(form, safe='')}")
        yield Triple(subject, NamedNode(DCAT + "distribution"), distribution)
        yield Triple(distribution, RDF_TYPE, NamedNode(DCAT + "Distribution"))
        yield Triple(distribution, NamedNode(DCT + "format"), Literal(form))
        yield Triple(distribution, NamedNode(DCAT + "accessService"), service)
        yield Triple(distribution, NamedNode(DCAT + "accessURL"), _iri(base_of(participant)))


def serialized(found: Sequence[Triple], form: RdfFormat) -> bytes:
    """The graph as Turtle or JSON-LD."""
    written = serialize(found, format=form, prefixes=PREFIXES)
    assert written is not None  # noqa: S101  # without a file it is given back
    return bytes(written)


def ntriples(found: Sequence[Triple]) -> bytes:
    """The graph, line by line: how it goes to the process that answers queries."""
    written: Any = serialize(found, format=RdfFormat.N_TRIPLES)
    return bytes(written or b"")
