"""IDTA 02035 as formats: JSON, and the same within an AASX package."""

from collections.abc import Mapping
from typing import Any

from meguri.dataspaces.aas.battery.checks import faults
from meguri.dataspaces.aas.battery.environment import environment, read
from meguri.dataspaces.exchange.model import Format


def _detects(document: Any) -> bool:
    return isinstance(document, Mapping) and "assetAdministrationShells" in document and "submodels" in document


def _format(name: str, media_type: str) -> Format:
    return Format(
        name=name,
        title="IDTA 02035 Digital Battery Passport",
        longlist=True,
        needs=frozenset({"P1", "P2", "P3", "P4"}),
        media_type=media_type,
        write=environment,
        read=read,
        faults=faults,
        detects=_detects,
    )


FORMATS = (_format("idta", "application/json"), _format("idta-aasx", "application/asset-administration-shell-package"))
