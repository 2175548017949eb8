"""How health says no: the input as a whole cannot be used, and nothing is written."""

from meguri.kernel.errors import Conflict, Forbidden, Invalid, NotFound
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
    "OutputFormat",
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


class OutputFormat(Unusable):
    """The output's extension names a format that is not written; saying so beats a CSV in disguise."""

    code = "OUTPUT_FORMAT"
    say = Text(
        ja="出力形式 {suffix} には対応していません。.csv・.csv.gz・.parquet のいずれかを指定してください。",
        en="Output in the format {suffix} is not written. Please choose .csv, .csv.gz or .parquet.",
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


class ModelNotFound(NotFound):
    """No model of that name is shipped."""

    code = "health.model_not_found"
    say = Text(ja="指定されたモデルは見つかりません。", en="This model was not found.")


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


class UploadUnknown(NotFound):
    """The file named is not this company's."""

    code = "health.upload_unknown"
    say = Text(
        ja="指定されたファイルは見つかりません。",
        en="This file was not found.",
    )


class AssessmentUnknown(NotFound):
    """The assessment named is not this company's."""

    code = "health.assessment_unknown"
    say = Text(
        ja="指定された診断は見つかりません。",
        en="This assessment was not found.",
    )


class NoReferenceItem(Invalid):
    """Neither a battery nor an item says what was measured."""

    code = "health.no_item"
    say = Text(
        ja="電池(battery_id)または item を指定してください。",
        en="Please name a battery (battery_id) or describe the item.",
    )


class FirmUnknown(NotFound):
    """The firm named is not registered with this company."""

    code = "health.firm_unknown"
    say = Text(
        ja="指定された診断事業者は見つかりません。",
        en="This diagnosis firm was not found.",
    )


class FirmRevokedError(Forbidden):
    """The firm's key was revoked."""

    code = "health.firm_revoked"
    say = Text(
        ja="この診断事業者の鍵は失効しています。別の事業者に依頼するか、新しい鍵を登録してください。",
        en="The key of this diagnosis firm was revoked. Please order elsewhere, or register its new key.",
    )


class OrderUnknown(NotFound):
    """The order named is not this company's."""

    code = "health.order_unknown"
    say = Text(
        ja="指定された診断依頼は見つかりません。",
        en="This order was not found.",
    )


class OrderAnswered(Conflict):
    """The order has its answer already."""

    code = "health.order_answered"
    say = Text(
        ja="この診断依頼には回答が登録済みです。",
        en="This order has been answered already.",
    )


class SignatureInvalid(Invalid):
    """The document is not signed by the firm's registered key."""

    code = "health.signature_invalid"
    say = Text(
        ja="署名を確認できません。登録された鍵で署名した文書を送ってください。",
        en="The signature does not hold. Please send the document signed with the registered key.",
    )


class DocumentInvalid(Invalid):
    """The signed document does not keep its form."""

    code = "health.document_invalid"
    say = Text(
        ja="診断文書の形式が正しくありません({detail})。",
        en="The diagnosis document is not valid ({detail}).",
    )


class KeyInvalid(Invalid):
    """The key is no Ed25519 Multikey."""

    code = "health.key_invalid"
    say = Text(
        ja="公開鍵は Ed25519 の Multikey(z6Mk…)で入力してください。",
        en="Please give the public key as an Ed25519 Multikey (z6Mk…).",
    )


class NothingToProject(Invalid):
    """There is no measurement from which life left could be told."""

    code = "NOT_ASSESSABLE"
    say = Text(
        ja="残り寿命を推定できません({reason})。まず容量を測定してください。",
        en="Life left cannot be told ({reason}). Please measure the capacity first.",
    )


class ReaderUnknown(NotFound):
    """The right to read named is not this company's to end."""

    code = "health.reader_unknown"
    say = Text(ja="指定された閲覧権限は見つかりません。", en="This right to read was not found.")


class ReaderIsSelf(Invalid):
    """Own data need no right."""

    code = "health.reader_is_self"
    say = Text(
        ja="自社の電池は自社で閲覧できます。ほかの会社を指定してください。",
        en="Your own company reads its batteries anyway. Please name another company.",
    )


class RightPast(Invalid):
    """A right to read ends before it begins."""

    code = "health.right_past"
    say = Text(ja="期限は本日以降の日付にしてください。", en="The right has to end today or later.")
