"""How this façade says no: the two forms of the contract.

Problem  [auth] and [dataspace]: a base text with details; who asked, when and for what stand in `detail`
Coded    [traceability]: codes and sentences of the catalogue; on the traceability system's own paths a list of them
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from meguri.dataspaces.ouranos.rules import messages
from meguri.kernel.clock import millis_z

RETRY_AFTER_S = 5
_STATUS_WORDS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "AccessDenied",
    404: "NotFound",
    409: "Conflict",
    412: "PreconditionFailed",
    413: "BadRequest",
    500: "InternalServerError",
    503: "ServiceUnavailable",
    504: "Timeout",
}

INVALID_REQUEST = "Invalid request parameters"
VALIDATION = "Validation failed"
TOO_LARGE = "Request payload too large"
AUTHENTICATION = "Authentication required"
INVALID_TOKEN = "Invalid or expired token"  # noqa: S105 - a sentence
INVALID_CREDENTIALS = "Invalid credentials"
PRIVILEGES = "You do not have the necessary privileges"
INVALID_KEY = "Invalid key"
ADDRESS = "IP address not authorized for this API key"
NO_ENDPOINT = "Endpoint Not Found"
NO_RECORD = "record not found"
UNEXPECTED = "Unexpected error occurred"
OUTER_SERVICE = "Unexpected error occurred in outer service"
MEDIA_TYPE = "Unsupported Media Type"
CHANGED = "The resource has been changed since it was read"
KEY_REUSED = "Idempotency-Key was used for another request"
TIMED_OUT = "Endpoint request timed out"


class Source(StrEnum):
    """Which part of the ecosystem says no."""

    AUTH = "auth"
    DATASPACE = "dataspace"
    TRACEABILITY = "traceability"


class Problem(Exception):
    """A refusal with a base text and details."""

    def __init__(
        self, status: int, source: Source, message: str, *details: str, retry_after: int | None = None
    ) -> None:
        """`retry_after` in seconds becomes the header of that name."""
        super().__init__(message, *details)
        self.status, self.source, self.message, self.details = status, source, message, details
        self.retry_after = retry_after


class CodedError(msgspec.Struct, frozen=True, rename="camel"):
    """One code of the catalogue with its sentence."""

    error_code: str
    error_description: str


class Coded(Exception):
    """A refusal in codes of the catalogue; at least one."""

    def __init__(self, status: int, errors: list[CodedError], *, retry_after: int | None = None) -> None:
        super().__init__(errors[0].error_code)
        self.status, self.errors, self.retry_after = status, errors, retry_after


class TimedOut(Exception):
    """The request took longer than a request may take."""


def coded_error(code: str, *fills: object) -> CodedError:
    """The sentence of `code` with its places filled."""
    return CodedError(code, messages()[code].say.format(*fills))


def coded(code: str, *fills: object, status: int | None = None) -> Coded:
    """A refusal with one code, and the status that usually goes with it unless another is given."""
    retry = RETRY_AFTER_S if code == MAINTENANCE else None
    return Coded(status or messages()[code].status, [coded_error(code, *fills)], retry_after=retry)


MAINTENANCE = "MSGCE000000"
SYSTEM_ERROR = "MSGAECO0013"


class _Envelope(msgspec.Struct, frozen=True):
    code: str
    message: str
    detail: str


def envelope(error: Problem | Coded | TimedOut, *, operator_id: str, target: str, method: str, at: datetime) -> bytes:
    """The body `{code, message, detail}` of the authentication and data-transport systems."""
    if isinstance(error, TimedOut):
        return _encoded(504, Source.TRACEABILITY, "", TIMED_OUT)
    if isinstance(error, Coded):
        message = ", ".join(one.error_description for one in error.errors)
        return _encoded(error.status, Source.TRACEABILITY, message, ", ".join(one.error_code for one in error.errors))
    detail = f"id: {operator_id}, timeStamp: {millis_z(at)}, dataTarget: {target}, method: {method}"
    return _encoded(error.status, error.source, ", ".join((error.message, *error.details)), detail)


def _encoded(status: int, source: Source, message: str, detail: str) -> bytes:
    return msgspec.json.encode(_Envelope(f"[{source}] {_STATUS_WORDS[status]}", message, detail))


class _Errors(msgspec.Struct, frozen=True):
    errors: list[CodedError]


def error_list(error: Coded) -> bytes:
    """The body `{errors: […]}` of the traceability system's own paths."""
    return msgspec.json.encode(_Errors(error.errors))
