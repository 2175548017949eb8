"""A draft of a passport (what is published is for everyone) and a signing key behind the doors of passports."""

from tests.passport.batteries import GTINS, complete

from meguri.passport import service
from meguri.passport.model import NewPassport
from meguri.proof import keyring


async def passported(company: object) -> dict[str, object]:
    """The ids of what a company has of passports."""
    new = NewPassport(gtin=GTINS["ev"], serial="WALK000001", values=complete("ev"), initial_declared=True)
    run = company.run  # type: ignore[attr-defined]
    made = await run(service.issue, new, base="http://meguri.test")
    signer = await run(keyring.signer)
    return {"passport_id": made.passport_id, "kid": signer.kid}
