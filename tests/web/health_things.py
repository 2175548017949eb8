"""Something of health behind every door: a file, an assessment, a diagnosis firm, an order."""

from typing import Any
from uuid import UUID

from meguri.health import service as health
from meguri.health.views import FirmInput, Options, OrderInput, Upload
from meguri.kernel import clock
from meguri.kernel.ids import new_id

_FIRM_KEY = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"  # the example key of the did:key specification


async def diagnosed(a: Any, battery_id: UUID) -> dict[str, object]:
    """Ids by the names of the doors' places."""
    firm = await a.run(health.register_firm, FirmInput(name="f", public_key=_FIRM_KEY))
    order = await a.run(health.place_order, OrderInput(battery_id=battery_id, firm_id=firm.firm_id))
    upload = Upload(
        upload_id=new_id(), file_name="a", sha256="0" * 64, size=1, kind="record", quality=None, created_at=clock.now()
    )
    await a.run(health.keep_upload, upload)
    begun, _ = await a.run(health.begin, None, battery_id, None, Options())
    return {
        "firm_id": firm.firm_id,
        "order_id": order.order_id,
        "upload_id": upload.upload_id,
        "assessment_id": begun.assessment_id,
    }
