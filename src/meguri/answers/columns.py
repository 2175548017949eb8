"""The columns of the table of answers. What the customer asked stands there already; the rest is to be filled in."""

from meguri.footprint.bulk.figures import COMMENT_COLUMN, OWN_COLUMNS, RATING_COLUMNS
from meguri.kernel.text import Text
from meguri.traceability.sheet.columns import Column

_INFO = Text(ja="変更しないでください。", en="Leave as it is.")

ASKED = ("request_id", "customer", "part", "unit", "due_date")
COLUMNS: tuple[Column, ...] = (
    Column("request_id", Text(ja="依頼の番号", en="Request"), _INFO, required=True),
    Column("customer", Text(ja="依頼元", en="Customer"), _INFO),
    Column("part", Text(ja="依頼された部品", en="Part asked for"), _INFO),
    Column("unit", Text(ja="単位", en="Unit"), _INFO),
    Column("due_date", Text(ja="回答期限", en="Due"), _INFO, holds="day"),
    Column(
        "own_part",
        Text(ja="自社の部品名", en="Your part"),
        Text(
            ja="納めている自社の部品。空欄なら、依頼された名前で新しく登録します。",
            en="The part that you deliver. Empty: a new one is registered under the name asked for.",
        ),
        holds="name",
    ),
    Column(
        "own_support_name",
        Text(ja="自社の補助名称", en="Your support name"),
        Text(ja="型番など。", en="A model number, say."),
        holds="name",
    ),
    *OWN_COLUMNS,
    *RATING_COLUMNS,
    COMMENT_COLUMN,
)
FIGURES = ("pre_production", "main_production")
