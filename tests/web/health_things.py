"""Something of health behind every door: a file, an assessment, a diagnosis firm, an order."""

from typing import Any
from uuid import UUID

from meguri.health import service as health
from meguri.health.views import FirmInput, Options, OrderInput, ReaderInput, Upload
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.operators import service as operators

_FIRM_KEY = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"  # the example key of the did:key specification


async def diagnosed(a: Any, battery_id: UUID, partner_id: UUID) -> dict[str, object]:
    """Ids by the names of the doors' places."""
    firm = await a.run(health.register_firm, FirmInput(name="f", public_key=_FIRM_KEY))
    order = await a.run(health.place_order, OrderInput(battery_id=battery_id, firm_id=firm.firm_id))
    upload = Upload(
        upload_id=new_id(), file_name="a", sha256="0" * 64, size=1, kind="record", quality=None, created_at=clock.now()
    )
    await a.run(health.keep_upload, upload)
    (partner,) = await a.run(operators.by_ids, [partner_id])
    right = ReaderInput(company=partner.open_operator_id, ground="agent", purpose="lifetime", until=clock.today())
    reader = await a.run(health.add_reader, battery_id, right)
    begun, _ = await a.run(health.begin, None, battery_id, None, Options())
    return {
        "firm_id": firm.firm_id,
        "order_id": order.order_id,
        "reader_id": reader.reader_id,
        "upload_id": upload.upload_id,
        "assessment_id": begun.assessment_id,
    }
