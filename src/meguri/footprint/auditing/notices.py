"""Who is told what of an engagement: the verifier of the invitation, its end and answers; the maker of the rest."""

from typing import Literal
from uuid import UUID

from meguri.footprint.auditing.model import Engagement
from meguri.kernel.scope import OperatorScope
from meguri.operators.inbox import notify
from meguri.operators.model import Relation
from meguri.storage.transaction import Transaction

ToVerifier = Literal["VERIFIER_INVITED", "VERIFIER_ENDED", "FINDING_ANSWERED"]
ToMaker = Literal["FINDING_RAISED", "FINDING_CLOSED", "RESULT_VERIFIED", "RESULT_REFUSED"]


async def tell_verifier(tx: Transaction, scope: OperatorScope, kind: ToVerifier, about: Engagement) -> None:
    """Tells the verifier's company; its page is the engagement's."""
    await _tell(tx, scope, kind, about.company_id, about.engagement_id)


async def tell_maker(tx: Transaction, scope: OperatorScope, kind: ToMaker, about: Engagement) -> None:
    """Tells the declaring company; its page is the declaration's."""
    await _tell(tx, scope, kind, about.operator_id, about.declaration_id)


async def _tell(tx: Transaction, scope: OperatorScope, kind: str, receiver: UUID, about: UUID) -> None:
    relation = Relation(
        trade_id=about,
        request_id=about,
        downstream_operator_id=receiver,
        upstream_operator_id=scope.operator_id,
        downstream_trace_id=about,
    )
    await notify(tx, receiver, kind, scope.operator_id, relation)
