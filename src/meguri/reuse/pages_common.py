"""What the pages around circulation have in common."""

from typing import Any

from litestar import Request, Response

from meguri.kernel.scope import OperatorScope, Role
from meguri.reuse.forms import Fields
from meguri.reuse.records import HeldBattery
from meguri.reuse.service import batteries
from meguri.storage import Transaction
from meguri.ui import viewer_of
from meguri.ui.parts import Choice
from meguri.web import Unit

AnyRequest = Request[Any, Any, Any]
HTML = Response[str] | Response[None]


def may_edit(request: AnyRequest) -> bool:
    """Whether the viewer may change things."""
    return viewer_of(request).has(Role.EDITOR)


def fields_of(request: AnyRequest, form: dict[str, str]) -> Fields:
    """What was typed, read in the viewer's language."""
    return Fields(form, viewer_of(request).language)


async def held(tx: Transaction, scope: OperatorScope) -> list[HeldBattery]:
    """Batteries that are in one's own hands, a hundred at most."""
    return [one for one in (await batteries.page(tx, scope, limit=100)).items if one.held]


async def battery_choices(unit: Unit) -> list[Choice]:
    """The batteries in one's own hands."""
    return [Choice(str(one.battery_id), f"{one.serial} {one.facts.model}") for one in await unit(held)]
