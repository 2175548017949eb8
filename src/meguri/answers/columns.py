"""The columns of the table of answers. What the customer asked stands there already; the rest is to be filled in."""

from meguri.kernel.text import Text
from meguri.traceability.sheet.columns import Column

_INFO = Text(ja="変更しないでください。", en="Leave as it is.")
_RATING = Text(ja="1（最良）〜5。空欄でもかまいません。", en="1 (best) to 5; may stay empty.")

ASKED = ("request_id", "customer", "part", "unit", "due_date")
COLUMNS: tuple[Column, ...] = (
    Column("request_id", Text(ja="依頼の番号", en="Request"), _INFO, required=True),
    Column("customer", Text(ja="依頼元", en="Customer"), _INFO),
    Column("part", Text(ja="依頼された部品", en="Part asked for"), _INFO),
    Column("unit", Text(ja="単位", en="Unit"), _INFO),
    Column("due_date", Text(ja="回答期限", en="Due"), _INFO),
    Column(
        "own_part",
        Text(ja="自社の部品名", en="Your part"),
        Text(
            ja="納めている自社の部品。空欄なら、依頼された名前で新しく登録します。",
            en="The part that you deliver. Empty: a new one is registered under the name asked for.",
        ),
    ),
    Column(
        "own_support_name",
        Text(ja="自社の補助名称", en="Your support name"),
        Text(ja="型番など。", en="A model number, say."),
    ),
    Column(
        "pre_production",
        Text(ja="前処理の排出量", en="Pre-processing"),
        Text(ja="1単位あたり kg CO2e。小数点以下5桁まで。", en="kg CO2e per unit, at most five decimals."),
    ),
    Column(
        "main_production",
        Text(ja="製造の排出量", en="Main production"),
        Text(ja="1単位あたり kg CO2e。小数点以下5桁まで。", en="kg CO2e per unit, at most five decimals."),
    ),
    *(
        Column(f"{side}_{name}", Text(ja=f"{ja} {name_ja}", en=f"{en} {name_en}"), _RATING)
        for side, ja, en in (("pre", "前処理", "Pre-processing"), ("main", "製造", "Main production"))
        for name, name_ja, name_en in (("ter", "TeR", "TeR"), ("ger", "GeR", "GeR"), ("tir", "TiR", "TiR"))
    ),
    Column("comment", Text(ja="補足", en="Comment"), Text(ja="1000文字まで。", en="Up to 1,000 characters.")),
)
RATINGS = tuple(f"{side}_{name}" for side in ("pre", "main") for name in ("ter", "ger", "tir"))
FIGURES = ("pre_production", "main_production")
