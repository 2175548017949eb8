"""The submodel templates of IDTA 02035: which element each idShort is, and by which concept it is known."""

from typing import NamedTuple

from meguri.dataspaces.aas.battery.elements import Group, Link, Prop, Rows, Template, Words

T = "urn:samm:io.admin-shell.idta.batterypass.technical_data:1.0.0#"
N = "urn:samm:io.admin-shell.idta.batterypass.digital_nameplate:1.0.0#"
H = "urn:samm:io.admin-shell.idta.handover_documentation:2.0.0#"
C = "urn:samm:io.admin-shell.idta.batterypass.product_condition:1.0.1#"
M = "urn:samm:io.admin-shell.idta.batterypass.material_composition:1.0.1#"
Z = "urn:samm:io.admin-shell.idta.batterypass.circularity:1.0.0#"
IEC, ECLASS = "0112/2///61987#", "0173-1#02-"
STRING, FLOAT, DATE, MOMENT = "xs:string", "xs:float", "xs:date", "xs:dateTime"


class Part(NamedTuple):
    """One part: its submodel's idShort, concept, version, and elements."""

    name: str
    semantic: str
    version: str
    members: dict[str, Template]


def lower(name: str) -> str:
    """`NominalVoltage` → `nominalVoltage`."""
    return name[0].lower() + name[1:]


def _float(concept: str, space: str = T) -> Prop:
    return Prop(FLOAT, concept if "#" in concept else space + concept)


