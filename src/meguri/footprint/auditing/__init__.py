"""A verifier's account: invited to one declaration, it reads the evidence, raises findings, concludes, and sees nothing else."""

from meguri.footprint.auditing.examining import close_finding, conclude, evidence, invitations, raise_finding
from meguri.footprint.auditing.inviting import accesses, end, engagements, findings, invite, reply
from meguri.footprint.auditing.model import (
    Access,
    ConclusionInput,
    Engagement,
    EngagementInput,
    Evidence,
    Finding,
    FindingInput,
)
from meguri.footprint.auditing.papers import add_paper, read_paper

__all__ = [
    "Access",
    "ConclusionInput",
    "Engagement",
    "EngagementInput",
    "Evidence",
    "Finding",
    "FindingInput",
    "accesses",
    "add_paper",
    "close_finding",
    "conclude",
    "end",
    "engagements",
    "evidence",
    "findings",
    "invitations",
    "invite",
    "raise_finding",
    "read_paper",
    "reply",
]
