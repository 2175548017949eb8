"""How the roll-up says no: a structure or a table of figures that must not be computed.

Invalid
├── CycleInStructure   a part needs itself, directly or through others
├── PartUnknown        a link or a change names a part that is not in the list
├── DuplicatePart      the same part is listed twice with different figures
├── ParallelLinks      the same link is listed twice, where the caller wants each once
├── ValueInvalid       not a finite number
├── OutOfRange         a finite number outside its limits
├── IdMissing          a part or an end of a link without an id
├── AmountMissing      a link without an amount
└── TotalTooLarge      a total that no number of the chosen kind can hold
"""

from collections.abc import Sequence

from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text

_SHOWN = 100


class CycleInStructure(Invalid):
    """A part needs itself, directly or through other parts; `parts` are those on one such way round.

    Scrap that returns to its own process is stated as a scrap rate, not as a cycle.
    """

    code = "footprint.cycle"
    say = Text(
        ja="部品構成が循環しています: {way}。循環を作っているリンクを一つ外してください。",
        en="The structure runs in a circle: {way}. Please remove one of these links.",
    )

    def __init__(self, parts: Sequence[str]) -> None:
        """`parts` are the ids on the cycle, each needing the next, the last needing the first."""
        shown = [*parts, parts[0]]
        if len(shown) > _SHOWN:
            shown = [*parts[: _SHOWN // 2], f"… ({len(parts) - _SHOWN}) …", *parts[-_SHOWN // 2 :], parts[0]]
        super().__init__(way=" → ".join(shown))
        self.parts = list(parts)


class PartUnknown(Invalid):
    """A link, a change or a question names a part that is not in the list of parts."""

    code = "footprint.part_unknown"
    say = Text(
        ja="部品「{part}」は部品一覧にありません。一覧に追加するか、識別子を確認してください。",
        en="Part “{part}” is not in the list of parts. Please add it or check the identifier.",
    )


class DuplicatePart(Invalid):
    """One part is listed twice with different figures, so it is not known which ones hold."""

    code = "footprint.duplicate"
    say = Text(
        ja="部品「{part}」が異なる値で重複しています。一行だけ残してください。",
        en="Part “{part}” is listed more than once with different figures. Please keep one row.",
    )


class ParallelLinks(Invalid):
    """One link is listed twice, where each may stand once."""

    code = "footprint.parallel_links"
    say = Text(
        ja="「{parent}」から「{child}」へのリンクが重複しています。数量を合計して一行にしてください。",
        en="The link from “{parent}” to “{child}” is listed more than once. Please add the amounts into one row.",
    )


class ValueInvalid(Invalid):
    """A figure that is empty, not a number, or not finite."""

    code = "footprint.value_invalid"
    say = Text(
        ja="{field} の値「{value}」は数値として扱えません。有限の数値を入力してください。",
        en="{field} holds “{value}”, which is not a finite number. Please enter one.",
    )


class OutOfRange(Invalid):
    """A number outside the limits of its field."""

    code = "footprint.out_of_range"
    say = Text(
        ja="{field} の値「{value}」は範囲外です。{limits} の値を入力してください。",
        en="{field} is “{value}”, which is out of range. Please enter a value {limits}.",
    )


class IdMissing(Invalid):
    """An empty cell where the id of a part should stand."""

    code = "footprint.id_missing"
    say = Text(
        ja="{field} が空です。部品の識別子を入力してください。",
        en="{field} is empty. Please enter the identifier of a part.",
    )


class AmountMissing(Invalid):
    """An empty cell where the amount of a link should stand."""

    code = "footprint.amount_missing"
    say = Text(
        ja="{field} が空です。数量を入力してください。",
        en="{field} is empty. Please enter the amount.",
    )


class TotalTooLarge(Invalid):
    """Figures and amounts multiply to more than a number can hold."""

    code = "footprint.total_too_large"
    say = Text(
        ja="部品「{part}」の {figure} の合計が大きすぎて表せません。値と数量の単位を確認してください。",
        en="The total of {figure} of part “{part}” is too large to be held. Please check the units of figures and amounts.",
    )
