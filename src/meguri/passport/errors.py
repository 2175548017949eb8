"""How the passport says no. Codes are those that readers of EN 18222 and of our own API rely on; they never change.

Contents that break a rule answer 400, as the passport contract has it, not 422.
"""

from meguri.kernel.errors import Conflict, Forbidden, NotFound, Refusal, Unauthenticated
from meguri.kernel.text import Text


class PassportInvalid(Refusal):
    """The content breaks a rule of the catalogue; each broken rule is named with its JSON pointer."""

    status, code = 400, "INVALID_VALUE"
    say = Text(
        ja="値の形が正しくありません。示された項目を確認してください: {where}",
        en="A value does not have the right form. Please check: {where}",
    )


class InvalidEnum(PassportInvalid):
    """A code that the catalogue does not list."""

    code = "INVALID_ENUM"
    say = Text(ja="選択肢にない値があります: {where}", en="A code is not among those allowed: {where}")


class ValueOutOfRange(PassportInvalid):
    """A number outside its bounds."""

    code = "VALUE_OUT_OF_RANGE"
    say = Text(ja="範囲外の値があります: {where}", en="A value is out of range: {where}")


class UnknownAttribute(PassportInvalid):
    """An attribute that the catalogue does not have."""

    code = "UNKNOWN_ATTRIBUTE"
    say = Text(ja="カタログにない項目があります: {where}", en="The catalogue has no such attribute: {where}")


class NotPersonal(PassportInvalid):
    """Something that is no personal datum is to be erased."""

    code = "NOT_PERSONAL"
    say = Text(
        ja="消去できるのは個人情報の項目（{personal}）だけです: {where}",
        en="Only personal data ({personal}) can be erased: {where}",
    )


class ReadOnlyField(PassportInvalid):
    """An attribute that only the server sets."""

    code = "READ_ONLY_FIELD"
    say = Text(ja="書き込めない項目があります: {where}", en="An attribute is set by the server alone: {where}")


class OverrideNotDeclared(PassportInvalid):
    """A model's attribute in an item without a reason."""

    code = "OVERRIDE_NOT_DECLARED"
    say = Text(
        ja="モデルの項目を個体で変えるには、overrides に理由を指定してください: {where}",
        en="To change a model's attribute for one item, give the reason in overrides: {where}",
    )


class UrlNotAllowed(PassportInvalid):
    """A document's address is not https, or private."""

    code = "URL_NOT_ALLOWED"
    say = Text(
        ja="文書の URL は公開サーバーの https にしてください: {where}",
        en="A document's URL has to be https on a public server: {where}",
    )


class CrossCheckFailed(PassportInvalid):
    """Facts that contradict each other."""

    code = "CROSS_CHECK_FAILED"
    say = Text(ja="互いに矛盾する値があります: {where}", en="Some values contradict each other: {where}")


class InvalidJson(Refusal):
    """The body is not JSON: malformed, a key twice, or a number that is none."""

    status, code = 400, "INVALID_JSON"
    say = Text(
        ja="JSON として読み取れません。構文、重複したキー、NaN や Infinity がないか確認してください。",
        en="This cannot be read as JSON. Please check its syntax, repeated keys, NaN and Infinity.",
    )


class UnsupportedMediaType(Refusal):
    """A media type that is not read here."""

    status, code = 400, "UNSUPPORTED_MEDIA_TYPE"
    say = Text(
        ja="Content-Type を application/json にしてください。", en="The Content-Type has to be application/json."
    )


class PayloadTooLarge(Refusal):
    """More than the limit of this operation."""

    status, code = 400, "PAYLOAD_TOO_LARGE"
    say = Text(ja="内容が大きすぎます（上限 {most}）。", en="The body is larger than {most}.")


class KindUnknown(Refusal):
    """No kind of product has this code."""

    status, code = 400, "UNKNOWN_KIND"
    say = Text(ja="製品の種類「{kind}」はありません。", en="There is no kind of product “{kind}”.")


class TooManyOthers(Refusal):
    """More batteries of one project than are judged at once."""

    status, code = 400, "TOO_MANY_IDS"
    say = Text(ja="一度に指定できるのは {most} 件までです。", en="At most {most} batteries are judged together.")


