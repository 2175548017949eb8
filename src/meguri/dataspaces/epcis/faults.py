"""How the event interface says no: problem details with the standard's exception names."""

from meguri.dataspaces.wire import Answer, to_json

_TITLES = {
    "ValidationException": (400, "The request is not valid"),
    "QueryParameterException": (400, "The query parameter is not supported"),
    "QueryTooLargeException": (413, "The result is too large"),
    "SubscriptionControlsException": (400, "The subscription cannot be kept so"),
    "SecurityException": (401, "The proof of identity does not hold"),
    "NoSuchResourceException": (404, "There is no such resource"),
    "NotAcceptableException": (406, "The representation is not available"),
    "ResourceAlreadyExistsException": (409, "The resource exists already"),
    "CaptureLimitExceededException": (413, "The document is too large"),
    "UnsupportedMediaTypeException": (415, "The media type is not supported"),
    "URITooLongException": (414, "The address is too long"),
    "ImplementationException": (500, "Unexpected error"),
}


class Fault(Exception):
    """The request is refused."""

    def __init__(self, name: str, detail: str = "", *, status: int | None = None) -> None:
        """`name` is the standard's exception."""
        super().__init__(name)
        known, self.title = _TITLES[name]
        self.name, self.status, self.detail = name, status or known, detail or self.title


def problem(fault: Fault) -> dict[str, object]:
    """The refusal as an object."""
    return {
        "type": f"epcisException:{fault.name}",
        "title": fault.title,
        "status": fault.status,
        "detail": fault.detail,
    }


def answer_of(fault: Fault) -> Answer:
    """The refusal as it goes out."""
    return to_json(fault.status, problem(fault), media_type="application/problem+json")
