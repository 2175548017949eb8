"""What all bodies share: optional fields by camel-case names, and named Go types."""

from typing import Annotated, ClassVar

import msgspec


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """A body or a part of one: every field may be missing or null. `go` is its type's name in the decoder's texts."""

    go: ClassVar[str] = ""


CfpType = Annotated[str, msgspec.Meta(extra={"go": "traceability.CfpType"})]
DqrType = Annotated[str, msgspec.Meta(extra={"go": "traceability.DqrType"})]
RequestTypeText = Annotated[str, msgspec.Meta(extra={"go": "traceability.RequestType"})]
CfpResponseStatus = Annotated[str, msgspec.Meta(extra={"go": "traceability.CfpResponseStatus"})]
TradeTreeStatus = Annotated[str, msgspec.Meta(extra={"go": "traceability.TradeTreeStatus"})]
Password = Annotated[str, msgspec.Meta(extra={"go": "authentication.Password"})]
DdType = Annotated[str, msgspec.Meta(extra={"go": "traceability.DdType"})]
DdResult = Annotated[str, msgspec.Meta(extra={"go": "traceability.DdResult"})]