ADDRESS: dict[str, Template] = {"Street": Words(), "Zipcode": Words(), "CityTown": Words(), "NationalCode": Words()}
MARKING = Group(
    {
        "MarkingName": Prop(STRING),
        "DesignationOfCertificateOrApproval": Prop(STRING),
        "IssueDate": Prop(DATE),
        "ExpiryDate": Prop(DATE),
        "MarkingFile": Link(media_type="image/svg+xml"),
        "MarkingAdditionalText": Rows(Prop(STRING)),
    },
    "0112/2///61360_7#AAS009#001",
)
DOCUMENT_ID = Prop(STRING, f"{H}DocumentIdentifier")
NAMEPLATE = Part(
    "BatteryNameplate",
    "https://admin-shell.io/idta/digitalbatterypassport/nameplate/1/0/Nameplate",
    "1.0",
    {
        "URIOfTheProduct": Prop("xs:anyURI", f"{IEC}ABN590#002"),
        "ManufacturerName": Words(f"{IEC}ABA565#009"),
        "AddressInformation": Group(
            ADDRESS, "https://admin-shell.io/zvei/nameplate/1/0/ContactInformations/AddressInformation"
        ),
        "SerialNumber": Prop(STRING, f"{IEC}ABA951#009"),
        "DateOfManufacture": Prop(DATE, f"{IEC}ABB757#007"),
        "DateOfPuttingIntoService": Prop(DATE, f"{N}dateOfPuttingIntoService"),
        "UniqueFacilityIdentifier": Prop(STRING, "https://admin-shell.io/idta/nameplate/3/0/UniqueFacilityIdentifier"),
        "LifeCycleStage": Prop(STRING, f"{ECLASS}ABL841#001"),
        "OperatorIdentifier": Prop(STRING, f"{N}operatorIdentifier"),
        "ManufacturerIdentifier": Prop(STRING, f"{T}manufacturerIdentifier"),
        "Markings": Rows(MARKING, "0112/2///61360_7#AAS006"),
        "EUDeclarationOfConformity": Rows(DOCUMENT_ID, f"{N}eUDeclarationOfConformity"),
        "ResultsOfTestReportsProvingCompliance": Rows(DOCUMENT_ID, f"{N}resultsOfTestReportsProvingCompliance"),
    },
)
DOCUMENT = Group(
    {
        "DocumentIds": Rows(
            Group(
                {
                    "DocumentDomainId": Prop(STRING),
                    "DocumentIdentifier": DOCUMENT_ID,
                    "DocumentIsPrimary": Prop("xs:boolean"),
                }
            )
        ),
        "DocumentClassifications": Rows(
            Group({"ClassId": Prop(STRING), "ClassName": Words(), "ClassificationSystem": Prop(STRING)})
        ),
        "DocumentVersions": Rows(
            Group(
                {
                    "Language": Rows(Prop(STRING)),
                    "Version": Prop(STRING),
                    "Title": Words(),
                    "Description": Words(),
                    "DigitalFiles": Rows(Link()),
                }
            )
        ),
    },
    f"{ECLASS}ABI500#003/0173-1#01-AHF579#003",
)
HANDOVER = Part(
    "HandoverDocumentation", "0173-1#01-AHF578#003", "1.0", {"Documents": Rows(DOCUMENT, f"{ECLASS}ABI500#003")}
)
FOOTPRINT = Group(
    {
        "PcfCalculationMethods": Rows(Prop(STRING)),
        "PcfCO2eq": Prop("xs:decimal", f"{ECLASS}ABG855#003"),
        "ReferenceImpactUnitForCalculation": Prop(STRING, f"{ECLASS}ABG856#003"),
        "QuantityOfMeasureForCalculation": Prop("xs:double", f"{ECLASS}ABG857#003"),
        "LifeCyclePhases": Rows(Prop(STRING, f"{ECLASS}ABG858#004")),
        "PerformanceClass": Prop(STRING),
        "WebLinkToPublicCarbonFootprintStudy": Rows(Prop("xs:anyURI")),
    }
)
CARBON = Part(
    "CarbonFootprint",
    "https://admin-shell.io/idta/CarbonFootprint/CarbonFootprint/1/0",
    "1.0",
    {"ProductCarbonFootprints": Rows(FOOTPRINT)},
)
_VOLTAGE: dict[str, Template] = {
    "NominalVoltage": _float(f"{ECLASS}ABL588#001"),
    "MinVoltage": _float(f"{ECLASS}ABL587#001"),
    "MaxVoltage": _float(f"{ECLASS}ABL589#001"),
    "RatedCapacity": _float(f"{ECLASS}ABL869#002"),
    "CapacityFade": _float(f"{ECLASS}ABL828#002"),
    "CertifiedUsableBatteryEnergy": _float(f"{ECLASS}ABL829#002"),
}
_EFFICIENCY: dict[str, Template] = {
    "InitialRoundTripEnergyEfficiency": Prop("xs:integer", f"{ECLASS}ABL833#002"),
    "RoundTripEnergyEfficiencyAt50PercentOfCycleLife": Prop("xs:integer", f"{ECLASS}ABL866#002"),
    "EnergyRoundTripEfficiencyFade": _float(f"{ECLASS}ABL827#002"),
    "InitialSelfDischargingRate": Prop("xs:integer", f"{ECLASS}ABL834#002"),
}
_RESISTANCE: dict[str, Template] = {
    "InitialInternalResistanceOnBatteryCellLevel": _float(f"{ECLASS}ABL844#002"),
    "InitialInternalResistanceOnBatteryPackLevel": _float(f"{ECLASS}ABL846#002"),
    "InitialInternalResistanceOnBatteryModuleLevel": _float(f"{ECLASS}ABL832#002"),
    "InternalResistanceIncreaseOfBatteryCellLevel": _float(f"{T}internalResistanceIncreaseOfBatteryCellLevel"),
    "InternalResistanceIncreaseOfBatteryPackLevel": _float(f"{T}internalResistanceIncreaseOfBatteryPackLevel"),
    "InternalResistanceIncreaseOfBatteryModuleLevel": _float(f"{T}internalResistanceIncreaseOfBatteryModuleLevel"),
}
_POWER: dict[str, Template] = {
    "MaximumPermittedBatteryPower": _float(f"{ECLASS}ABL843#002"),
    "PowerFade": _float(f"{ECLASS}ABL852#002"),
    "RatioNorminalBatteryPowerAndBatteryEnergy": _float(f"{T}ratioNorminalBatteryPowerAndBatteryEnergy"),
    "OriginalPowerCapability": Rows(
        Group({"atSoc": Prop("xs:unsignedInt", f"{T}atSoc"), "powerCapabilityAt": _float(f"{T}powerCapabilityAt")}),
        f"{ECLASS}ABL853#002",
    ),
}
_LIFETIME: dict[str, Template] = {
    "ExpectedLifetimeInCalendarYears": Prop("xs:unsignedInt", f"{T}expectedLifetimeInCalendarYears"),
    "ExpectedNumberOfCycles": Prop("xs:unsignedInt", f"{T}expectedNumberOfCycles"),
    "CapacityThresholdExhaustion": _float(f"{ECLASS}ABL838#002"),
    "CRateOfRelevantCycleLifeTest": Prop("xs:decimal", f"{T}cRateOfRelevantCycleLifeTest"),
}
TECHNICAL = Part(
    "TechnicalData",
    "https://admin-shell.io/idta/digitalbatterypassport/TechnicalData/1/0",
    "1.0.1",
    {
        "GeneralInformation": Group(
            {
                "ManufacturerName": Words(f"{IEC}ABA565#009"),
                "ManufacturerIdentifier": Prop(STRING, f"{T}manufacturerIdentifier"),
                "BatteryCategory": Prop(STRING, f"{T}batteryCategory"),
                "BatteryMass": _float("batteryMass"),
                "WarrantyInformation": Group(
                    {"WarrantyPeriod": Prop(STRING, f"{T}warrantyPeriod")}, f"{T}warrantyInformation"
                ),
            },
            f"{T}generalInformation",
        ),
        "TechnicalPropertyAreas": Group(
            {
                "CapacityEnergyVoltage": Group(_VOLTAGE, f"{T}capacityEnergyVoltage"),
                "RoundTripEnergyEfficiency": Group(_EFFICIENCY, f"{T}roundTripEnergyEfficiency"),
                "Resistance": Group(_RESISTANCE, f"{T}resistance"),
                "PowerCapability": Group(_POWER, f"{T}powerCapability"),
                "Temperature": Group(
                    {
                        "TemperatureRangeIdleState_LowerBoundary": _float(f"{ECLASS}ABL842#002"),
                        "TemperatureRangeIdleState_UpperBoundary": _float(f"{ECLASS}ABL871#002"),
                    },
                    f"{T}temperature",
                ),
                "Lifetime": Group(_LIFETIME, f"{T}lifetime"),
            },
            f"{T}technicalPropertyAreas",
        ),
    },
)


