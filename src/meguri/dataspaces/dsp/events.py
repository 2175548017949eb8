"""What has happened in the data space."""

from typing import ClassVar
from uuid import UUID

from meguri.kernel.events import Event


class JoinedDataspace(Event, frozen=True, kw_only=True):
    """A company takes part in the data space from now on."""

    tag: ClassVar[str] = "dsp:participant:join"
    did: str


class NumberSet(Event, frozen=True, kw_only=True):
    """The company has given its business partner number ("": it has taken it away)."""

    tag: ClassVar[str] = "dsp:participant:number"
    bpn: str


class PartnerSaved(Event, frozen=True, kw_only=True):
    """A partner's record was written."""

    tag: ClassVar[str] = "dsp:partner:save"
    did: str
    version: int


class PartnerBlocked(Event, frozen=True, kw_only=True):
    """A partner was blocked, or let in again."""

    tag: ClassVar[str] = "dsp:partner:block"
    did: str
    blocked: bool


class DatasetOffered(Event, frozen=True, kw_only=True):
    """Data was offered to somebody (`audience` is a DID, or `*`)."""

    tag: ClassVar[str] = "dsp:dataset:offer"
    dataset_id: str
    offer_id: str
    audience: str


class DatasetWithdrawn(Event, frozen=True, kw_only=True):
    """An offer was taken back; agreements that stand go on."""

    tag: ClassVar[str] = "dsp:dataset:withdraw"
    dataset_id: str


class ProcessMoved(Event, frozen=True, kw_only=True):
    """A negotiation or transfer has reached another state."""

    tag: ClassVar[str] = "dsp:process:move"
    pid: str
    kind: str
    peer_did: str
    before: str
    after: str
    by: str


class AgreementEnded(Event, frozen=True, kw_only=True):
    """An agreement ended, by time or because somebody ended it."""

    tag: ClassVar[str] = "dsp:agreement:end"
    agreement_id: str
    reason: str


class DataAccessed(Event, frozen=True, kw_only=True):
    """Somebody asked the data plane for data; `failed` names the constraint that stood in the way."""

    tag: ClassVar[str] = "dsp:data:access"
    consumer: str
    agreement_id: str
    dataset_id: str
    purposes: tuple[str, ...]
    allowed: bool
    failed: str
    size: int


class CallerRefused(Event, frozen=True, kw_only=True):
    """Somebody was not let in; why stands only here, under the number that the answer carried."""

    tag: ClassVar[str] = "dsp:caller:refuse"
    tracking_id: UUID
    why: str


class DataReceived(Event, frozen=True, kw_only=True):
    """Data of a partner arrived, its hash and proof were checked, and a copy is kept."""

    tag: ClassVar[str] = "dsp:data:receive"
    pid: str
    agreement_id: str
    dataset_id: str
    content_hash: str


class CopyDeleted(Event, frozen=True, kw_only=True):
    """A received copy was erased because its use has ended: the record of the deletion."""

    tag: ClassVar[str] = "dsp:copy:delete"
    pid: str
