"""What EN 18222 answers: its status names, its messages, and which of its few statuses each refusal becomes."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import uuid4

from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Language

NAMES: Final = {
    200: "Success",
    201: "SuccessCreated",
    202: "SuccessAccepted",
    204: "SuccessNoContent",
    400: "ClientErrorBadRequest",
    401: "ClientNotAuthorized",
    403: "ClientForbidden",
    404: "ClientErrorResourceNotFound",
    405: "ClientMethodNotAllowed",
    409: "ClientResourceConflict",
    500: "ServerInternalError",
    501: "ServerNotImplemented",
    502: "ServerErrorBadGateway",
}
"""EN 18222 clause 6: no other status is ever sent."""
_OTHERS: Final = {406: 400, 410: 404, 412: 409, 413: 400, 415: 400, 422: 400, 428: 400, 429: 403, 503: 500, 505: 500}
_CODES: Final = {401: "AUTHENTICATION_REQUIRED", 403: "FORBIDDEN", 404: "DPP_NOT_FOUND", 400: "INVALID_VALUE"}
NOTHING: Mapping[str, str] = {}


class Answer(NamedTuple):
    """What is sent: status, body (None: empty), further headers. `payload`: what a wrapper carries."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = NOTHING
    media_type: str = "application/json"


def status_of(refusal: Refusal) -> int:
    """The status of a refusal, one of those that EN 18222 knows."""
    status = _OTHERS.get(refusal.status, refusal.status)
    return status if status in NAMES else 400 if 400 <= status < 500 else 500


def code_of(refusal: Refusal) -> str:
    """The refusal's code: passports' own are words in capitals, those of the rest of the house become general ones."""
    return refusal.code if refusal.code.isupper() else _CODES.get(status_of(refusal), "SERVER_ERROR")


def message(kind: str, text: str, code: str, tracking_id: str) -> dict[str, Any]:
    """One message."""
    return {
        "messageType": kind,
        "text": text,
        "code": code,
        "correlationId": tracking_id or str(uuid4()),
        "timestamp": clock.millis_z(clock.now()),
    }


def refused(refusal: Refusal, language: Language, tracking_id: str) -> Answer:
    """A refusal with its sentence, and one message for each broken rule."""
    status, code = status_of(refusal), code_of(refusal)
    kind = "Exception" if status >= 500 else "Error"
    said = [message(kind, refusal.sentence(language), code, tracking_id)]
    said += [
        message("Error", f"{each.field}: {each.of(language)}".lstrip(": "), code, tracking_id)
        for each in refusal.fields
    ]
    headers = {"www-authenticate": 'Bearer realm="meguri"'} if status == 401 else {}
    return Answer(status, said, {**headers, "cache-control": "no-store"})


def told(answer: Answer, *, basyx: bool) -> dict[str, Any]:
    """The body of a refusal. Public clients differ in the word: both are there, unless one profile is set."""
    body: dict[str, Any] = {"statusCode": NAMES[answer.status], "messages": answer.body}
    return body if basyx else {**body, "message": answer.body}


def written(body: Any) -> bytes:
    """JSON in bytes; texts as they are."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
