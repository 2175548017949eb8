"""What other rooms may ask of health. Every use case is `async def f(tx, scope, …)` in one transaction.

for reuse
    standing(tx, scope, battery_id, at=None) -> Standing             what all methods say together, resistance, spread, all results
    evidence(tx, scope, battery_id) -> [Finding]                     what was found for the safety gate, oldest first
    history(tx, scope, battery_id, quantity="soh_capacity") -> [StoredResult]
    life_left(tx, scope, battery_id, …) -> LifeLeft                  ageing fitted to the battery's own history
    scenarios(tx, scope, battery_id) -> [Scenario]                   the same for each next use of the rule data
files and assessments
    keep_upload(tx, scope, …) -> Upload; upload, uploads
    begin(tx, scope, …) -> StoredAssessment; finish(tx, scope, …); fail(tx, scope, …); assessment, assessments
    record(tx, scope, battery_id, source_id, source, results, measured_at, inputs) -> Standing   from whichever source
readers by right (Regulation (EU) 2023/1542 Art. 14)
    add_reader, readers, end_reader; readings: who read; readable, read_shared(tx, scope, battery_id) -> SharedHealth
firms and births
    register_firm, firms, revoke_firm; place_order, orders, deliver; track_record(tx, scope, of_model) -> Record
    import_births(tx, scope, data) -> BirthsReport; birth, births
"""

from meguri.health.service.ageing import Scenario, history, life_left, scenarios
from meguri.health.service.assessing import (
    assessment,
    assessments,
    begin,
    fail,
    finish,
    keep_upload,
    upload,
    uploads,
)
from meguri.health.service.births import birth, births, import_births
from meguri.health.service.checking import track_record
from meguri.health.service.firms import (
    deliver,
    firm,
    firms,
    order,
    orders,
    place_order,
    register_firm,
    revoke_firm,
)
from meguri.health.service.readers import add_reader, end_reader, read_shared, readable, readers, readings
from meguri.health.service.recording import evidence, record, standing

__all__ = [
    "Scenario",
    "add_reader",
    "assessment",
    "assessments",
    "begin",
    "birth",
    "births",
    "deliver",
    "end_reader",
    "evidence",
    "fail",
    "finish",
    "firm",
    "firms",
    "history",
    "import_births",
    "keep_upload",
    "life_left",
    "order",
    "orders",
    "place_order",
    "read_shared",
    "readable",
    "readers",
    "readings",
    "record",
    "register_firm",
    "revoke_firm",
    "scenarios",
    "standing",
    "track_record",
    "upload",
    "uploads",
]
