"""Factors from files of many kinds, once; what is wrong is told by line; licences are kept."""

import io
import json
import zipfile
from contextlib import suppress
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.chain import company

from meguri.footprint.calculation.factors import LicenceBlocksExport
from meguri.footprint.factors import export_factors, find_factors, import_factors
from meguri.footprint.factors.errors import ColumnsMissing, ImportUnreadable
from meguri.footprint.factors.importing import read_factors
from meguri.kernel.errors import Refusal
from meguri.storage.database import Database

HEAD = "コード,品目名,単位,排出係数,出典,ライセンス,gwp_set,ter,ger,tir\n"
ROWS = "X-1,鋼板,kg,2.2,社内,own,AR6,2,2,2\nX-2,電力,kWh,0.434,社内,own,AR6,,,\n"
SPOLD = """<?xml version="1.0"?>
<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold02"><activityDataset><activityDescription>
<activity id="a1"><activityName xml:lang="en">steel production</activityName></activity>
<geography><shortname>JP</shortname></geography><timePeriod startDate="2020-01-01" endDate="2026-12-31"/>
<macroEconomicScenario/></activityDescription><flowData>
<intermediateExchange amount="2" intermediateExchangeId="p1"><name>steel</name><unitName>kg</unitName>
<uncertainty><lognormal meanValue="2" mu="0.69" variance="0.01" varianceWithPedigreeUncertainty="0.04"/></uncertainty>
<outputGroup>0</outputGroup></intermediateExchange>
<impactIndicator amount="4.4"><impactMethodName>IPCC 2021</impactMethodName>
<impactCategoryName>climate change</impactCategoryName><name>global warming potential (GWP100)</name>
<unitName>kg CO2-Eq</unitName></impactIndicator></flowData></activityDataset></ecoSpold>"""
ILCD = """<processDataSet xmlns="http://lca.jrc.it/ILCD/Process" xmlns:c="http://lca.jrc.it/ILCD/Common"
 xmlns:l="http://lca.jrc.it/ILCD/LCIAMethod"><processInformation><dataSetInformation><c:UUID>u-1</c:UUID>
<name><baseName>Copper sheet</baseName></name></dataSetInformation><quantitativeReference>
<functionalUnitOrOther>1 kg</functionalUnitOrOther></quantitativeReference><time><c:referenceYear>2022</c:referenceYear>
<c:dataSetValidUntil>2025</c:dataSetValidUntil></time><geography><locationOfOperationSupplyOrProduction location="EU"/>
</geography></processInformation><administrativeInformation><c:dataSetVersion>03.01.000</c:dataSetVersion>
</administrativeInformation><LCIAResults><LCIAResult><referenceToLCIAMethodDataSet>
<c:shortDescription>EF v3.1 Climate change, GWP100</c:shortDescription></referenceToLCIAMethodDataSet>
<meanAmount>4.1</meanAmount></LCIAResult></LCIAResults></processDataSet>"""


