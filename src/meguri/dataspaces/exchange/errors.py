"""How an export or import is refused."""

from meguri.kernel.errors import Conflict, Forbidden, NotFound, Refusal
from meguri.kernel.text import Text


class RepresentationNotAvailable(Forbidden):
    """The format's required members include classes that the reader may not see; nothing is filled with fakes."""

    code = "REPRESENTATION_NOT_AVAILABLE"
    say = Text(
        ja="形式「{format}」には、閲覧権限のない区分（{classes}）の必須項目が含まれるため書き出せません。閲覧権限を申請してください。",
        en="The format “{format}” demands items of classes that you may not see ({classes}). Please ask for access.",
    )


class ExportIncomplete(Conflict):
    """Values that the format demands are missing."""

    code = "EXPORT_INCOMPLETE"
    say = Text(
        ja="形式「{format}」の必須項目が不足しています: {keys}。値を登録するか、?partial=true で不完全なまま書き出してください。",
        en="The format “{format}” demands values that are missing: {keys}. Provide them, or ask for it with ?partial=true.",
    )


class MissingBpn(Conflict):
    """Catena-X documents name companies by Business Partner Numbers."""

    code = "MISSING_BPN"
    say = Text(
        ja="Catena-Xの事業者番号（BPNL・BPNA）が不足しています: {keys}。事業者または事業所の番号を登録してください。",
        en="Business Partner Numbers (BPNL, BPNA) of Catena-X are missing: {keys}. Please enter them.",
    )


class CategoryOutOfScope(Refusal):
    """A battery of a category that needs no passport."""

    status, code = 400, "CATEGORY_OUT_OF_SCOPE"
    say = Text(
        ja="区分「{category}」はパスポートの対象外です。任意のパスポートとして取り込む場合は voluntary=true を指定してください。",
        en="The category “{category}” needs no passport. To import it all the same, say voluntary=true.",
    )


class UnknownFormat(NotFound):
    """No format has this name."""

    code = "UNKNOWN_FORMAT"
    say = Text(
        ja="形式「{format}」はありません。使える形式: {known}",
        en="There is no format “{format}”. Known formats: {known}",
    )


class DocumentMisshapen(Refusal):
    """The document breaks its own format in a place that cannot be passed over; each broken rule is named with its pointer."""

    status, code = 400, "DOCUMENT_MISSHAPEN"
    say = Text(
        ja="文書が形式「{format}」の決まりに合っていないため読み取れません: {where}",
        en="The document breaks the rules of its format “{format}” and cannot be read: {where}",
    )


class NotReadable(Refusal):
    """The document is not of the format, or not JSON at all."""

    status, code = 400, "INVALID_JSON"
    say = Text(
        ja="文書を読み取れません。JSONの形式と文字コード（UTF-8、UTF-16）を確認してください。",
        en="The document cannot be read. Please check that it is JSON in UTF-8 or UTF-16.",
        de="Das Dokument ist nicht lesbar. Bitte prüfen Sie, ob es JSON in UTF-8 oder UTF-16 ist.",
    )
