"""What UNTP demands of a product passport, per version: members with a star are required; some classes are closed."""

from functools import partial

from meguri.dataspaces.exchange import schema
from meguri.dataspaces.exchange.schema import (
    ANY,
    BOOLEAN,
    DATE,
    MOMENT,
    NUMBER,
    TEXT,
    URI,
    Schema,
    between,
    including,
    one_of,
    several,
    starting,
    thing,
)

W3C = "https://www.w3.org/ns/credentials/v2"
CONTEXT = {
    "0.6.0": "https://test.uncefact.org/vocabulary/untp/dpp/0.6.0/",
    "0.6.1": "https://test.uncefact.org/vocabulary/untp/dpp/0.6.1/",
    "0.7.0": "https://vocabulary.uncefact.org/untp/0.7.0/context/",
}
TOPICS = [
    "environment.energy",
    "environment.emissions",
    "environment.water",
    "environment.waste",
    "environment.deforestation",
    "environment.biodiversity",
    "circularity.content",
    "circularity.design",
    "social.labour",
    "social.rights",
    "social.community",
    "social.safety",
    "governance.ethics",
    "governance.compliance",
    "governance.transparency",
]
PARTY = thing({"id*": URI, "name*": TEXT, "registeredId": TEXT})


def _closed(name: str, members: dict[str, Schema]) -> Schema:
    return thing({"type": including(name), **members}, closed=True)


MEASURE = _closed("Measure", {"value*": NUMBER, "unit*": TEXT})
LINK = _closed("Link", {"linkURL": URI, "linkName": TEXT, "linkType": TEXT})
METRIC = _closed("Metric", {"metricName*": TEXT, "metricValue*": MEASURE, "score": TEXT, "accuracy": NUMBER})
CLASSIFICATION = _closed(
    "Classification", {"id*": URI, "code": TEXT, "name*": TEXT, "schemeID": URI, "schemeName": TEXT}
)
STANDARD = _closed("Standard", {"id": URI, "name": TEXT, "issuingParty*": PARTY, "issueDate": DATE})
REGULATION = _closed(
    "Regulation",
    {"id": URI, "name": TEXT, "jurisdictionCountry": TEXT, "administeredBy*": PARTY, "effectiveDate": DATE},
)
CRITERION = _closed(
    "Criterion",
    {
        "id*": URI,
        "name*": TEXT,
        "description*": TEXT,
        "conformityTopic*": one_of(*TOPICS),
        "status*": one_of("proposed", "active", "deprecated"),
        "subCriterion": several(ANY),
        "thresholdValue": METRIC,
        "performanceLevel": TEXT,
        "category": several(CLASSIFICATION),
        "tag": several(TEXT),
    },
)
EVIDENCE = _closed(
    "SecureLink",
    {
        "linkURL": URI,
        "linkName": TEXT,
        "linkType": TEXT,
        "hashDigest": TEXT,
        "hashMethod": one_of("SHA-256", "SHA-1"),
    },
)
ISSUER = _closed("CredentialIssuer", {"id*": URI, "name*": TEXT, "issuerAlsoKnownAs": several(PARTY)})
WEIGHT = dict.fromkeys(("weight", "length", "width", "height", "volume"), MEASURE)


def _claim(version: str) -> Schema:
    members: dict[str, Schema] = {
        "type": including("Claim", "Declaration"),
        "id*": URI,
        "description": TEXT,
        "referenceStandard": STANDARD,
        "referenceRegulation": REGULATION,
        "assessmentCriteria": several(CRITERION),
        "assessmentDate": DATE,
        "declaredValue": several(METRIC),
        "conformityTopic*": one_of(*TOPICS),
        "conformityEvidence": EVIDENCE,
    }
    return thing(members if version == "0.6.0" else {**members, "conformance*": BOOLEAN})


