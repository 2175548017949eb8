"""How native refusals are told in the contract's words."""

from meguri.dataspaces.ouranos import errors
from meguri.dataspaces.ouranos.atoms import Invalid
from meguri.dataspaces.ouranos.call import Call, Family
from meguri.dataspaces.ouranos.errors import SYSTEM_ERROR, Coded, Problem, Source, TimedOut, coded
from meguri.dataspaces.ouranos.goscan import JsonProblem
from meguri.dataspaces.ouranos.query import BadParameter, UnknownWord
from meguri.dataspaces.ouranos.rules import refusals
from meguri.kernel.errors import Refusal, Stale, TooMany, Unavailable
from meguri.storage.failures import TookTooLong, UnstorableText
from meguri.storage.idempotency import BadKey, KeyUsedOtherwise

BODY = "リクエストボディ"
IDEMPOTENCY_KEY = "Idempotency-Key"


def told(error: Exception, call: Call) -> Problem | Coded | TimedOut:
    """The contract's answer to anything that a handler raised; what nobody expected is an internal error."""
    if isinstance(error, Problem | Coded | TimedOut):
        return _in_family(error, call)
    if isinstance(error, BadParameter):
        return _bad_parameter(error, call)
    if isinstance(error, JsonProblem):
        return _bad_json(error, call)
    if isinstance(error, Invalid):
        return Problem(400, call.source, errors.VALIDATION, error.text)
    if isinstance(error, Refusal):
        return _refusal(error, call)
    if isinstance(error, TimeoutError):
        return _in_family(TimedOut(), call)
    return _unexpected(call)


def _unexpected(call: Call) -> Problem | Coded:
    return coded(SYSTEM_ERROR) if call.family.listed else Problem(500, call.source, errors.UNEXPECTED)


def _in_family(error: Problem | Coded | TimedOut, call: Call) -> Problem | Coded | TimedOut:
    """The traceability system's own paths know no base texts: those that can arise there are told in codes."""
    if not call.family.listed or isinstance(error, Coded):
        return error
    if isinstance(error, TimedOut):
        return coded(SYSTEM_ERROR, status=504)
    if error.status == 413:
        return coded("MSGMGO0001", BODY, status=413)
    return Coded(error.status, coded(SYSTEM_ERROR).errors, retry_after=error.retry_after)


def _bad_parameter(error: BadParameter, call: Call) -> Problem | Coded:
    if call.family.listed:
        return coded("MSGMGO0003" if isinstance(error, UnknownWord) else "MSGMGO0001", error.name)
    return Problem(400, call.source, errors.INVALID_REQUEST, f"{error.name}: Unexpected query parameter")


def _bad_json(error: JsonProblem, call: Call) -> Problem | Coded:
    if call.family.listed:
        return coded("MSGMGO0001", (error.path or "").rpartition(".")[2] or BODY)
    base = errors.INVALID_REQUEST if call.path.startswith("/api/v1/systemAuth/") else errors.VALIDATION
    return Problem(400, call.source, base, error.text)


def _refusal(error: Refusal, call: Call) -> Problem | Coded | TimedOut:
    if call.family is Family.AUTH and error.code in refusals().auth:
        answer = refusals().auth[error.code]
        return Problem(answer.status, Source.AUTH, answer.message.format(**error.values))
    if error.code in refusals().traceability:
        found = refusals().traceability[error.code]
        fills = [fill.format(**error.values) for fill in found.fills]
        return coded(found.code, *fills, status=found.status)
    return _in_family(_general(error, call), call)


def _general(error: Refusal, call: Call) -> Problem | TimedOut:
    """What can befall any request."""
    if isinstance(error, TookTooLong):
        return TimedOut()
    if isinstance(error, Unavailable | TooMany):
        wait = error.values.get("retry_after")
        retry = wait if isinstance(wait, int) else errors.RETRY_AFTER_S
        return Problem(503, call.source, errors.OUTER_SERVICE, retry_after=retry)
    if isinstance(error, Stale):
        return Problem(412, call.source, errors.CHANGED)
    if isinstance(error, KeyUsedOtherwise):
        return Problem(409, call.source, errors.KEY_REUSED)
    if isinstance(error, BadKey):
        return Problem(400, call.source, errors.INVALID_REQUEST, IDEMPOTENCY_KEY)
    if isinstance(error, UnstorableText):
        return Problem(400, call.source, errors.INVALID_REQUEST)
    return Problem(500, call.source, errors.UNEXPECTED)
