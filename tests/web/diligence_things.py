"""Something of due diligence behind every door of a company."""

from tests.chain import Company

from meguri.diligence.model import FindingInput, GrievanceInput, PartyInput, PartyName, SeverityInput
from meguri.diligence.service import casework, grievances, records
from meguri.kernel import clock


async def diligent(one: Company) -> dict[str, object]:
    """The ids of a company of the chain and of a grievance."""
    party = await one.run(records.add, "party", PartyInput(names=[PartyName(value="Zarvani Refining")]))
    await one.run(grievances.open_case, GrievanceInput(what="Something that must not be read by others."))
    (case,) = await one.run(grievances.listed)
    said = FindingInput(
        title="Dust",
        category="A1",
        severity=SeverityInput(scale=1, scope=1, irremediability=1),
        likelihood=1,
        detected_on=clock.today(),
    )
    finding = await one.run(casework.find, said)
    return {
        "finding_id": finding.record_id,
        "party_id": party.record_id,
        "record_id": party.record_id,
        "case_id": case.case_id,
        "year": 2026,
    }
