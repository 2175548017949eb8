"""What the pages of recycling share: the row of places, the choice of a site, the year, figures as they are shown."""

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request

from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.numbers import whole
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.operators import service as operators
from meguri.operators.model import Plant
from meguri.recycling.model import TargetStatus
from meguri.storage.transaction import Transaction
from meguri.ui import viewer_of, words
from meguri.ui.parts import Choice

AnyRequest = Request[Any, Any, Any]
PLACES = ("", "lots", "months", "rates", "flows", "content", "batteries", "tours", "market", "reports")
ELEMENTS = ("Li", "Ni", "Co", "Mn", "Cu", "Al", "mass")
STATUS_SIGN = {
    TargetStatus.MET: "ok",
    TargetStatus.MET_NOT_DEMONSTRATED: "attention",
    TargetStatus.MISSED: "stop",
    TargetStatus.NOT_YET_APPLICABLE: "waiting",
    TargetStatus.NOT_DETERMINED: "info",
}


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The sites of the company and the one that the page is about (None: the company has none)."""

    plants: list[Plant]
    site: Plant | None

    @property
    def choices(self) -> list[Choice]:
        """For a field."""
        return [Choice(str(plant.plant_id), plant.name) for plant in self.plants]


async def chosen(tx: Transaction, scope: OperatorScope, wanted: str | None) -> Chosen:
    """The site asked for, else the first one."""
    plants = await operators.all_plants(tx, scope)
    site_id = parse_uuid(wanted or "")
    found = next((plant for plant in plants if plant.plant_id == site_id), plants[0] if plants else None)
    return Chosen(plants=plants, site=found)


def say(language: Language, key: str, **values: object) -> str:
    """A sentence of this room."""
    return words.say(f"recycling.{key}", language, **values)


def tabs(language: Language, here: str) -> list[tuple[str, str, bool, None]]:
    """The places of this room, for the `tabs` component."""
    return [
        (say(language, f"tab.{place or 'home'}"), f"/recycling/{place}".rstrip("/"), place == here, None)
        for place in PLACES
    ]


def year_of(text: str | None) -> int:
    """A year typed into an address; this year for everything else."""
    year = whole(text or "")
    return year if year is not None and 2000 <= year <= 2200 else clock.today().year


def months_of(year: int) -> tuple[str, str]:
    """The first and last month of a year."""
    return f"{year}-01", f"{year}-12"


async def sent(request: AnyRequest) -> dict[str, str]:
    """The form's fields."""
    return {name: value.strip() for name, value in (await request.form()).items() if isinstance(value, str)}


def typed_number(text: str) -> Decimal | None:
    """A number as people type it (`1,200.5`, `１２`), or None for what is none."""
    plain = text.translate(_FULL_WIDTH).replace(",", "").strip()
    try:
        found = Decimal(plain)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


_FULL_WIDTH = str.maketrans("０１２３４５６７８９．－", "0123456789.-")


def errors_of(request: AnyRequest, refusal: Refusal) -> dict[str, str]:
    """Field → sentence; a refusal about no field stands under `form`."""
    language = viewer_of(request).language
    found = {error.field.replace(".", "-"): error.of(language) for error in refusal.fields}
    return found or {"form": refusal.sentence(language)}


def id_of(text: str | None) -> UUID | None:
    """A UUID typed into an address."""
    return parse_uuid(text or "")
