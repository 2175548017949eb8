"""From what a guest typed to the result that it states, with what is wrong kept beside the field."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from meguri.diligence.model import MaterialResult, ResultInput, VerificationResult
from meguri.diligence.results import VERIFIED, origin_status
from meguri.diligence.taxonomy import Band, names
from meguri.kernel import clock
from meguri.kernel.text import Language
from meguri.traceability.forms import decimal, text
from meguri.ui.words import say

EXPOSURES = ("no", "yes", "unknown")
FIRST_MATERIALS = ("cobalt", "natural_graphite", "lithium", "nickel")  # those of Annex X, point 1
_PLAIN = ("band", "assessed_on", "valid_until", "verified", "body_name", "reference", "verified_until", "policy",
          "policy_url", "grievance")  # fmt: skip
_SHARE_PLACES = Decimal("0.1")


def fields() -> list[str]:
    """Every field of the form."""
    return [*_PLAIN, *(f"{kind}_{material}" for material in names("materials") for kind in ("cahra", "share"))]


def blank() -> dict[str, str]:
    """The form before anything is typed."""
    return {**dict.fromkeys(fields(), ""), "assessed_on": clock.today().isoformat(), "verified": "none"}


def typed(form: Mapping[str, Any]) -> dict[str, str]:
    """What was typed."""
    return {name: text(form, name) for name in fields()}


def result_of(given: Mapping[str, str], language: Language) -> tuple[ResultInput | None, dict[str, str]]:
    """The result, or what is wrong by field."""
    wrong: dict[str, str] = {}

    def complain(field: str, about: str) -> None:
        wrong[field] = say(f"diligence.guest.wrong_{about}", language)

    days = {name: _day(given[name]) for name in ("assessed_on", "valid_until", "verified_until")}
    for name, day in days.items():
        if (given[name] and day is None) or (name == "assessed_on" and not given[name]):
            complain(name, "day")
    assessed, until = days["assessed_on"], days["valid_until"]
    if assessed is not None and assessed > clock.today():
        complain("assessed_on", "future")
    if until is not None and until < clock.today():
        complain("valid_until", "ended")
    if given["band"] not in tuple(Band):
        complain("band", "band")
    if given["verified"] not in VERIFIED:
        complain("verified", "verified")
    elif given["verified"] not in ("none", "self") and not given["body_name"]:
        complain("body_name", "body_name")
    for name, most in (("body_name", 256), ("reference", 256), ("policy_url", 500)):
        if len(given[name]) > most:
            complain(name, "long")
    if given["policy_url"] and not given["policy_url"].startswith("https://"):
        complain("policy_url", "url")
    materials = [one for material in names("materials") if (one := _material(material, given, complain))]
    if wrong or assessed is None:
        return None, wrong
    return ResultInput(
        assessment_date=assessed,
        valid_until=until,
        overall_band=Band(given["band"]),
        materials=materials,
        verification=msgspec.convert(
            {
                "type": given["verified"],
                "body_name": given["body_name"] or None,
                "reference": given["reference"] or None,
                "valid_until": days["verified_until"],
            },
            type=VerificationResult,
        ),
        policy=given["policy"] == "yes",
        policy_url=given["policy_url"] or None,
        grievance_mechanism=given["grievance"] == "yes",
    ), {}


def _material(material: str, given: Mapping[str, str], complain: Any) -> MaterialResult | None:
    """What is said of one material; None where it is not in the part."""
    exposure, share = given[f"cahra_{material}"], given[f"share_{material}"]
    if not exposure and not share:
        return None
    if exposure not in EXPOSURES:
        complain(f"cahra_{material}", "exposure")
        return None
    part = decimal(share) if share else None
    if share and (part is None or not 0 <= part <= 100):
        complain(f"share_{material}", "share")
        return None
    part = part.quantize(_SHARE_PLACES) if part is not None else None
    return msgspec.convert(
        {
            "material": material,
            "coverage_pct": part,
            "origin_status": origin_status(part),
            "cahra_exposure": exposure,
        },
        type=MaterialResult,
    )


def _day(typed_day: str) -> date | None:
    try:
        return date.fromisoformat(typed_day) if typed_day else None
    except ValueError:
        return None