def of_olca() -> bytes:
    process = {
        "@id": "o1",
        "name": "heat",
        "exchanges": [
            {"isQuantitativeReference": True, "amount": 1, "unit": {"name": "MJ"}, "flow": {"name": "heat"}},
            {"amount": 0.056, "unit": {"name": "kg"}, "flow": {"name": "Carbon dioxide, fossil"}},
            {"amount": 0.0001, "unit": {"name": "kg"}, "flow": {"name": "Methane, fossil"}},
        ],
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("processes/o1.json", json.dumps(process))
    return sink.getvalue()


async def test_a_table_comes_in_once_and_a_changed_row_is_a_new_version(river: Database) -> None:
    us = await company(river, "会社")
    first = await us.run(import_factors, "moe.csv", (HEAD + ROWS).encode())
    assert (first.read, first.created, first.changed, first.unchanged, first.rejected) == (2, 2, 0, 0, [])
    again = await us.run(import_factors, "moe.csv", (HEAD + ROWS).encode())
    assert (again.created, again.changed, again.unchanged, again.import_id) == (0, 0, 2, None)
    third = await us.run(import_factors, "moe.csv", (HEAD + ROWS.replace("2.2", "2.1")).encode("cp932"))
    assert (third.created, third.changed, third.unchanged) == (0, 1, 1)
    (steel,) = await us.run(find_factors, contains="鋼板")
    assert (steel.value, steel.version, steel.supersedes) == (Decimal("2.1"), "1-2", "1")
    assert await (await company(river, "他社")).run(find_factors, contains="鋼板") == []
    with pytest.raises(LicenceBlocksExport):
        await us.run(export_factors, ["X-1"])


async def test_rows_that_cannot_be_taken_are_told_by_line_and_the_others_come_in(river: Database) -> None:
    us = await company(river, "会社")
    bad = ("A,a,kg,abc,s", "B,b,parsec,1,s", "C,c,kg,1,", "D,d,kg,NaN,s")
    rows = "".join(f"{row},own,AR6,,,\n" for row in (*bad, "E,e,kg,1,s"))
    report = await us.run(import_factors, "x.csv", (HEAD + rows).encode())
    assert [row.line for row in report.rejected] == [2, 3, 4, 5]
    assert all(row.ja and row.en for row in report.rejected)
    assert report.created == 1


def test_a_workbook_is_read_like_a_table_and_columns_may_be_named() -> None:
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink)
    table = book.add_worksheet()
    for row, cells in enumerate([["No", "What", "Per", "EF", "src", "lic"], [7, "tape", "kg", 3.5, "lab", "own"]]):
        table.write_row(row, 0, cells)
    book.close()
    columns = {"id": "No", "name": "What", "unit": "Per", "value": "EF", "source": "src", "licence": "lic"}
    ((line, found),) = read_factors("own.xlsx", sink.getvalue(), columns).factors
    assert (line, found.id, found.name, found.value, found.source.name) == (2, "7", "tape", Decimal("3.5"), "lab")
    with pytest.raises(ColumnsMissing):
        read_factors("own.xlsx", sink.getvalue(), {})


def test_ecospold_ilcd_and_openlca_data_sets_are_read() -> None:
    ((_, steel),) = read_factors("s.spold", SPOLD.encode(), {}).factors
    assert (steel.value, steel.unit, steel.geography, steel.gwp_set) == (Decimal("2.2"), "kg", "JP", "AR6")
    assert steel.sigma == 0.2
    assert steel.licence.redistribute == "no"
    ((_, copper),) = read_factors("c.xml", ILCD.encode(), {}).factors
    assert (copper.value, copper.system_model, copper.geography, copper.version) == (
        Decimal("4.1"),
        "ef31",
        "EU",
        "03.01.000",
    )
    assert str(copper.valid_to) == "2025-12-31"
    ((_, heat),) = read_factors("o.zip", of_olca(), {}).factors
    assert heat.by_gas == {"CO2": Decimal("0.056"), "CH4_fossil": Decimal("0.0001")}
    assert heat.unit == "MJ"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.spold", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><ecoSpold>&b;</ecoSpold>'),
        ("x.xml", b"<a><b></a>"),
        ("x.xml", b"<html/>"),
        ("x.xml", b"<a>" * 200 + b"</a>" * 200),
        ("x.zip", b"PK nonsense"),
        ("x.xlsx", b"nonsense"),
        ("x.exe", b"MZ"),
        ("x.csv", b"\xff\xfe\x81"),
        ("x.csv", b""),
    ],
)
def test_files_that_are_damaged_dangerous_or_none_of_these_are_refused(name: str, content: bytes) -> None:
    with pytest.raises((ImportUnreadable, ColumnsMissing)):
        read_factors(name, content, {})


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["x.csv", "x.xml", "x.zip", "x.spold"]), st.binary(max_size=300))
def test_no_file_brings_the_reader_down(name: str, content: bytes) -> None:
    with suppress(Refusal):
        read_factors(name, content, {})