def _product() -> Schema:
    return thing(
        {
            "type": including("Product"),
            "id*": URI,
            "name*": TEXT,
            "registeredId": TEXT,
            "idScheme": thing({"type": including("IdentifierScheme"), "id": URI, "name": TEXT}, closed=True),
            "batchNumber": TEXT,
            "serialNumber": TEXT,
            "description": TEXT,
            "productCategory": several(CLASSIFICATION),
            "furtherInformation": several(LINK),
            "producedByParty": PARTY,
            "producedAtFacility": PARTY,
            "productionDate": DATE,
            "countryOfProduction": TEXT,
            "dimensions": thing({"type": including("Dimension"), **WEIGHT}),
        }
    )


def _passport(version: str) -> Schema:
    emissions = thing(
        {
            "carbonFootprint*": NUMBER,
            "declaredUnit*": TEXT,
            "operationalScope*": one_of("None", "CradleToGate", "CradleToGrave"),
            "primarySourcedRatio*": between(0, 1),
            "reportingStandard": STANDARD,
        }
    )
    material = thing(
        {
            "name*": TEXT,
            "originCountry": TEXT,
            "materialType": CLASSIFICATION,
            "massFraction": NUMBER,
            "mass": MEASURE,
            "recycledMassFraction": NUMBER,
            "hazardous": BOOLEAN,
        }
    )
    return thing(
        {
            "type": including("ProductPassport"),
            "id": URI,
            "product": _product(),
            "granularityLevel": one_of("item", "batch", "model"),
            "conformityClaim": several(_claim(version)),
            "emissionsScorecard": emissions,
            "circularityScorecard": thing(
                {
                    "recyclingInformation": LINK,
                    "repairInformation": LINK,
                    "recyclableContent": NUMBER,
                    "recycledContent": NUMBER,
                }
            ),
            "dueDiligenceDeclaration": LINK,
            "materialsProvenance": several(material),
        }
    )


def dpp(version: str) -> Schema:
    """The whole credential."""
    head: dict[str, Schema] = {
        "type": including("DigitalProductPassport", "VerifiableCredential"),
        "@context*": starting(W3C, CONTEXT[version]),
        "id*": URI,
        "issuer*": ISSUER,
        "validUntil": MOMENT,
    }
    if version != "0.7.0":
        return thing(head | {"validFrom": MOMENT, "credentialSubject": _passport(version)})
    status = thing({"statusListIndex": {"type": "integer"}})
    return thing(
        head
        | {"validFrom*": MOMENT, "name*": TEXT, "credentialSubject*": _product_of_070(), "credentialStatus": status}
    )


def _product_of_070() -> Schema:
    named = thing({"id*": URI, "name*": TEXT})
    kind = thing({"code*": TEXT, "name*": TEXT, "schemeId*": URI, "schemeName*": TEXT})
    country = thing({"countryCode*": TEXT, "countryName": TEXT})
    measure = thing({"value*": NUMBER, "unit*": TEXT})
    performance = {
        **thing({"metric*": named, "measure": measure, "score": thing({"code*": TEXT})}),
        "anyOf": [{"required": ["measure"]}, {"required": ["score"]}],
    }
    claim = thing(
        {
            "id*": URI,
            "name*": TEXT,
            "referenceCriteria*": several(named),
            "claimDate*": DATE,
            "claimedPerformance*": several(performance),
            "conformityTopic*": several(named),
        }
    )
    material = thing({"name*": TEXT, "originCountry*": country, "materialType*": kind, "massFraction*": between(0, 1)})
    return thing(
        {
            "id*": URI,
            "name*": TEXT,
            "idScheme*": named,
            "productCategory*": several(kind, 1),
            "idGranularity*": one_of("item", "batch", "model"),
            "producedAtFacility*": named,
            "countryOfProduction*": country,
            "modelNumber": TEXT,
            "batchNumber": TEXT,
            "itemNumber": TEXT,
            "productionDate": DATE,
            "dimensions": thing(dict.fromkeys(WEIGHT, measure)),
            "materialProvenance": several(material),
            "performanceClaim": several(claim),
        }
    )


faults = {version: schema.checker(partial(dpp, version)) for version in CONTEXT}
