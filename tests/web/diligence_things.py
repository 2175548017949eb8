"""Something of due diligence behind every door of a company."""

from decimal import Decimal

from tests.chain import Company

from meguri.diligence.model import (
    EdgeInput,
    FacilityInput,
    FindingInput,
    GrievanceInput,
    PartyInput,
    PartyName,
    SeverityInput,
)
from meguri.diligence.service import casework, grievances, records
from meguri.kernel import clock


async def diligent(one: Company) -> dict[str, object]:
    """The ids of a company of the chain and of a grievance."""
    party = await one.run(records.add, "party", PartyInput(names=[PartyName(value="Zarvani Refining")]))
    said = GrievanceInput(what="Something that must not be read by others.")
    await one.run(grievances.open_case, said, [("a.txt", b"words")])
    (case,) = await one.run(grievances.listed)
    found = FindingInput(
        title="Dust",
        category="A1",
        severity=SeverityInput(scale=1, scope=1, irremediability=1),
        likelihood=1,
        detected_on=clock.today(),
    )
    finding = await one.run(casework.find, found)
    site = await one.run(
        records.add, "facility", FacilityInput(party_id=party.record_id, name="Zarvani", stage="refiner")
    )
    supply = EdgeInput(source=site.record_id, material="cobalt", share_pct=Decimal(10), valid_from=clock.today())
    edge = await one.run(records.add, "edge", supply)
    return {
        "finding_id": finding.record_id,
        "edge_id": edge.record_id,
        "party_id": party.record_id,
        "record_id": party.record_id,
        "case_id": case.case_id,
        "case_file_id": case.files[0].file_id,
        "year": 2026,
    }
