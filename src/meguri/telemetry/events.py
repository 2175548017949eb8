"""What has happened in telemetry."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class BatteryWritten(Event, frozen=True, kw_only=True):
    """A battery was registered for measurements, or its name plate corrected."""

    tag: ClassVar[str] = "telemetry:battery:write"
    battery_id: UUID
    label: str
    version: int


class SegmentArrived(Event, frozen=True, kw_only=True):
    """A stretch of measurements arrived; whoever watches the battery looks at it anew.

    The extremes are those of the stretch; None where nothing was measured. V, °C.
    """

    tag: ClassVar[str] = "telemetry:segment:arrive"
    battery_id: UUID
    record_id: UUID
    sha256: str
    stored: int
    flags: tuple[str, ...]
    min_cell_volt: float | None = None
    max_cell_volt: float | None = None
    max_temperature_celsius: float | None = None


class MonthClosed(Event, frozen=True, kw_only=True):
    """A month of a battery was moved into a file."""

    tag: ClassVar[str] = "telemetry:month:close"
    battery_id: UUID
    month: str
    rows: int
    sha256: str


class GatewayIssued(Event, frozen=True, kw_only=True):
    """A device was given a token."""

    tag: ClassVar[str] = "telemetry:gateway:issue"
    gateway_id: UUID
    label: str
    batteries: tuple[UUID, ...] | None


class GatewayRevoked(Event, frozen=True, kw_only=True):
    """A device's token was taken back."""

    tag: ClassVar[str] = "telemetry:gateway:revoke"
    gateway_id: UUID
