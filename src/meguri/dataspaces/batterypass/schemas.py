"""What each aspect demands: members with a star are required, others may stand beside them."""

from functools import partial

from meguri.dataspaces.exchange import schema
from meguri.dataspaces.exchange.schema import (
    BOOLEAN,
    INTEGER,
    MOMENT,
    NUMBER,
    TEXT,
    URI,
    Schema,
    between,
    like,
    one_of,
    several,
    thing,
)

CAS = like(r"^\d{2,7}-\d{2}-\d{1}$")
ADDRESS = thing({"addressCountry*": TEXT, "postalCode*": TEXT, "streetAddress*": TEXT})
CONTACT = thing(
    {
        "contactName*": TEXT,
        "postalAddress*": ADDRESS,
        "identifier*": TEXT,
        "emailAddress": like(r"^[w.-]+@[w.-]+.[A-Za-z]{2,}$"),
        "webAddress": URI,
    }
)


def general() -> Schema:
    """GeneralProductInformation 1.2.0."""
    return thing(
        {
            "productIdentifier*": TEXT,
            "batteryPassportIdentifier*": like(r"^urn:[a-z0-9]+:[a-z0-9]+$"),
            "batteryCategory*": one_of("lmt", "ev", "industrial", "stationary"),
            "manufacturerInformation*": CONTACT,
            "operatorInformation*": CONTACT,
            "manufacturingDate*": MOMENT,
            "puttingIntoService*": MOMENT,
            "batteryStatus*": one_of("Original", "Repurposed", "Reused", "Remanufactured", "Waste"),
            "batteryMass*": NUMBER,
            "manufacturingPlace*": ADDRESS,
            "warrentyPeriod*": like(r"^--(0[1-9]|1[0-2])(Z|[+-][0-9]{2}:[0-9]{2})?$"),
        }
    )


def carbon() -> Schema:
    """CarbonFootprintForBatteries 1.2.0."""
    stage = thing(
        {
            "lifecycleStage*": one_of("RawMaterialExtraction", "MainProduction", "Distribution", "Recycling"),
            "carbonFootprint*": NUMBER,
        }
    )
    return thing(
        {
            "batteryCarbonFootprint*": NUMBER,
            "carbonFootprintPerLifecycleStage*": several(stage),
            "carbonFootprintPerformanceClass*": TEXT,
            "carbonFootprintStudy*": URI,
            "absoluteCarbonFootprint": NUMBER,
        }
    )


def diligence() -> Schema:
    """SupplyChainDueDiligence 1.2.0."""
    return thing({"supplyChainDueDiligenceReport*": URI, "thirdPartyAussurances": URI, "supplyChainIndicies": NUMBER})


def materials() -> Schema:
    """MaterialComposition 1.2.0."""
    place = thing({"componentName*": TEXT, "componentId": TEXT})
    material = thing(
        {
            "batteryMaterialLocation*": place,
            "batteryMaterialIdentifier*": CAS,
            "batteryMaterialName*": TEXT,
            "batteryMaterialMass*": NUMBER,
            "isCriticalRawMaterial*": BOOLEAN,
        }
    )
    hazard = thing(
        {
            "hazardousSubstanceClass*": one_of("AcuteToxicity", "SkinCorrosionOrIrritation", "EyeDamageOrIrritation"),
            "hazardousSubstanceName*": TEXT,
            "hazardousSubstanceConcentration*": NUMBER,
            "hazardousSubstanceImpact*": several(TEXT),
            "hazardousSubstanceLocation*": place,
            "hazardousSubstanceIdentifier*": CAS,
        }
    )
    return thing(
        {
            "batteryChemistry*": thing({"shortName*": TEXT, "clearName*": TEXT}),
            "batteryMaterials*": several(material),
            "hazardousSubstances*": several(hazard),
        }
    )


def circularity() -> Schema:
    """Circularity 1.2.0."""
    kinds = one_of("BillOfMaterial", "Model3D", "DismantlingManual", "RemovalManual", "OtherManual", "Drawing")
    supplier = thing(
        {
            "nameOfSupplier*": TEXT,
            "addressOfSupplier*": ADDRESS,
            "emailAddressOfSupplier*": like(r"^[\w.-]+@[\w.-]+\.[A-Za-z]{2,}$"),
            "supplierWebAddress*": URI,
            "components*": several(thing({"partName*": TEXT, "partNumber*": TEXT})),
        }
    )
    recycled = thing(
        {
            "preConsumerShare*": between(0, 100),
            "recycledMaterial*": one_of("Cobalt", "Nickel", "Lithium", "Lead"),
            "postConsumerShare*": between(0, 100),
        }
    )
    return thing(
        {
            "dismantlingAndRemovalInformation*": several(
                thing({"documentType*": kinds, "mimeType*": TEXT, "documentURL*": URI})
            ),
            "sparePartSources*": several(supplier),
            "recycledContent*": several(recycled),
            "safetyMeasures*": thing({"safetyInstructions*": URI, "extinguishingAgent*": several(TEXT)}),
            "endOfLifeInformation*": thing(
                {"wastePrevention*": URI, "separateCollection*": URI, "informationOnCollection*": URI}
            ),
            "renewableContent*": NUMBER,
        }
    )


