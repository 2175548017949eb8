"""The Environmental Footprint's flows come in with what they count for in climate change; every row that does not is told."""

import io
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter
from tests.chain import company
from tests.footprint.worksheets.helpers import line, sheet

from meguri.footprint.calculation.activity import Kind
from meguri.footprint.factors import find_factors, import_factors
from meguri.footprint.factors.importing import read_factors
from meguri.footprint.worksheets import service as worksheets
from meguri.storage.database import Database

pytestmark = pytest.mark.anyio
HEAD = [
    "FLOW_uuid", "FLOW_name", "LCIAMethod_uuid EF3.1", "LCIAMethod_name", "CF EF3.1", "LCIAMethod_location", "FLOW_class0",
    "FLOW_class1", "FLOW_class2", "LCIAMethod_derivation", "LCIAMethod_direction",
]  # fmt: skip
AIR = ("Emissions", "Emissions to air", "Emissions to air, unspecified", "Calculated")
ROWS = [
    ["F-1", "methane (fossil)", "m", "Climate change", 29.8, "", *AIR, "OUTPUT"],
    ["F-2", "carbon dioxide (biogenic)", "m", "Climate change", 0, "", *AIR, "OUTPUT"],
    ["F-1", "methane (fossil)", "m", "Climate change-Fossil", 29.8, "", *AIR, "OUTPUT"],
    ["F-3", "ammonia", "m", "Acidification", 3.02, "DE", *AIR, "OUTPUT"],
    ["F-3", "ammonia", "m", "Acidification", 2.1, "FR", *AIR, "OUTPUT"],
    ["F-4", "carbon dioxide", "m", "Climate change", -1, "", *AIR, "INPUT"],
    ["F-5", "sulfur hexafluoride", "m", "Climate change", "much", "", *AIR, "OUTPUT"],
    ["F-1", "methane (fossil)", "m", "Climate change", 27, "", *AIR, "OUTPUT"],
    ["", "nothing", "m", "Climate change", 1, "", *AIR, "OUTPUT"],
]
METHOD = """<LCIAMethodDataSet xmlns="http://lca.jrc.it/ILCD/LCIAMethod" xmlns:c="http://lca.jrc.it/ILCD/Common">
<LCIAMethodInformation><dataSetInformation><c:UUID>m</c:UUID><c:name xml:lang="en">{name}</c:name>
<impactCategory>Climate change</impactCategory></dataSetInformation></LCIAMethodInformation><characterisationFactors><factor>
<referenceToFlowDataSet refObjectId="F-1"><c:shortDescription>methane (fossil)</c:shortDescription></referenceToFlowDataSet>
<exchangeDirection>Output</exchangeDirection><meanValue>29.8</meanValue></factor></characterisationFactors>
</LCIAMethodDataSet>"""


def workbook() -> bytes:
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink)
    book.add_worksheet("read me").write(0, 0, "The factors are on another sheet.")
    page = book.add_worksheet("lciamethods_CF")
    for at, row in enumerate([HEAD, *ROWS]):
        page.write_row(at, 0, row)
    book.close()
    return sink.getvalue()


def test_flows_of_the_workbook_become_factors_and_each_other_row_is_told_by_line_and_reason() -> None:
    found = read_factors("EF-LCIAMethod_CF(EF-v3.1).xlsx", workbook(), {})
    assert [(at, one.id, one.value) for at, one in found.factors] == [
        (2, "EF-f-1", Decimal("29.8")),
        (3, "EF-f-2", Decimal(0)),
    ]
    methane = found.factors[0][1]
    assert (methane.unit, methane.version, methane.gwp_set, methane.system_model) == ("kg", "3.1", "AR6", "ef31")
    assert methane.name == "methane (fossil) (Emissions to air / Emissions to air, unspecified)"
    assert "European Commission" in methane.licence.attribution
    assert [(row.line, row.en.split(":")[0]) for row in found.rejected] == [
        (4, "Climate change-Fossil is not climate change in total"),
        (5, "Acidification is not climate change in total"),
        (7, "carbon dioxide is taken from nature; only emissions are taken in"),
        (8, "The factor “much” is no number"),
        (9, "The flow methane (fossil) has another value in line 2"),
        (10, "The flow has no id or no name"),
    ]
    assert "2 rows are left out" in found.rejected[1].en


def test_a_reference_package_gives_its_methods_alone_and_the_total_once() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("ILCD/flows/F-1.xml", "<flowDataSet/>")
        for name in ("Climate change", "Climate change-Fossil"):
            archive.writestr(f"ILCD/lciamethods/{name}.xml", METHOD.format(name=name))
    found = read_factors("EF-3.1.zip", sink.getvalue(), {})
    assert [(one.id, one.value) for _, one in found.factors] == [("EF-f-1", Decimal("29.8"))]
    assert [row.line for row in found.rejected] == [2]


async def test_an_imported_flow_characterises_a_worksheet_line_and_the_same_file_changes_nothing(
    river: Database,
) -> None:
    us = await company(river, "工場")
    report = await us.run(import_factors, "EF.xlsx", workbook())
    assert (report.created, len(report.rejected)) == (2, 6)
    again = await us.run(import_factors, "EF.xlsx", workbook())
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)
    assert [one.id for one in await us.run(find_factors, contains="methane (fossil)")] == ["EF-f-1"]
    await us.part("cell", ends=True)
    leak = line("leak", 2, "EF-f-1", kind=Kind.DIRECT, stage="main")
    figures = await us.run(worksheets.figures, (await sheet(us, "cell", leak)).worksheet_id)
    assert figures.total == Decimal("59.6")
    assert ("EF", "3.1") in [tuple(one) for one in figures.sources]
