"""The columns of the parts table. One row is a part; with a parent named, it is a component of that parent."""

import unicodedata
from collections.abc import Sequence
from typing import Literal

import msgspec

from meguri.kernel.text import Text


class Column(msgspec.Struct, frozen=True):
    """One column: its key (also accepted as a heading), its headings, and what to write in it.

    holds  `day`: dates are what it is for; `figure`: whoever reads the rows refuses a date by row; `text`: a cell that a
           spreadsheet has turned into a date refuses the file, for what was typed is lost; `name`: the same, also where a CSV
           shows it by how the value is written
    """

    key: str
    heading: Text
    help: Text
    required: bool = False
    holds: Literal["text", "name", "figure", "day"] = "text"


COLUMNS: tuple[Column, ...] = (
    Column(
        "parent_name",
        Text(ja="親部品名", en="Parent part"),
        Text(
            ja="構成部品の行だけ。どの部品の構成かを書きます。", en="Only for components: the part that they go into."
        ),
        holds="name",
    ),
    Column(
        "parent_support_name",
        Text(ja="親部品の補助名称", en="Parent support name"),
        Text(ja="親部品に補助名称があるとき。", en="If the parent part has a support name."),
        holds="name",
    ),
    Column(
        "name",
        Text(ja="部品名", en="Part"),
        Text(ja="必須。50文字まで。", en="Required, up to 50 characters."),
        required=True,
        holds="name",
    ),
    Column(
        "support_name",
        Text(ja="補助名称", en="Support name"),
        Text(ja="型番など。50文字まで。", en="A model number, say; up to 50 characters."),
        holds="name",
    ),
    Column(
        "plant",
        Text(ja="事業所識別子", en="Plant id"),
        Text(ja="必須。登録済みの事業所の公開識別子。", en="Required: the public id of a registered plant."),
        required=True,
    ),
    Column(
        "unit",
        Text(ja="単位", en="Unit"),
        Text(
            ja="個、kg、L、m³、m²、kWh、MJ、t·km のいずれか。英語名（unit、kilogram など）でもかまいません。",
            en="One of unit, kg, L, m³, m², kWh, MJ, t·km, or the name in full (kilogram, liter, square-meter …).",
        ),
    ),
    Column(
        "terminated",
        Text(ja="終端", en="End of chain"),
        Text(
            ja="必須。これより上流に依頼しない部品は「はい」。", en="Required: yes if nothing upstream is asked for it."
        ),
        required=True,
    ),
    Column(
        "amount",
        Text(ja="数量", en="Amount"),
        Text(
            ja="構成部品の行では必須。親部品1単位あたりの量。小数点以下5桁まで。",
            en="Required for components: the amount in one unit of the parent, at most five decimals.",
        ),
        holds="figure",
    ),
    Column("label", Text(ja="部品ラベル", en="Label"), Text(ja="50文字まで。", en="Up to 50 characters.")),
    Column("info1", Text(ja="部品補足情報1", en="Note 1"), Text(ja="50文字まで。", en="Up to 50 characters.")),
    Column("info2", Text(ja="部品補足情報2", en="Note 2"), Text(ja="50文字まで。", en="Up to 50 characters.")),
    Column("info3", Text(ja="部品補足情報3", en="Note 3"), Text(ja="50文字まで。", en="Up to 50 characters.")),
)

YES = frozenset({"はい", "yes", "true", "1", "y", "○", "有"})
NO = frozenset({"いいえ", "no", "false", "0", "n", "×", "無"})


def by_heading(columns: Sequence[Column]) -> dict[str, str]:
    """Every accepted heading as `folded` writes it, with its column's key."""
    return {
        folded(heading): column.key
        for column in columns
        for heading in (column.key, column.heading.ja, column.heading.en)
    }


def folded(heading: str) -> str:
    """A heading without what does not tell it from another: width of its signs, case, blanks, a mark for required."""
    return "".join(unicodedata.normalize("NFKC", heading).casefold().split()).strip("*※")
