"""Figures and ratings in the cells of a table (pure): their columns, what is wrong with them, and what they mean."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from meguri.footprint.model import MAX_FIGURE, Quality
from meguri.kernel.text import Text
from meguri.traceability.forms import decimal
from meguri.traceability.sheet.columns import Column

SIDES = ("pre", "main")
RATINGS = tuple(f"{side}_{name}" for side in SIDES for name in ("ter", "ger", "tir"))
LONGEST_COMMENT = 1000
_RATING = Text(ja="1（最良）〜5。空欄でもかまいません。", en="1 (best) to 5; may stay empty.")
_FIGURE = Text(ja="1単位あたり kg CO₂e。小数点以下5桁まで。", en="kg CO₂e per unit, at most five decimals.")
RATING_COLUMNS = tuple(
    Column(f"{side}_{name.lower()}", Text(ja=f"{ja} {name}", en=f"{en} {name}"), _RATING, holds="figure")
    for side, ja, en in (("pre", "前処理", "Pre-processing"), ("main", "製造", "Main production"))
    for name in ("TeR", "GeR", "TiR")
)
OWN_COLUMNS = (
    Column("pre_production", Text(ja="前処理の排出量", en="Pre-processing"), _FIGURE, holds="figure"),
    Column("main_production", Text(ja="製造の排出量", en="Main production"), _FIGURE, holds="figure"),
)
COMMENT_COLUMN = Column(
    "comment", Text(ja="補足", en="Comment"), Text(ja="1000文字まで。", en="Up to 1,000 characters.")
)
NUMBER = Text(
    ja="「{heading}」は0〜99999.99999の数値（小数点以下5桁まで）で入力してください。日付や単位は入れないでください。",
    en="“{heading}” is a number from 0 to 99999.99999 with at most five decimals, no date and no unit.",
)
LONG = Text(ja="「{heading}」が長すぎます。", en="“{heading}” is too long.")
RATING_ALONE = Text(ja="排出量のない側に品質だけが入力されています。", en="There are ratings without a figure.")


def wrong_figures(row: Mapping[str, str], figures: Sequence[str]) -> Iterator[tuple[str, Text]]:
    """(column, sentence) of each cell that is wrong; the sentence has a place for the heading."""
    for key in (*figures, *RATINGS):
        if row.get(key) and not _fits(decimal(row[key])):
            yield key, NUMBER
    if len(row.get("comment") or "") > LONGEST_COMMENT:
        yield "comment", LONG
    for side in SIDES:
        rated = any(row.get(key) for key in RATINGS if key.startswith(f"{side}_"))
        said = [row[key] for key in figures if key.startswith(f"{side}_") and row.get(key)]
        if rated and all(decimal(text) == 0 for text in said):
            yield f"{side}_production", RATING_ALONE


def figure(row: Mapping[str, str], key: str) -> Decimal | None:
    """The figure of a cell; None for an empty one."""
    return decimal(row[key]) if row.get(key) else None


def quality(row: Mapping[str, str], side: str) -> Quality:
    """The ratings of one side."""
    return Quality(**{name: figure(row, f"{side}_{name}") for name in ("ter", "ger", "tir")})


def headed(say: Text, heading: Text) -> Text:
    """A sentence with its heading in place."""
    return Text(ja=say.ja.replace("{heading}", heading.ja), en=say.en.replace("{heading}", heading.en))


def _fits(value: Decimal | None) -> bool:
    return value is not None and 0 <= value <= MAX_FIGURE and value == round(value, 5)
