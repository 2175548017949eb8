"""Where days and months begin: the time zone of a site, by itself or by its country (rule data)."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from meguri.recycling.rulebook import Stamp, rules


class ZoneRules(Stamp, frozen=True, kw_only=True):
    """`rules/recycling/time_zones.toml`: zone by country; `otherwise` for a country that is not there."""

    otherwise: str
    zones: dict[str, str]


def country_zone(country: str) -> str:
    """The zone of a country (ISO 3166-1 alpha-2), by its name in the time-zone database."""
    book = rules("time_zones", ZoneRules)
    return book.zones.get(country, book.otherwise)


def is_zone(name: str) -> bool:
    """Whether the time-zone database knows that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a path, a folder, or nothing of that name
        return False
    return True
