"""How telemetry says no: a record that cannot be used as a whole, a gateway that may not send."""

from meguri.kernel.errors import Conflict, Invalid, NotFound, Refusal, Unauthenticated
from meguri.kernel.text import Text


class Unusable(Invalid):
    """The input cannot be used at all; no output is written."""

    code = "UNREADABLE"
    say = Text(
        ja="入力ファイルを読み取れません({detail})。CSV または Parquet の表を指定してください。",
        en="The input cannot be read ({detail}). Please give a table as CSV or Parquet.",
    )


class EmptyInput(Unusable):
    """No row to work on."""

    code = "EMPTY_INPUT"
    say = Text(
        ja="入力にデータ行がありません。見出し行の下に 1 行以上のデータが必要です。",
        en="The input has no data rows. At least one row is needed below the header.",
    )


class BadEncoding(Unusable):
    """The bytes are not UTF-8 text."""

    code = "ENCODING"
    say = Text(
        ja="文字コードが UTF-8 ではありません({detail})。UTF-8 で保存し直してください。",
        en="The text is not UTF-8 ({detail}). Please save it as UTF-8.",
    )


class ColumnMissing(Unusable):
    """A required column is not there."""

    code = "COLUMN_MISSING"
    say = Text(
        ja="必要な列がありません: {columns}。最も近い見出し: {nearest}",
        en="Required columns are missing: {columns}. Nearest headers seen: {nearest}",
    )


class ColumnDuplicate(Unusable):
    """A column is there twice, so nobody can tell which one is meant."""

    code = "COLUMN_DUPLICATE"
    say = Text(ja="同じ列が 2 回以上あります: {columns}", en="Columns appear more than once: {columns}")


class UnitSuspect(Unusable):
    """A whole column looks as if written in another unit; it is never converted by guess."""

    code = "UNIT_SUSPECT"
    say = Text(
        ja="列 {column} の単位が違うようです(必要な単位: {unit}、例: {row} 行目の {value})。換算してからやり直してください。",
        en="Column {column} seems to be in another unit (needed: {unit}; for example row {row}: {value}). "
        "Please convert it and try again.",
    )


class LevelSuspect(Unusable):
    """The voltages are those of one cell where the name plate says a pack, or the other way: it is another battery's record."""

    code = "LEVEL_SUSPECT"
    say = Text(
        ja="電圧({row} 行目は {value} V)が、銘板の直列数 {cells} の電池のものではないようです。"
        "別の電池の記録でないか、直列数と、セルかパックかの登録を確かめてください。",
        en="The voltages (row {row}: {value} V) do not seem to be those of {cells} cells in series, as the name plate says. "
        "Please check that the record is this battery's, and its number of cells and level.",
    )


class SignSuspect(Unusable):
    """The voltage falls when the current is said to rise: the sign convention of the record is the other one."""

    code = "SIGN_SUSPECT"
    say = Text(
        ja="電流の符号が逆のようです({places} か所で電圧が逆に動いています)。充電を正とするか、"
        "--current-sign flip を指定してください。",
        en="The sign of the current seems reversed (in {places} places the voltage moves the other way). "
        "Charging must be positive; otherwise say --current-sign flip.",
    )


class ClockWrong(Unusable):
    """The record's clock shows a time that cannot be: before 2000, as after a reset, or ahead of today."""

    code = "CLOCK_WRONG"
    say = Text(
        ja="記録の時計が正しくありません({first}〜{last})。時刻を直すか、時刻の列を外して記録の開始時刻(start)を指定してください。",
        en="The record's clock cannot be right ({first} to {last}). Please correct it, or leave its column out and say "
        "when the record began (start).",
    )


class ColumnsSwapped(Unusable):
    """Two columns hold each other's values."""

    code = "COLUMNS_SWAPPED"
    say = Text(
        ja="列 {first} と {second} の内容が入れ替わっているようです。見出しを確認してください。",
        en="The columns {first} and {second} seem to hold each other's values. Please check the headers.",
    )


class ProfileUnknown(Unusable):
    """No profile of that name."""

    code = "PROFILE_UNKNOWN"
    say = Text(
        ja="プロファイル {profile} はありません。使えるもの: {choices}",
        en="There is no profile {profile}. Available: {choices}",
    )


class MappingInvalid(Unusable):
    """The mapping file does not keep its form."""

    code = "MAPPING_INVALID"
    say = Text(
        ja="対応表を読み取れません({detail})。source と target を持つ行の一覧(JSON)を指定してください。",
        en="The mapping cannot be read ({detail}). Please give a JSON list of entries with source and target.",
    )


class ChargerEfficiencyMissing(Unusable):
    """Energy metered at a charger is not the battery's: the losses between must be stated."""

    code = "CHARGER_EFFICIENCY_MISSING"
    say = Text(
        ja="充電器側の電力量は電池に入った電力量ではありません。充電器の効率(0–1)を指定してください。",
        en="Energy metered at the charger is not the battery's. Please state the charger's efficiency (0–1).",
    )


class RecordTooLarge(Refusal):
    """More than one record may hold."""

    status = 413
    code = "TOO_LARGE"
    say = Text(
        ja="1 回に取り込めるのは {most} までです。ファイルを分けてください。",
        en="One upload holds at most {most}. Please split the file.",
    )


class BatteryUnknown(NotFound):
    """The battery named is not this company's."""

    code = "telemetry.battery_unknown"
    say = Text(ja="指定された電池は見つかりません。", en="This battery was not found.")


class GatewayUnknown(NotFound):
    """The gateway named is not this company's."""

    code = "telemetry.gateway_unknown"
    say = Text(ja="指定されたゲートウェイは見つかりません。", en="This gateway was not found.")


class GatewayRefused(Unauthenticated):
    """The gateway's token is unknown, revoked, or not for this battery."""

    code = "telemetry.gateway_refused"
    say = Text(
        ja="ゲートウェイのトークンが無効です。会社の管理者に新しいトークンを発行してもらってください。",
        en="The gateway's token is not valid. Please have your administrator issue a new one.",
    )


class LabelTaken(Conflict):
    """Another battery of this company is called so."""

    code = "telemetry.label_taken"
    say = Text(
        ja="名称 {label} の電池は登録済みです。別の名称を付けてください。",
        en="There is a battery called {label} already. Please choose another name.",
    )


class BadPoint(Invalid):
    """A line of a stream is no measurement."""

    code = "telemetry.bad_point"
    say = Text(
        ja="{line} 行目を読み取れません({detail})。battery_id と at を持つ JSON を 1 行に 1 件送ってください。",
        en="Line {line} cannot be read ({detail}). Please send one JSON object with battery_id and at per line.",
    )