def stamped(name: str) -> Group:
    """A measured value with its moment."""
    return Group(
        {
            f"{name}Value": Prop(FLOAT, C + lower(name) + "Value"),
            "LastUpdate": Prop(MOMENT, f"{C}lastUpdate"),
        },
        C + lower(name),
    )


CONDITION_NAMES = {
    "energy_throughput": "EnergyThroughput",
    "capacity_throughput": "CapacityThroughput",
    "full_cycles": "NumberOfFullCycles",
    "soce": "StateOfCertifiedEnergy",
    "remaining_usable_energy": "RemainingEnergy",
    "remaining_capacity": "RemainingCapacity",
    "self_discharge_evolution": "EvolutionOfSelfDischarge",
    "self_discharge_current": "CurrentSelfDischargingRate",
    "remaining_rte": "RemainingRoundTripEnergyEfficiency",
    "state_of_charge": "StateOfCharge",
}
_TIMES = ("TimeExtremeHighTemp", "TimeExtremeLowTemp", "TimeExtremeHighTempCharging", "TimeExtremeLowTempCharging")
CONDITION = Part(
    "ProductCondition",
    "urn:samm:io.admin-shell.idta.batterypass.product_condition:1.0.0#ProductCondition",
    "1.0.1",
    {
        **{name: stamped(name) for name in CONDITION_NAMES.values()},
        "NegativeEvents": Rows(
            Group(
                {
                    "NegativeEventValue": Prop(STRING, f"{C}negativeEventValue"),
                    "LastUpdate": Prop(MOMENT, f"{C}lastUpdate"),
                },
                f"{C}negativeEvent",
            ),
            f"{C}negativeEvents",
        ),
        "InformationOnAccidents": Prop(STRING, f"{C}informationOnAccidents"),
        "TemperatureInformation": Group(
            {
                "MeasuredTemp": _float("measuredTemp", C),
                **{name: _float(lower(name), C) for name in _TIMES},
                "LastUpdate": Prop(MOMENT, f"{C}lastUpdate"),
            },
            f"{C}temperatureInformation",
        ),
        "RemainingPowerCapability": Group(
            {
                "RemainingPowerCapabilityDynamicAt": Rows(
                    Group(
                        {"AtSoC": _float("atSoC", C), "PowerCapabilityAt": _float("powerCapabilityAt", C)},
                        f"{C}remainingPowerCapabilityDynamicAt",
                    )
                ),
                "LastUpdate": Prop(MOMENT, f"{C}lastUpdate"),
            },
            f"{C}remainingPowerCapability",
        ),
    },
)