class ProfileUnknown(Refusal):
    """The kind has no such profile of completeness."""

    status, code = 400, "UNKNOWN_PROFILE"
    say = Text(ja="プロファイル「{profile}」はありません。", en="There is no profile “{profile}”.")


class InvalidCursor(Refusal):
    """A cursor that this list did not give out."""

    status, code = 400, "INVALID_CURSOR"
    say = Text(
        ja="cursor が正しくありません。前の応答の値をそのまま指定してください。",
        en="The cursor is not valid. Please send back next_cursor as it was given.",
    )


class InvalidDate(Refusal):
    """Not a moment of the past in RFC 3339."""

    status, code = 400, "INVALID_DATE"
    say = Text(
        ja="日時を RFC 3339（例 2027-03-01T00:00:00Z）で、過去の時点を指定してください。",
        en="Please give a moment of the past as RFC 3339 has it, for example 2027-03-01T00:00:00Z.",
    )


class NoVersionAtDate(NotFound):
    """The passport did not exist at that moment."""

    code = "NO_VERSION_AT_DATE"
    say = Text(ja="その時点の版はありません。", en="There was no version at that moment.")


class DppNotFound(NotFound):
    """No passport has this identifier, or you may not know of it."""

    code = "DPP_NOT_FOUND"
    say = Text(
        ja="パスポートが見つかりません。識別子を確認してください。",
        en="No passport has this identifier. Please check it.",
    )


class PlaceNotFound(DppNotFound):
    """No published passport names this site or company: whether it is known here at all is not said."""

    code = "PLACE_NOT_FOUND"
    say = Text(
        ja="このGLNの事業所・事業者は公開されていません。番号を確認してください。",
        en="Nothing is published here about a site or company with this GLN. Please check the number.",
        de="Zu einem Standort oder Unternehmen mit dieser GLN ist hier nichts veröffentlicht. Bitte prüfen Sie die Nummer.",
    )


class LinkTypeNotFound(NotFound):
    """What was asked for is there, but nothing of this link type."""

    code = "LINK_TYPE_NOT_FOUND"
    say = Text(
        ja="リンクの種類「{name}」はありません。?linkType=linkset で一覧を確認できます。",
        en="There is no link of the type “{name}”. ?linkType=linkset lists those that there are.",
        de="Einen Link der Art „{name}“ gibt es nicht. ?linkType=linkset nennt alle, die es gibt.",
    )


class PassportCeased(NotFound):
    """The product was recycled; owner and authorities still read by date."""

    code = "PASSPORT_CEASED"
    say = Text(
        ja="このバッテリーパスポートは、電池のリサイクル完了により失効しました（{ceased_at}）。",
        en="This battery passport has ceased because the battery was recycled ({ceased_at}).",
    )


class AuthenticationRequired(Unauthenticated):
    """This needs somebody who is signed in."""

    code = "AUTHENTICATION_REQUIRED"
    say = Text(ja="この操作には認証が必要です。", en="Please authenticate for this.")


class NotResponsibleOperator(Forbidden):
    """Only the responsible operator, or a delegate, changes a passport."""

    code = "NOT_RESPONSIBLE_OPERATOR"
    say = Text(
        ja="このパスポートを変更できるのは責任事業者だけです。",
        en="Only the operator responsible for this passport may change it.",
    )


class AccessClassDenied(Forbidden):
    """A class of values that you may not see, filled or not."""

    code = "ACCESS_CLASS_DENIED"
    say = Text(
        ja="この項目を閲覧する権限がありません。アクセス申請ができます。",
        en="You may not see this attribute. You can ask for access.",
    )


class ForbiddenFilter(Forbidden):
    """Filtering or sorting by values that you may not see."""

    code = "FORBIDDEN_FILTER"
    say = Text(
        ja="閲覧できない項目では絞り込み・並べ替えができません。",
        en="You cannot filter or sort by what you may not see.",
    )


class GrantExpired(Forbidden):
    """The grant is past its time."""

    code = "GRANT_EXPIRED"
    say = Text(
        ja="閲覧許可の期限が切れています。改めて申請してください。",
        en="The grant has expired. Please ask for it again.",
    )


