"""Something of due diligence behind every door of a company."""

from tests.chain import Company

from meguri.diligence.model import GrievanceInput, PartyInput, PartyName
from meguri.diligence.service import grievances, records


async def diligent(one: Company) -> dict[str, object]:
    """The ids of a company of the chain and of a grievance."""
    party = await one.run(records.add, "party", PartyInput(names=[PartyName(value="Zarvani Refining")]))
    await one.run(grievances.open_case, GrievanceInput(what="Something that must not be read by others."))
    (case,) = await one.run(grievances.listed)
    return {"party_id": party.record_id, "record_id": party.record_id, "case_id": case.case_id, "year": 2026}