def labels() -> Schema:
    """Labeling 1.2.0."""
    label = thing(
        {
            "labelingSymbol*": URI,
            "labelingMeaning*": {"type": "object"},
            "labelingSubject*": one_of(
                "SeparateCollection", "HazardousMaterial", "CarbonFootPrint", "ExtinguishingAgent"
            ),
        }
    )
    return thing({"declarationOfConformity*": URI, "resultOfTestReport*": URI, "labels*": several(label)})


TECHNICAL: dict[str, Schema] = {
    "originalPowerCapability*": several(thing({"atSoC*": NUMBER, "powerCapabilityAt*": NUMBER})),
    "ratedMaximumPower*": NUMBER,
    "powerCapabilityRatio*": NUMBER,
    "ratedEnergy*": NUMBER,
    "expectedNumberOfCycles*": NUMBER,
    "initialSelfDischarge*": NUMBER,
    "roundtripEfficiency*": NUMBER,
    "ratedCapacity*": NUMBER,
    "initialInternalResistance*": several(
        thing({"ohmicResistance*": NUMBER, "batteryComponent*": one_of("pack", "module", "cell")})
    ),
    "expectedLifetime*": {**INTEGER, "minimum": -32768, "maximum": 32767},
    "cRate": NUMBER,
    "nominalVoltage*": NUMBER,
    "minimumVoltage*": NUMBER,
    "maximumVoltage*": NUMBER,
    "capacityThresholdForExhaustion*": NUMBER,
    "lifetimeReferenceTest*": URI,
    "cRateLifeCycleTest*": NUMBER,
}


def _stamped(name: str) -> Schema:
    return thing({f"{name}*": NUMBER, "lastUpdate*": MOMENT})


def performance(version: str) -> Schema:
    """PerformanceAndDurability 1.2.1, or its older form 1.2.0."""
    return thing(
        {
            "batteryTechicalProperties*": thing(TECHNICAL | _technical(version)),
            "batteryCondition*": thing(_condition(version)),
        }
    )


def _technical(version: str) -> dict[str, Schema]:
    if version == "1.2.0":
        return {"temperatureRangeIdleState*": between(-20, 60)}
    bound = between(-100, 200)
    return {
        "temperatureRangeIdleState*": thing({"minimum*": bound, "maximum*": bound}),
        "roundTripEfficiencyat50PerCentCycleLife*": NUMBER,
        "roundTripEfficiencyFade*": NUMBER,
        "powerFade*": NUMBER,
    }


def _condition(version: str) -> dict[str, Schema]:
    old = version == "1.2.0"
    point = thing({"rPCLastUpdated*": MOMENT, "atSoC*": NUMBER, "powerCapabilityAt*": NUMBER})
    remaining = thing({"remainingPowerCapabilityValue*": point, "lastUpdate*": MOMENT})
    times = ("timeExtremeHighTemp", "timeExtremeLowTemp", "timeExtremeHighTempCharging", "timeExtremeLowTempCharging")
    increase = {"internalResistanceIncreaseValue*": NUMBER, "lastUpdate*": MOMENT}
    made: dict[str, Schema] = {
        **{f"{name}*": _stamped(f"{name}Value") for name in STAMPED},
        "energyThroughput*": NUMBER if old else _stamped("energyThroughputValue"),
        "remainingEnergy*": _stamped("remainingEnergyalue" if old else "remainingEnergyValue"),
        "evolutionOfSelfDischarge*": _stamped(f"evolutionOfSelfDischarge{'Entity' if old else ''}Value"),
        "currentSelfDischargingRate*": _stamped(f"currentSelfDischargingRate{'Entity' if old else 'Value'}"),
        "negativeEvents*": several(thing({"negativeEvent*": TEXT, "lastUpdate*": MOMENT})),
        "temperatureInformation*": thing({**{f"{time}*": NUMBER for time in times}, "lastUpdate*": MOMENT}),
        "remainingPowerCapability*": several(remaining) if old else remaining,
        "internalResistanceIncrease*": several(
            thing({**increase, "batteryComponent*": one_of("pack", "module", "cell")})
        ),
    }
    if old:
        made |= {f"{name}*": NUMBER for name in MOVED}
    return made


STAMPED = (
    "capacityThroughput",
    "numberOfFullCycles",
    "stateOfCertifiedEnergy",
    "capacityFade",
    "remainingCapacity",
    "remainingRoundTripEnergyEfficiency",
    "stateOfCharge",
)
MOVED = ("powerFade", "roundTripEfficiencyFade", "roundTripEfficiencyat50PerCentCycleLife")

faults_of_general = schema.checker(general)
faults_of_carbon = schema.checker(carbon)
faults_of_diligence = schema.checker(diligence)
faults_of_materials = schema.checker(materials)
faults_of_circularity = schema.checker(circularity)
faults_of_labels = schema.checker(labels)
faults_of_performance = schema.checker(partial(performance, "1.2.1"))
faults_of_old_performance = schema.checker(partial(performance, "1.2.0"))
