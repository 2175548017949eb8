"""How worksheets say no."""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Text


class WorksheetNotFound(NotFound):
    """A worksheet that does not exist, or belongs to another company."""

    code = "footprint.worksheet_not_found"
    say = Text(ja="ワークシートが見つかりません。", en="This worksheet was not found.")


class ResultNotFound(NotFound):
    """A result that does not exist, or belongs to another company."""

    code = "footprint.result_not_found"
    say = Text(ja="計算結果が見つかりません。", en="This result was not found.")


class BadPeriod(Invalid):
    """A production period that ends before it begins."""

    code = "footprint.bad_period"
    say = Text(
        ja="期間の終了日は開始日以降にしてください。",
        en="The period must not end before it begins.",
    )


class DuplicateLine(Invalid):
    """Two lines with one id."""

    code = "footprint.duplicate_line"
    say = Text(ja="行ID「{line}」が重複しています。", en="The line id “{line}” is used twice.")


class TooManyParts(Invalid):
    """More parts below than one calculation takes."""

    code = "footprint.too_many_parts"
    say = Text(
        ja="下位の部品が {most} 件を超えるため、画面からは計算できません。meguri footprint rollup を使ってください。",
        en="There are more than {most} parts below. Please use meguri footprint rollup.",
    )


class OuranosValueOutOfRange(Invalid):
    """A figure that the data exchange cannot carry."""

    code = "footprint.ouranos_value_out_of_range"
    say = Text(
        ja="{field} = {value} は、データ連携で送れる範囲（0 ～ 99999.99999）にありません。",
        en="{field} = {value} is outside what the data exchange carries (0 to 99999.99999).",
    )


class ScenarioOnly(Conflict):
    """A what-if can be looked at, and nothing else."""

    code = "footprint.scenario"
    say = Text(
        ja="仮定に基づく試算は、宣言や回答には使えません。",
        en="A what-if cannot be declared or sent.",
    )


class NotByTheHour(Invalid):
    """A meter without readings of an hour or less."""

    code = "footprint.not_by_the_hour"
    say = Text(
        ja="計測点「{meter}」に、期間内の1時間以下の計測値がありません。1時間ごとの値を取り込んでください。",
        en="“{meter}” has no readings of an hour or less in the period. Please import hourly ones.",
    )


class GridFactorsUneven(Invalid):
    """Not as many grid factors or generations as hours of load."""

    code = "footprint.hours_uneven"
    say = Text(
        ja="時間の数が一致しません（使用 {load}、発電 {generation}、係数 {grid}）。同じ数にしてください。",
        en="The hours do not match ({load} loads, {generation} generations, {grid} factors). Please give equally many.",
    )


class GridFactorsMissing(Invalid):
    """A file of grid factors that has none for some hours with a load."""

    code = "footprint.grid_factors_missing"
    say = Text(
        ja="系統電力の係数がない時間が {count} 時間あります（最初は {first}）。使用した時間すべての係数を入れてください。",
        en="There is no grid factor for {count} hours with a load, the first {first}. Please give one for each hour.",
    )


class GridFactorUnreadable(Invalid):
    """A row of a file of grid factors that is no moment and number."""

    code = "footprint.grid_factor_unreadable"
    say = Text(
        ja="{line} 行目を読めません。from に日時、factor に kg CO2e/kWh の数値を入れてください。",
        en="Row {line} cannot be read. Please give a moment in from and kg CO2e/kWh in factor.",
    )


class PartNotBelow(NotFound):
    """A scenario names a part that the worksheet does not rest on."""

    code = "footprint.part_not_below"
    say = Text(
        ja="このワークシートの下に、その部品はありません。",
        en="This worksheet does not rest on that part.",
    )
