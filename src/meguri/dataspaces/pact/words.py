"""Names that PACT fixes: units, regions, event types."""

from meguri.kernel.units import AmountUnit

SPEC_VERSION = "3.0.3"

UNITS = (
    "liter",
    "kilogram",
    "cubic meter",
    "kilowatt hour",
    "megajoule",
    "ton kilometer",
    "square meter",
    "piece",
    "hour",
    "megabit second",
)
WITHOUT_MASS = frozenset({"kilowatt hour", "megajoule", "ton kilometer", "hour", "megabit second"})
OURS = {
    "liter": AmountUnit.LITER,
    "kilogram": AmountUnit.KILOGRAM,
    "cubic meter": AmountUnit.CUBIC_METER,
    "kilowatt hour": AmountUnit.KILOWATT_HOUR,
    "megajoule": AmountUnit.MEGAJOULE,
    "ton kilometer": AmountUnit.TON_KILOMETER,
    "square meter": AmountUnit.SQUARE_METER,
    "piece": AmountUnit.UNIT,
}
THEIRS = {ours: name for name, ours in OURS.items()}
CALCULATION = {
    "liter": "L",
    "kilogram": "kg",
    "cubic meter": "m3",
    "kilowatt hour": "kWh",
    "megajoule": "MJ",
    "ton kilometer": "tkm",
    "square meter": "m2",
    "piece": "piece",
    "hour": "hour",
    "megabit second": "megabit",
}
REGIONS = (
    "Africa",
    "Americas",
    "Asia",
    "Europe",
    "Oceania",
    "Australia and New Zealand",
    "Central Asia",
    "Eastern Asia",
    "Eastern Europe",
    "Latin America and the Caribbean",
    "Melanesia",
    "Micronesia",
    "Northern Africa",
    "Northern America",
    "Northern Europe",
    "Polynesia",
    "South-eastern Asia",
    "Southern Asia",
    "Southern Europe",
    "Sub-Saharan Africa",
    "Western Asia",
    "Western Europe",
)
_EVENT = "org.wbcsd.pact.ProductFootprint."
REQUESTED = f"{_EVENT}RequestCreatedEvent.3"
FULFILLED = f"{_EVENT}RequestFulfilledEvent.3"
REJECTED = f"{_EVENT}RequestRejectedEvent.3"
PUBLISHED = f"{_EVENT}PublishedEvent.3"
EVENTS = (REQUESTED, FULFILLED, REJECTED, PUBLISHED)
