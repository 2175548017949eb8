"""How footprint says no."""

from meguri.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from meguri.kernel.text import Text


class AlreadyRecorded(Conflict):
    """The part has a footprint; a new one must say that it replaces it."""

    code = "footprint.already_recorded"
    say = Text(
        ja="この部品のCFP情報は登録済みです。登録済みの情報を更新してください。",
        en="This part has a footprint already. Please update that one.",
    )


class UnitMismatch(Invalid):
    """The emissions are declared per another unit than the part's."""

    code = "footprint.unit_mismatch"
    say = Text(
        ja="GHG排出量の単位が部品の単位と一致しません。部品の単位あたりの値に直して入力してください。",
        en="The emissions are per another unit than the part's. Please enter them per unit of the part.",
    )


class UnknownRecord(NotFound):
    """The footprint named is not this part's."""

    code = "footprint.unknown_record"
    say = Text(ja="指定されたCFP情報は見つかりません。", en="This footprint was not found.")


class BadFigure(Invalid):
    """A figure outside 0–99999.99999 or with more than five decimals."""

    code = "footprint.bad_figure"
    say = Text(
        ja="0以上99999.99999以下、小数点以下5桁までの値を入力してください。",
        en="Please enter a value between 0 and 99999.99999 with at most five decimals.",
    )


class RatingWithoutEmission(Invalid):
    """A side is rated for quality but has no emission."""

    code = "footprint.rating_without_emission"
    say = Text(
        ja="データ品質（DQR）を入力した段階には、0より大きい排出量を入力してください。",
        en="Where you rate the data quality, please enter an emission greater than 0.",
    )


class CertificateNotDisclosed(Forbidden):
    """The supplier does not disclose the certificate, or the request is not answered."""

    code = "footprint.certificate_not_disclosed"
    say = Text(
        ja="証明書は開示されていません。取引先に開示を依頼してください。",
        en="The certificate is not disclosed. Please ask the supplier to disclose it.",
    )


class FileKindNotAllowed(Invalid):
    """The file's extension is not among those allowed, or does not fit its name."""

    code = "footprint.file_kind_not_allowed"
    say = Text(
        ja="この形式のファイルは登録できません。使える拡張子: {allowed}",
        en="Files of this kind cannot be stored. Extensions that can: {allowed}",
    )


class FileTooLarge(Invalid):
    """The files of one part exceed the limit together."""

    code = "footprint.file_too_large"
    say = Text(
        ja="ファイルサイズが上限（部品ごとに合計{most_mb} MB）を超えています。",
        en="The files exceed the limit ({most_mb} MB in total for each part).",
    )


class TooManyFiles(Invalid):
    """More files than one part may have."""

    code = "footprint.too_many_files"
    say = Text(ja="ファイルは部品ごとに{most}件までです。", en="A part has at most {most} files.")


class BadFileAddress(Forbidden):
    """An upload or download address that is used up, expired or made up."""

    code = "footprint.bad_file_address"
    say = Text(
        ja="ファイルのURLが無効または期限切れです。もう一度取得してください。",
        en="The file address is invalid or expired. Please get a new one.",
    )


class FileNotUploaded(Invalid):
    """The file named was not uploaded, or is not yours."""

    code = "footprint.file_not_uploaded"
    say = Text(
        ja="ファイルがアップロードされていません。先にアップロードしてください。",
        en="This file was not uploaded. Please upload it first.",
    )


class UnknownFile(NotFound):
    """No such file or certificate."""

    code = "footprint.unknown_file"
    say = Text(ja="指定されたファイルまたは証明書は見つかりません。", en="This file or certificate was not found.")
