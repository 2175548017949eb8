"""What stands in the symbols of a picture."""

from typing import Any

import zxingcpp

from meguri.passport.carrier.errors import CarrierNotRead

_FORMATS = "QRCode,DataMatrix"


def codes_in(picture: Any) -> list[str]:
    """The texts of all QR and Data Matrix symbols in a picture (rows × columns, or with colours, of bytes)."""
    found = zxingcpp.read_barcodes(
        picture, formats=zxingcpp.barcode_formats_from_str(_FORMATS), text_mode=zxingcpp.TextMode.Plain
    )
    return [one.text for one in found if one.valid]


def uri_in(picture: Any) -> str:
    """The one text in a picture. Raises CarrierNotRead."""
    found = codes_in(picture)
    if not found:
        raise CarrierNotRead
    return found[0]
