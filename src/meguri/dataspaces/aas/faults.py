"""How the shell interface says no: a list of messages (IDTA 01002-3, Result)."""

from uuid import uuid4

from meguri.dataspaces.wire import Answer, to_json
from meguri.kernel import clock


class Fault(Exception):
    """The request is refused."""

    def __init__(self, status: int, text: str, code: str = "") -> None:
        """`code` of 1 to 32 characters; the status when empty."""
        super().__init__(text)
        self.status, self.text, self.code = status, text, code or str(status)


def bad(text: str) -> Fault:
    """400: the input is not what the interface takes."""
    return Fault(400, text, "BadRequest")


def missing() -> Fault:
    """404: not there, or not for this caller."""
    return Fault(404, "The requested element was not found", "NotFound")


def answer_of(fault: Fault) -> Answer:
    """The refusal as it goes out."""
    kind = "Exception" if fault.status in (500, 503) else "Error"
    message = {
        "code": fault.code,
        "correlationId": uuid4().hex,
        "messageType": kind,
        "text": fault.text,
        "timestamp": clock.millis_z(clock.now()),
    }
    headers = {401: {"www-authenticate": "Bearer"}, 405: {"allow": "GET, HEAD"}}.get(fault.status, {})
    return to_json(fault.status, {"messages": [message]}, headers)
