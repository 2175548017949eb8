"""What `battery_pass` 6.1.0 demands: members with a star are required."""

from meguri.dataspaces.exchange import schema
from meguri.dataspaces.exchange.schema import (
    BOOLEAN,
    MOMENT,
    NUMBER,
    TEXT,
    Schema,
    between,
    like,
    one_of,
    several,
    thing,
)
from meguri.dataspaces.tractusx.parts import MOST_IN_HEADER

VERSION = "urn:io.catenax.battery.battery_pass:6.1.0"
SHORT: Schema = {"type": "string", "maxLength": MOST_IN_HEADER}
DOC = several(thing({"contentType*": TEXT, "header*": SHORT, "content*": TEXT}))
REC = thing({"value*": NUMBER, "time*": MOMENT})
PERCENT, POSITIVE = between(0, 100), {"type": "number", "minimum": 0}
SHARE_UNIT = one_of(
    *(f"unit:{name}" for name in ("percent", "percentVolume", "partPerThousand", "partPerMillion")),
    *(f"unit:{name}" for name in ("partPerBillionUs", "partPerTrillionUs")),
)
BPNL, BPNA = like(r"^BPNL[a-zA-Z0-9]{12}$"), like(r"^BPNA[a-zA-Z0-9]{12}$")
UUID = like(r"^(urn:uuid:)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
DAY = like(r"^\d{4}-\d{2}-\d{2}$")
FACILITIES = several(thing({"facility*": BPNA}))
LENGTHS = ("millimetre", "centimetre", "metre", "kilometre", "inch", "foot", "yard")
MASSES = ("gram", "kilogram", "tonneMetricTon", "tonUsOrShortTonUkorus", "ounceAvoirdupois", "pound")
LENGTH = thing({"value*": NUMBER, "unit*": one_of(*(f"unit:{name}" for name in LENGTHS))})
MASS = thing({"value*": NUMBER, "unit*": one_of(*(f"unit:{name}" for name in MASSES))})
SUBSTANCE_ID = several(thing({"id*": TEXT, "type*": one_of("CAS", "IUPAC", "EC"), "name*": TEXT}))


def _keyed(pattern: str) -> Schema:
    return several(thing({"key*": like(pattern), "value*": TEXT}))


def _identification() -> Schema:
    inner = thing(
        {
            "serial": _keyed(r"^(manufacturerId|partInstanceId|batchId|van|customKey:\w+)$"),
            "batch": _keyed(r"^(manufacturerId|batchId|customKey:\w+)$"),
            "type*": thing({"manufacturerPartId*": TEXT, "nameAtManufacturer*": TEXT}),
            "codes*": several(thing({"key*": TEXT, "value*": TEXT})),
            "dataCarrier*": thing({"carrierType*": TEXT, "carrierLayout*": TEXT}),
            "classification*": several(thing({"classificationStandard*": TEXT, "classificationID*": TEXT})),
        }
    )
    return thing(
        {
            "category*": one_of("SLI", "LMT", "EV", "industrial", "portable", "incorporated"),
            "idDmc*": TEXT,
            "chemistry*": TEXT,
            "identification*": inner,
        }
    )


def _active(**more: Schema) -> Schema:
    common = {"location*": TEXT, "recycled*": PERCENT, "critical*": BOOLEAN, "documentation*": DOC}
    return thing(common | {f"{name}*": held for name, held in more.items()})


def _hazard(**more: Schema) -> Schema:
    common = {"concentration*": POSITIVE, "location*": TEXT, "materialUnit*": SHARE_UNIT, "critical*": BOOLEAN}
    return thing(
        common | {"impactOfSubstances*": DOC, "documentation*": DOC} | {f"{name}*": held for name, held in more.items()}
    )


def _materials() -> Schema:
    composition = thing(
        {
            "id*": SUBSTANCE_ID,
            "concentration*": POSITIVE,
            "unit*": SHARE_UNIT,
            "critical*": BOOLEAN,
            "documentation*": DOC,
            "recycled*": PERCENT,
            "location*": TEXT,
            "renewable*": PERCENT,
        }
    )
    return thing(
        {
            "active*": thing(
                {
                    "nickel*": _active(),
                    "lithium*": _active(),
                    "cobalt*": _active(),
                    "lead*": _active(impactOfSubstances=DOC, concentration=POSITIVE, materialUnit=SHARE_UNIT),
                    "other": several(_active(materialIdentification=SUBSTANCE_ID)),
                }
            ),
            "hazardous*": thing(
                {
                    "cadmium*": _hazard(),
                    "mercury*": _hazard(),
                    "lead*": _hazard(recycled=PERCENT),
                    "other": several(_hazard(materialIdentification=SUBSTANCE_ID)),
                }
            ),
            "composition*": several(composition),
        }
    )


def _rated() -> Schema:
    testing = ("temperature", "depthOfDischarge", "appliedChargeRate", "appliedDischargeRate")
    return thing(
        {
            "voltage*": thing({"min*": NUMBER, "max*": NUMBER, "nominal*": NUMBER}),
            "roundTripEfficiency*": thing({"depthOfDischarge*": NUMBER, "initial*": NUMBER, "50PercentLife*": NUMBER}),
            "resistance*": thing({"cell*": NUMBER, "pack*": NUMBER, "module": NUMBER}),
            "power*": thing({"value*": NUMBER, "at20SoC*": NUMBER, "at80SoC*": NUMBER}),
            "capacity*": thing({"value*": NUMBER, "thresholdExhaustion*": NUMBER}),
            "temperature*": thing({"lower*": NUMBER, "upper*": NUMBER}),
            "selfDischargingRate*": NUMBER,
            "lifetime*": thing(
                {
                    "expectedYears*": NUMBER,
                    "report*": DOC,
                    "cycleLifeTesting*": thing({"cycles*": NUMBER} | {f"{name}*": NUMBER for name in testing}),
                }
            ),
        }
    )


def _dynamic() -> Schema:
    by_part = thing({"pack*": REC, "cell*": REC, "module": REC})
    return thing(
        {
            "stateOfCharge*": REC,
            "fullCycles*": REC,
            "selfDischargingRate*": NUMBER,
            "power*": thing({"fade*": REC, "remaining*": REC}),
            "capacity*": thing({"fade*": REC, "throughput*": REC, "capacity*": REC}),
            "roundTripEfficiency*": thing({"fade*": REC, "remaining*": REC}),
            "resistance*": thing({"increase*": by_part, "remaining*": by_part}),
            "energy*": thing({"soce*": REC, "remaining*": REC, "throughput": REC}),
        }
    )


def battery_pass() -> Schema:
    """The whole aspect."""
    footprint = thing(
        {
            "value*": POSITIVE,
            "rulebook*": DOC,
            "lifecycle*": TEXT,
            "unit*": TEXT,
            "type*": TEXT,
            "performanceClass": TEXT,
            "manufacturingPlant*": FACILITIES,
            "declaration*": DOC,
        }
    )
    return thing(
        {
            "specVersion": TEXT,
            "identification*": _identification(),
            "operation*": thing(
                {
                    "intoServiceDate": DAY,
                    "manufacturer*": thing({"facility*": FACILITIES, "manufacturer*": BPNL, "manufacturingDate": DAY}),
                }
            ),
            "characteristics*": thing(
                {
                    "warranty*": thing(
                        {
                            "lifeValue*": NUMBER,
                            "lifeUnit*": like(r"^unit:(day|month|year|cycle|runningOrOperatingHour)$"),
                        }
                    ),
                    "physicalDimension*": thing({"weight*": MASS, "height": LENGTH, "length": LENGTH, "width": LENGTH}),
                }
            ),
            "sustainability*": thing(
                {
                    "documents*": thing({"separateCollection*": DOC, "wastePrevention*": DOC}),
                    "carbonFootprint*": several(footprint),
                    "status*": one_of("original", "repurposed", "re-used", "remanufactured", "waste"),
                }
            ),
            "materials*": _materials(),
            "performance*": thing({"rated*": _rated(), "dynamic*": _dynamic()}),
            "conformity*": thing(
                {
                    "declarationOfConformityId": TEXT,
                    "declarationOfConformity*": DOC,
                    "resultOfTestReport*": DOC,
                    "thirdPartyAssurance*": DOC,
                    "dueDiligencePolicy*": DOC,
                }
            ),
            "safety*": thing(
                {
                    "usableExtinguishAgent*": several(thing({"media*": TEXT, "fireClass*": TEXT})),
                    "safetyMeasures*": DOC,
                    "meaningOfLabels*": DOC,
                    "dismantling*": DOC,
                }
            ),
            "metadata*": thing(
                {
                    "version*": TEXT,
                    "status": one_of("draft", "approved", "invalid", "expired"),
                    "expirationDate*": DAY,
                    "issueDate*": DAY,
                    "economicOperatorId*": BPNL,
                    "passportIdentifier*": UUID,
                    "predecessor*": UUID,
                    "backupReference*": TEXT,
                    "registrationIdentifier": TEXT,
                }
            ),
            "commercial*": thing({"placedOnMarket": DAY, "purpose*": several(TEXT)}),
            "handling*": thing(
                {
                    "applicable*": BOOLEAN,
                    "content*": thing(
                        {
                            "producer*": several(thing({"id*": BPNL})),
                            "sparePart*": several(thing({"manufacturerPartId*": TEXT, "nameAtManufacturer*": TEXT})),
                        }
                    ),
                }
            ),
        }
    )


faults = schema.checker(battery_pass)
