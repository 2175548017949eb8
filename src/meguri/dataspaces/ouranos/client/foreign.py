"""The models of the data exchange, as they come from a system; what is more than these fields is left aside."""

from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import msgspec

Model = TypeVar("Model")


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A model of the exchange."""


class Tokens(Wire, frozen=True, kw_only=True):
    """What signing in gives."""

    access_token: str
    refresh_token: str | None = None


class Operator(Wire, frozen=True, kw_only=True):
    """A company."""

    operator_id: UUID
    operator_name: str
    operator_address: str = ""
    open_operator_id: str = ""


class Plant(Wire, frozen=True, kw_only=True):
    """A plant."""

    plant_id: UUID
    plant_name: str
    plant_address: str
    open_plant_id: str


class Parts(Wire, frozen=True, kw_only=True):
    """A part; as a component also the amount of it."""

    trace_id: UUID
    operator_id: UUID
    plant_id: UUID
    parts_name: str
    support_parts_name: str | None = None
    terminated_flag: bool = False
    amount_required: Decimal | None = None
    amount_required_unit: str | None = None
    parts_label_name: str | None = None
    parts_add_info1: str | None = None
    parts_add_info2: str | None = None
    parts_add_info3: str | None = None


class Structure(Wire, frozen=True, kw_only=True):
    """A part with its components."""

    parent_parts_model: Parts | None = None
    children_parts_model: list[Parts] = []


class Trade(Wire, frozen=True, kw_only=True):
    """The two sides of a request."""

    trade_id: UUID
    downstream_operator_id: UUID
    upstream_operator_id: UUID
    downstream_trace_id: UUID
    upstream_trace_id: UUID | None = None


class RequestStatus(Wire, frozen=True, kw_only=True):
    """Where a request stands; PUT tradeRequest answers without a state."""

    cfp_response_status: str = "NOT_COMPLETED"


class Status(Wire, frozen=True, kw_only=True):
    """A request."""

    status_id: UUID
    trade_id: UUID
    request_status: RequestStatus = RequestStatus()
    message: str | None = None
    reply_message: str | None = None
    request_type: str = "CFP"
    response_due_date: str | None = None

    @property
    def state(self) -> str:
        """NOT_COMPLETED, COMPLETED or REJECT."""
        return self.request_status.cfp_response_status

    @property
    def due(self) -> date | None:
        """The due date, None when there is none or it is no date."""
        try:
            return date.fromisoformat((self.response_due_date or "")[:10])
        except ValueError:
            return None


class TradeRequest(Wire, frozen=True, kw_only=True):
    """A request with its two sides."""

    trade_model: Trade
    status_model: Status


class TradeResponse(Wire, frozen=True, kw_only=True):
    """A request that was received, with the customer's part."""

    status_model: Status
    trade_model: Trade
    parts_model: Parts | None = None


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Technical, geographical and temporal representativeness."""

    ter: Decimal | None = msgspec.field(default=None, name="TeR")
    ger: Decimal | None = msgspec.field(default=None, name="GeR")
    tir: Decimal | None = msgspec.field(default=None, name="TiR")


class Cfp(Wire, frozen=True, kw_only=True):
    """One row of a footprint."""

    cfp_id: UUID | None = None
    trace_id: UUID
    ghg_emission: Decimal | None = None
    ghg_declared_unit: str
    cfp_type: str
    dqr_value: Scores | None = None


class FileInfo(Wire, frozen=True, kw_only=True):
    """A file of a certificate."""

    operator_id: UUID
    file_id: UUID
    file_name: str


class Certification(Wire, frozen=True, kw_only=True):
    """A certificate of a footprint."""

    cfp_certification_id: UUID
    trace_id: UUID
    cfp_certification_file_info: list[FileInfo] | None = None


class FileAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file is sent to, or fetched from."""

    file_id: UUID = msgspec.field(name="fileId")
    file_name: str = msgspec.field(name="fileName")
    url: str = msgspec.field(name="URL")


class Track(Wire, frozen=True, kw_only=True):
    """Whether a write was done."""

    track_id: str
    summary_request_status: str = "SUCCESS"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """How the transport system says no."""

    code: str = ""
    message: str = ""
    detail: str = ""


class ListedFault(Wire, frozen=True, kw_only=True):
    """One code of the traceability system."""

    error_code: str = ""
    error_description: str = ""


class ListedFaults(msgspec.Struct, frozen=True, kw_only=True):
    """How the traceability system says no."""

    errors: list[ListedFault] = []


def decode(body: bytes, kind: type[Model]) -> Model:
    """A body as `kind`. Raises msgspec.MsgspecError."""
    return msgspec.json.decode(body, type=kind)
