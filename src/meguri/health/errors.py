"""How health says no: the input as a whole cannot be used, and nothing is written."""

from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text
from meguri.telemetry.errors import (
    BadEncoding,
    ColumnDuplicate,
    ColumnMissing,
    EmptyInput,
    UnitSuspect,
    Unusable,
)

__all__ = [
    "BadEncoding",
    "BadTrainingRow",
    "ColumnDuplicate",
    "ColumnMissing",
    "EmptyInput",
    "IntervalInvalid",
    "MetaInvalid",
    "ModelUnknown",
    "ModelUntrusted",
    "TooFewCells",
    "UnitSuspect",
    "Unusable",
]


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


class MetaInvalid(Unusable):
    """The description of the item does not keep its form."""

    code = "META_INVALID"
    say = Text(
        ja="電池の情報(META)を読み取れません({detail})。項目名と値を確認してください。",
        en="The description of the item cannot be read ({detail}). Please check its fields and values.",
    )
