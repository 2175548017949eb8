"""A second kind of product, in data alone: an electric drive unit, with its own catalogue and its own duties."""

from pathlib import Path

HEAD = """
id = "passport.drive-unit"
version = "1.0.0"
status = "draft"
valid_from = 2028-01-01
source = "synthetic, for the tests"
kind = "drive-unit"
name = { ja = "電動駆動ユニット", en = "Electric drive unit" }
namespace = "urn:meguri:dpp:drive-unit:1:"
category = "drive_category"
model_id = "drive_model"
[[sections]]
code = "envelope"
name = { ja = "文書情報", en = "Document" }
[[sections]]
code = "motor"
name = { ja = "モーター", en = "Motor" }
[[categories]]
code = "traction"
name = { ja = "走行用", en = "Traction" }
[profiles.basic]
name = { ja = "基本", en = "Basic" }
by = "datapoints"
default = true
[derived]
power_density = "peak_power / mass"
[managed]
keys = ["dpp_id", "unique_product_identifier", "dpp_status", "version_no"]
"""
COLUMNS = (
    "key,section,name_en,name_ja,type,unit,enum,min,max,cardinality,static_dynamic,level,access_class,audiences,"
    "annex_xiii_point,ec_dp,ec_traction,condition,longlist_no,ll_traction,din_ref,legal_ref,on_label,update_trigger,"
    "jp_class,derived_from,batterypass_path,jsonld_term,confidence"
)


def _row(
    key: str, section: str, kind: str, access: str, *, unit: str = "", low: str = "", enum: str = "", duty: str = "M"
) -> str:
    return (
        f"{key},{section},{key},{key}の名,{kind},{unit},{enum},{low},,0..1,S,item,{access},,,,{duty},,,-,,Synthetic Art. 1,"
        "N,,,,,,U"
    )


ROWS = (
    _row("dpp_id", "envelope", "uri", "P1"),
    _row("unique_product_identifier", "envelope", "uri", "P1"),
    _row("dpp_status", "envelope", "code", "P1", enum="Active|Inactive|Archived|Invalid"),
    _row("version_no", "envelope", "integer", "P1"),
    _row("drive_category", "motor", "code", "P1", enum="traction"),
    _row("drive_model", "motor", "string", "P1"),
    _row("peak_power", "motor", "decimal", "P1", unit="kW", low=">0"),
    _row("mass", "motor", "decimal", "P1", unit="kg", low=">0"),
    _row("power_density", "motor", "decimal", "P1", unit="kW/kg", duty="O"),
    _row("magnet_supplier", "motor", "string", "P2"),
    _row("winding_report", "motor", "string", "P3", duty="O"),
)
_POINT_COLUMNS = (
    "nr,name_en,name_ja,source,access_class,audiences,lifecycle,traction,condition,catalogue_keys,guidance_version,"
    "valid_from,confidence\n"
)
POINTS = (
    _POINT_COLUMNS
    + """1,Power,出力,Synthetic,P1,public,static,M,,peak_power,x,2028-01-01,U
2,Magnets,磁石,Synthetic,P2,public,static,M,,magnet_supplier,x,2028-01-01,U
3,Report,報告書,Synthetic,P3,public,static,O,,winding_report,x,2028-01-01,U
"""
)
CHECKS = """
id = "passport.drive-unit.checks"
version = "1.0.0"
[[checks]]
code = "TOO_LIGHT"
level = "error"
keys = ["peak_power", "mass"]
holds = "peak_power <= 20 * mass"
ja = "出力に対して軽すぎます。"
en = "It is too light for its power."
"""


def write(folder: Path) -> Path:
    """The data of the kind in a folder."""
    (folder / "kind.toml").write_text(HEAD, "utf-8")
    (folder / "catalogue.csv").write_text("\n".join((COLUMNS, *ROWS)) + "\n", "utf-8")
    (folder / "datapoints.csv").write_text(POINTS, "utf-8")
    (folder / "checks.toml").write_text(CHECKS, "utf-8")
    return folder