def _of(space: str, members: dict[str, str]) -> dict[str, Template]:
    return {name: Prop(kind, space + lower(name)) for name, kind in members.items()}


def _location(name: str) -> Group:
    return Group(_of(M, {"ComponentName": STRING, "ComponentId": STRING}), M + lower(name))


MATERIALS = Part(
    "MaterialComposition",
    "urn:samm:io.admin-shell.idta.batterypass.material_composition:1.0.0#MaterialComposition",
    "1.0.1",
    {
        "BatteryChemistry": Group(_of(M, {"ShortName": STRING, "ClearName": STRING}), f"{M}batteryChemistry"),
        "BatteryMaterials": Rows(
            Group(
                {
                    "BatteryMaterialLocation": _location("BatteryMaterialLocation"),
                    **_of(
                        M,
                        {
                            "BatteryMaterialIdentifier": STRING,
                            "BatteryMaterialName": STRING,
                            "BatteryMaterialMass": FLOAT,
                            "IsCriticalRawMaterial": "xs:boolean",
                        },
                    ),
                },
                f"{M}batteryMaterial",
            ),
            f"{M}batteryMaterials",
        ),
        "HazardousSubstances": Rows(
            Group(
                {
                    **_of(
                        M,
                        {
                            "HazardousSubstanceClass": STRING,
                            "HazardousSubstanceName": STRING,
                            "HazardousSubstanceConcentration": FLOAT,
                        },
                    ),
                    "HazardousSubstanceImpact": Rows(Prop(STRING), f"{M}hazardousSubstanceImpact"),
                    "HazardousSubstanceLocation": _location("HazardousSubstanceLocation"),
                    "HazardousSubstanceIdentifier": Prop(STRING, f"{M}hazardousSubstanceIdentifier"),
                },
                f"{M}hazardousSubstance",
            ),
            f"{M}hazardousSubstances",
        ),
    },
)
_SUPPLIER: dict[str, Template] = {
    "NameOfSupplier": Words(f"{Z}nameOfSupplier"),
    "AddressOfSupplier": Group(
        {"NationalCode": Words(), "PostalCode": Words(), "Street": Words()}, f"{Z}addressOfSupplier"
    ),
    "EmailAddressOfSupplier": Group({"EmailAddress": Prop(STRING)}, f"{Z}emailAddressOfSupplier"),
    "SupplierWebAddress": Prop("xs:anyURI", f"{Z}supplierWebAddress"),
    "Components": Rows(Group(_of(Z, {"PartName": STRING, "PartNumber": STRING}), f"{Z}component"), f"{Z}components"),
}
CIRCULARITY = Part(
    "Circularity",
    "urn:samm:io.admin-shell.idta.batterypass.circularity:1.0.0#Circularity",
    "1.0.1",
    {
        "DismantlingAndRemovalInformation": Rows(
            Group(
                _of(Z, {"DocumentType": STRING, "MimeType": STRING, "DocumentURL": "xs:anyURI"}),
                f"{Z}dismantlingAndRemovalDocumentation",
            ),
            f"{Z}dismantlingAndRemovalInformation",
        ),
        "SparePartSources": Rows(Group(_SUPPLIER, f"{Z}sparePartSupplier"), f"{Z}sparePartSources"),
        "RecycledContentInformation": Rows(
            Group(
                _of(Z, {"PreConsumerShare": FLOAT, "RecycledMaterial": STRING, "PostConsumerShare": FLOAT}),
                f"{Z}recycledContent",
            ),
            f"{Z}recycledContentInformation",
        ),
        "SafetyMeasures": Group(
            {
                "SafetyInstructions": Prop("xs:anyURI", f"{Z}safetyInstructions"),
                "ExtinguishingAgents": Rows(Prop(STRING, f"{Z}extinguishingAgent"), f"{Z}extinguishingAgents"),
            },
            f"{Z}safetyMeasures",
        ),
        "EndOfLifeInformation": Group(
            _of(
                Z,
                {
                    "WastePrevention": "xs:anyURI",
                    "SeparateCollection": "xs:anyURI",
                    "InformationOnCollection": "xs:anyURI",
                },
            ),
            f"{Z}endOfLifeInformation",
        ),
        "RenewableContent": _float("renewableContent", Z),
    },
)
PARTS = (NAMEPLATE, HANDOVER, CARBON, TECHNICAL, CONDITION, MATERIALS, CIRCULARITY)
