"""The columns of the table of footprints. What is known stands there already; the rest is to be filled in."""

from meguri.footprint.bulk.figures import COMMENT_COLUMN, OWN_COLUMNS, RATING_COLUMNS
from meguri.kernel.text import Text
from meguri.traceability.sheet.columns import Column

KNOWN = ("part", "support_name", "unit")
FIGURES = ("pre_production", "main_production", "pre_component", "main_component")
_LUMP = Text(
    ja="構成に登録していない部品の分をまとめて。1単位あたり kg CO₂e。",
    en="Of components that are not in the structure, as a lump: kg CO₂e per unit.",
)
COLUMNS: tuple[Column, ...] = (
    Column(
        "part",
        Text(ja="部品名", en="Part"),
        Text(ja="登録済みの自社の部品。", en="A part of yours."),
        required=True,
        holds="name",
    ),
    Column(
        "support_name",
        Text(ja="補助名称", en="Support name"),
        Text(ja="同じ名前の部品が複数あるとき。", en="Where several parts have the name."),
        holds="name",
    ),
    Column(
        "unit",
        Text(ja="単位", en="Unit"),
        Text(ja="変更しないでください。", en="Leave as it is."),
    ),
    *OWN_COLUMNS,
    Column("pre_component", Text(ja="前処理: 部品由来", en="Pre-processing: components"), _LUMP, holds="figure"),
    Column("main_component", Text(ja="製造: 部品由来", en="Main production: components"), _LUMP, holds="figure"),
    *RATING_COLUMNS,
    COMMENT_COLUMN,
)
