"""What each message does in each state: the protocol's state machines as tables. A pair that is not here is illegal.

Source: Dataspace Protocol 2025-1, contract negotiation and transfer process state machines.
"""

from enum import StrEnum


class Kind(StrEnum):
    """Which of the two processes."""

    NEGOTIATION = "negotiation"
    TRANSFER = "transfer"


class Role(StrEnum):
    """Which side we are."""

    PROVIDER = "provider"
    CONSUMER = "consumer"


class Move(StrEnum):
    """What a message asks for."""

    REQUEST = "request"
    OFFER = "offer"
    ACCEPT = "accept"
    AGREE = "agree"
    VERIFY = "verify"
    FINALIZE = "finalize"
    TERMINATE = "terminate"
    START = "start"
    COMPLETE = "complete"
    SUSPEND = "suspend"


ENDED = ("FINALIZED", "TERMINATED", "COMPLETED")
_OPEN = ("REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED")
_TERMINATE = {(state, Move.TERMINATE): "TERMINATED" for state in _OPEN}

_TO_PROVIDER = {
    ("OFFERED", Move.REQUEST): "REQUESTED",
    ("OFFERED", Move.ACCEPT): "ACCEPTED",
    ("AGREED", Move.VERIFY): "VERIFIED",
    **_TERMINATE,
}
_TO_CONSUMER = {
    ("REQUESTED", Move.OFFER): "OFFERED",
    ("REQUESTED", Move.AGREE): "AGREED",
    ("ACCEPTED", Move.AGREE): "AGREED",
    ("VERIFIED", Move.FINALIZE): "FINALIZED",
    **_TERMINATE,
}
_FROM_PROVIDER = {
    ("REQUESTED", Move.OFFER): "OFFERED",
    ("REQUESTED", Move.AGREE): "AGREED",
    ("ACCEPTED", Move.AGREE): "AGREED",
    ("VERIFIED", Move.FINALIZE): "FINALIZED",
    **_TERMINATE,
}
_FROM_CONSUMER = {
    ("OFFERED", Move.REQUEST): "REQUESTED",
    ("OFFERED", Move.ACCEPT): "ACCEPTED",
    ("AGREED", Move.VERIFY): "VERIFIED",
    **_TERMINATE,
}
_TRANSFER = {
    ("STARTED", Move.COMPLETE): "COMPLETED",
    ("STARTED", Move.SUSPEND): "SUSPENDED",
    ("SUSPENDED", Move.START): "STARTED",
    ("REQUESTED", Move.TERMINATE): "TERMINATED",
    ("STARTED", Move.TERMINATE): "TERMINATED",
    ("SUSPENDED", Move.TERMINATE): "TERMINATED",
}
_BY_PROVIDER = {**_TRANSFER, ("REQUESTED", Move.START): "STARTED"}

EVENTS = {"ACCEPTED": Move.ACCEPT, "FINALIZED": Move.FINALIZE}
"""Event types of a ContractNegotiationEventMessage."""
HEARD_BY = {
    Role.PROVIDER: (Move.REQUEST, Move.ACCEPT, Move.VERIFY, Move.TERMINATE),
    Role.CONSUMER: (Move.OFFER, Move.AGREE, Move.FINALIZE, Move.TERMINATE),
}
"""The moves of a negotiation that a role may be told at all."""


def after_inbound(kind: Kind, role: Role, state: str, move: Move) -> str | None:
    """The state after a message of the other side, `role` being ours; None: illegal."""
    if kind is Kind.TRANSFER:
        return (_TRANSFER if role is Role.PROVIDER else _BY_PROVIDER).get((state, move))
    return (_TO_PROVIDER if role is Role.PROVIDER else _TO_CONSUMER).get((state, move))


def after_own(kind: Kind, role: Role, state: str, move: Move) -> str | None:
    """The state after a message of ours that the other side acknowledged; None: we may not send it."""
    if kind is Kind.TRANSFER:
        return (_BY_PROVIDER if role is Role.PROVIDER else _TRANSFER).get((state, move))
    return (_FROM_PROVIDER if role is Role.PROVIDER else _FROM_CONSUMER).get((state, move))
