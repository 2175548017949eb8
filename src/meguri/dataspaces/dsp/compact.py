"""Other JSON-LD spellings of the same message, brought into the compact form: prefixed or full names, value and id objects.

No JSON-LD processor and no network: only the terms of the protocol's own context and of ODRL are known; everything else stays.
"""

from typing import Any

from meguri.dataspaces.dsp.terms import CONTEXT

_PREFIXES = (
    "dspace:",
    "odrl:",
    "dcat:",
    "https://w3id.org/dspace/2025/1/",
    "http://www.w3.org/ns/odrl/2/",
    "http://www.w3.org/ns/dcat#",
)
_ARRAYS = {"permission", "prohibition", "obligation", "constraint", "reason", "filter", "and", "or", "xone", "andSequence", "duty",
           "endpointProperties"}  # fmt: skip
_NAMES = {"leftOperand", "operator", "action", "@type", "target", "assigner", "assignee", "providerPid", "consumerPid",
          "agreementId", "state", "eventType", "format"}  # fmt: skip


def looks_expanded(value: dict[str, Any]) -> bool:
    """Whether the body may be JSON-LD in another than the compact form."""
    return "@graph" in value or any(":" in key for key in value)


def compact(value: dict[str, Any]) -> dict[str, Any]:
    """The same message in the compact form, as far as its terms are the protocol's."""
    graph = value.get("@graph")
    body = graph[0] if isinstance(graph, list) and len(graph) == 1 and isinstance(graph[0], dict) else value
    made = {_bare(key): _value(_bare(key), inner) for key, inner in body.items() if key != "@context"}
    return {"@context": [CONTEXT], **made}


def _bare(key: str) -> str:
    for prefix in _PREFIXES:
        if key.startswith(prefix):
            return key[len(prefix) :]
    return key


def _value(key: str, value: Any) -> Any:
    if isinstance(value, list):
        inner = [_value("", one) for one in value]
        if key not in _ARRAYS and len(inner) == 1:
            return _value(key, inner[0])
        return inner
    if isinstance(value, dict):
        if set(value) <= {"@value", "@type"} and "@value" in value:
            return value["@value"]
        if set(value) == {"@id"} and key in _NAMES:
            return _bare(value["@id"])
        made = {_bare(name): _value(_bare(name), inner) for name, inner in value.items()}
        return [made] if key in _ARRAYS else made
    if isinstance(value, str) and key in _NAMES:
        return _bare(value)
    return [value] if key in _ARRAYS else value
