"""How health says no: the input as a whole cannot be used, and nothing is written."""

from meguri.kernel.errors import Invalid
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


class BadTrainingRow(Unusable):
    """A training row lacks its label or cannot be used."""

    code = "BAD_TRAINING_ROW"
    say = Text(
        ja="{row} 行目の列 {column} は学習に使えません。値を修正するか、その行を除いてください。",
        en="Row {row}, column {column} cannot be used for training. Please correct it or leave the row out.",
    )


class TooFewCells(Unusable):
    """Splitting by physical cell needs at least three cells of a design."""

    code = "TOO_FEW_CELLS"
    say = Text(
        ja="設計 {design} のセルが {cells} 個しかありません。学習には 3 個以上の別々のセルが必要です。",
        en="Design {design} has only {cells} cells. Training needs at least three different physical cells.",
    )


class ModelUntrusted(Invalid):
    """The model file has an unknown schema or was changed after it was made."""

    code = "MODEL_UNTRUSTED"
    say = Text(
        ja="モデルファイルを信頼できません({detail})。配布されたモデルを使うか、学習し直してください。",
        en="The model file cannot be trusted ({detail}). Please use a shipped model or train it again.",
    )


class ModelUnknown(Invalid):
    """No model of that name is shipped."""

    code = "MODEL_UNKNOWN"
    say = Text(
        ja="モデル {model} は見つかりません。使えるモデル: {choices}",
        en="There is no model {model}. Available: {choices}",
    )


class IntervalInvalid(Invalid):
    """The confidence or the bounds make no interval."""

    code = "INTERVAL_INVALID"
    say = Text(
        ja="信頼水準または区間が正しくありません。信頼水準は 0.5 より大きく 0.999 より小さい値、下限は上限以下にしてください。",
        en="The confidence or the interval is not valid. "
        "Confidence lies between 0.5 and 0.999, and lower must not exceed upper.",
    )
