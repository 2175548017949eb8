"""What both versions of UNTP say in the same words."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.exchange.model import Outgoing, Passport
from meguri.dataspaces.exchange.ways import sentence
from meguri.dataspaces.untp.schemas import CONTEXT, W3C

GS1 = "https://id.gs1.org/01/"
CPC = "https://unstats.un.org/unsd/classifications/Econ/cpc/"
ACCUMULATORS = ("46420", "Electric accumulators and parts thereof")
"""UN CPC 2.1, subclass of rechargeable batteries."""
REGULATION = "https://eur-lex.europa.eu/eli/reg/2023/1542/oj"


def envelope(version: str, passport: Passport, out: Outgoing) -> dict[str, Any]:
    """The credential around the passport, not signed. The issuer is the responsible operator."""
    operator = out.take("operator_information") or {}
    issued = out.take("issued_at", required=version == "0.7.0")
    made: dict[str, Any] = {
        "@context": [W3C, CONTEXT[version]],
        "type": ["DigitalProductPassport", "VerifiableCredential"],
        "id": f"urn:uuid:{passport.passport_id}",
        "issuer": {
            "type": ["CredentialIssuer"],
            "id": passport.issuer,
            "name": sentence(operator.get("name", "")) or passport.issuer,
        },
    }
    if issued is not None:
        made["validFrom"] = issued
    return made


def registered(values: Mapping[str, Any]) -> str | None:
    """`gtin.serial`, as far as known."""
    parts = [str(values[key]) for key in ("gtin", "serial_number") if values.get(key)]
    return ".".join(parts) or None


def scheme(values: Mapping[str, Any], passport: Passport) -> tuple[str, str]:
    """Id and name of the scheme of the identifier: GS1's, or the issuer's own."""
    if values.get("gtin"):
        return GS1, "Global Trade Item Number (GTIN)"
    return passport.issuer, "Identifiers of the issuer"


def product_name(out: Outgoing) -> str:
    """What the product is called."""
    name = out.values.get("battery_model_name")
    return sentence(name) if name else str(out.take("battery_model_id") or "")


def as_uri(identifier: Any) -> str:
    """An identifier as a URI: itself if it is one, else a URN of our own."""
    text = str(identifier)
    return text if ":" in text and not text[0].isdigit() else f"urn:meguri:id:{text}"


def from_uri(uri: Any) -> str:
    """The same, back."""
    return str(uri).removeprefix("urn:meguri:id:")
