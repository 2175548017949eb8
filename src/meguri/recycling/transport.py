"""May this battery travel, and how: UN number, packing by its state, approval, mode. Rule data `transport`."""

from decimal import Decimal

import msgspec

from meguri.recycling.errors import TransportForbidden
from meguri.recycling.rulebook import Stamp, rules


class Packing(msgspec.Struct, frozen=True):
    """What the state of a battery asks for; any one of `instructions`."""

    instructions: tuple[str, ...]
    provisions: tuple[str, ...]
    approval: bool = False


class Planning(msgspec.Struct, frozen=True):
    """How far and how fast by road."""

    road_factor: Decimal
    kilometres_per_hour: Decimal
    minutes_of_service: int


class TransportRules(Stamp, frozen=True, kw_only=True):
    """The table."""

    un_numbers: tuple[str, ...]
    packing: dict[str, Packing]
    forbidden_modes: dict[str, tuple[str, ...]]
    planning: Planning


def transport_rules() -> TransportRules:
    """The rules in force."""
    return rules("transport", TransportRules)


def require_transportable(
    un: str | None,
    defect_class: str,
    packing: str | None,
    *,
    mode: str = "road",
    approval_no: str | None = None,
    for_recycling: bool = True,
    packing_needed: bool = False,
) -> None:
    """Raises TransportForbidden for an unknown UN number, the wrong packing, a missing approval, or a forbidden mode.

    packing_needed  a shipment whose packing instruction nobody names is refused as well
    """
    book = transport_rules()
    if un is None or un.replace(" ", "").upper() not in book.un_numbers:
        raise TransportForbidden(reason=f"UN number: {un or '—'}")
    state = book.packing.get(defect_class)
    if state is None:
        raise TransportForbidden(reason=f"defect_class: {defect_class}")
    banned = book.forbidden_modes.get(mode, ())
    if defect_class in banned or (for_recycling and "for_recycling" in banned):
        raise TransportForbidden(reason=f"{mode}: {defect_class}")
    if packing not in (None, *state.instructions) or (packing_needed and packing is None):
        raise TransportForbidden(
            reason=f"{packing or 'packing'}: {defect_class} needs {' / '.join(state.instructions)}"
        )
    if state.approval and not approval_no:
        raise TransportForbidden(reason=f"{defect_class}: approval of the competent authority")