class GrantRevoked(Forbidden):
    """The grant was taken back or is suspended."""

    code = "GRANT_REVOKED"
    say = Text(ja="閲覧許可は取り消されています。", en="The grant was revoked.")


class GrantScope(Forbidden):
    """The grant does not cover this passport or class."""

    code = "GRANT_SCOPE"
    say = Text(ja="閲覧許可の対象外です。", en="The grant does not cover this.")


class ClassNotGrantable(Refusal):
    """Law does not let this audience see this class, whatever the owner says."""

    status, code = 400, "CLASS_NOT_GRANTABLE"
    say = Text(
        ja="この立場に開示できない区分です。申請できる区分: {classes}",
        en="This audience cannot be granted that class. It can ask for: {classes}",
    )


class DenialReason(Refusal):
    """A refusal of access names its reason."""

    status, code = 400, "REASON_REQUIRED"
    say = Text(ja="理由を次から選んでください: {choices}", en="Please give a reason among: {choices}")


class DealingNotFound(NotFound):
    """No transfer, request, grant or delegation of yours has this id."""

    code = "DEALING_NOT_FOUND"
    say = Text(ja="該当する手続きが見つかりません。", en="Nothing of yours has this id.")


class DealingClosed(Conflict):
    """It was decided before."""

    code = "DEALING_CLOSED"
    say = Text(ja="この手続きはすでに終わっています（{state}）。", en="This was settled before ({state}).")


class TransferNotAccepted(Conflict):
    """The incoming operator has not accepted."""

    code = "TRANSFER_NOT_ACCEPTED"
    say = Text(ja="引受事業者がまだ承諾していません。", en="The incoming operator has not accepted yet.")


class TransferExpired(Conflict):
    """The transfer was not accepted in time."""

    code = "TRANSFER_EXPIRED"
    say = Text(
        ja="移転の承諾期限が過ぎています。改めて申し出てください。",
        en="The time to accept is over. Please propose it again.",
    )


class TransferSignature(Conflict):
    """A signature under the transfer does not hold, or was used before."""

    code = "TRANSFER_SIGNATURE"
    say = Text(ja="移転記録の署名が正しくありません。", en="A signature under the transfer does not hold.")


class DuplicateProductId(Conflict):
    """A passport is active, or was issued in error, under this product identifier."""

    code = "DUPLICATE_PRODUCT_ID"
    say = Text(
        ja="この製品識別子「{value}」のパスポートはすでにあります。識別子は再利用できません。",
        en="There is a passport for “{value}” already. Identifiers are never used again.",
    )


class IllegalTransition(Conflict):
    """The present state does not allow this event."""

    code = "ILLEGAL_TRANSITION"
    say = Text(
        ja="現在の状態「{source}」では「{event}」はできません。できること: {allowed}",
        en="“{event}” is not possible in the state “{source}”. Possible: {allowed}",
    )


class EventOutOfOrder(Conflict):
    """An event before the last one."""

    code = "EVENT_OUT_OF_ORDER"
    say = Text(
        ja="前回の出来事（{last}）より前の日時です。さかのぼって登録するには管理者が理由を付けてください。",
        en="This lies before the last event ({last}). To back-date it, an administrator has to give a reason.",
    )


class EvidenceRequired(Refusal):
    """This step needs evidence."""

    status, code = 400, "EVIDENCE_REQUIRED"
    say = Text(ja="根拠となる文書または記録が必要です: {what}", en="Evidence is needed for this: {what}")


class LegalBasisRequired(Refusal):
    """An authority opens a passport on a legal ground and for a file of its own."""

    status, code = 400, "LEGAL_BASIS_REQUIRED"
    say = Text(
        ja="法的根拠と、当局の案件番号を指定してください。",
        en="Please give the legal basis and the number of your own file.",
    )


class PublishIncomplete(Conflict):
    """Mandatory points are missing; each is named with its legal reference and who has it."""

    code = "PUBLISH_INCOMPLETE"
    say = Text(ja="公開に必要な項目が不足しています: {where}", en="What publishing needs is not complete: {where}")


class MandatoryValue(Conflict):
    """A mandatory value of a published passport cannot be emptied."""

    code = "MANDATORY_VALUE"
    say = Text(
        ja="公開中のパスポートの必須項目は空にできません: {where}",
        en="A mandatory value of a published passport cannot be emptied: {where}",
    )


class InheritedValue(Conflict):
    """A value of the model's or batch's record cannot be emptied in one item."""

    code = "INHERITED_VALUE"
    say = Text(
        ja="型式（またはロット）の記録の値です。型式の記録を訂正してから反映してください: {where}",
        en="This value stands in the record of the model or batch. Please correct it there and propagate it: {where}",
    )


class CategoryFixed(Conflict):
    """The category of a published passport never changes."""

    code = "CATEGORY_FIXED"
    say = Text(ja="公開後に電池区分は変更できません。", en="The category cannot change once the passport is published.")


class CellOriginLocked(Conflict):
    """After the award, the countries of the cells stay as they were bid."""

    code = "CELL_ORIGIN_LOCKED"
    say = Text(
        ja="落札後はセル製造国を変更できません。", en="After the award, the countries of the cells cannot change."
    )


class DeletionRestricted(Conflict):
    """Only a draft can be deleted."""

    code = "DELETION_RESTRICTED"
    say = Text(ja="削除できるのは下書きだけです。", en="Only a draft can be deleted.")


class VersionConflict(Conflict):
    """Somebody changed it after you read it."""

    status, code = 412, "VERSION_CONFLICT"
    say = Text(
        ja="ほかの人が先に変更しました。最新の内容を読み込んでからやり直してください。",
        en="Somebody else changed this first. Please load it again and repeat your change.",
    )


class PredecessorShareExceeded(Conflict):
    """More of a predecessor than there is."""

    code = "PREDECESSOR_SHARE_EXCEEDED"
    say = Text(
        ja="元の電池の使用割合の合計が 1 を超えます: {value}",
        en="More than the whole of a predecessor would be used: {value}",
    )


class SafetyVeto(Refusal):
    """An open veto of the safety gate: a product with it goes to nobody for further use, on no way."""

    status, code = 400, "GATE_VETO"
    say = Text(
        ja="安全判定が不合格です({rules})。再使用向けには引き渡せません。廃棄物として引き渡すか、新しい検査結果を登録してください。",
        en="The safety gate says no ({rules}). It cannot be handed over for further use. "
        "Please hand it over as waste, or record new test results.",
    )


class PredecessorCycle(Conflict):
    """A product cannot descend from itself."""

    code = "PREDECESSOR_CYCLE"
    say = Text(ja="電池が自分自身の前身になります。", en="A battery cannot descend from itself.")


class PredecessorNotUsable(Conflict):
    """A predecessor has ceased or was never published."""

    code = "PREDECESSOR_NOT_USABLE"
    say = Text(
        ja="この状態のパスポートは前身にできません: {value}",
        en="A passport in this state cannot be a predecessor: {value}",
    )


class ModelMismatch(Conflict):
    """The item's identifier or maker does not fit its model."""

    code = "MODEL_MISMATCH"
    say = Text(
        ja="個体の GTIN または製造者がモデルと一致しません。",
        en="GTIN or manufacturer of the item do not fit those of its model.",
    )


class FileRejected(Refusal):
    """A file that is not what its name says, or that holds something active."""

    status, code = 400, "FILE_REJECTED"
    say = Text(
        ja="受け付けられないファイルです。種類と内容を確認してください。",
        en="This file is not accepted. Please check its kind and content.",
    )


class FileUnknown(NotFound):
    """No file of this passport has this id."""

    code = "FILE_NOT_FOUND"
    say = Text(ja="ファイルが見つかりません。", en="The passport has no such file.")


class TooManyReadings(Refusal):
    """More readings than one request may carry."""

    status, code = 400, "PAYLOAD_TOO_LARGE"
    say = Text(ja="一度に送信できる測定値は {most} 件までです。", en="A request may carry at most {most} readings.")


class BulkRefused(Refusal):
    """The file as a whole cannot be read."""

    status, code = 400, "BULK_FILE_REFUSED"
    say = Text(ja="ファイルを読み取れません: {why}", en="The file cannot be read: {why}")


class CannotSign(Conflict):
    """There is no key of the responsible operator to sign with."""

    code = "SIGNING_KEY_MISSING"
    say = Text(ja="署名鍵がありません。鍵を作成してください。", en="There is no signing key. Please make one.")
