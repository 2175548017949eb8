"""How due diligence says no."""

from meguri.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from meguri.kernel.text import Text


class UnknownWord(Invalid):
    """A category, stage, material or band that the taxonomy does not have."""

    code = "diligence.unknown_word"
    say = Text(
        ja="「{word}」は使えません。使える値（{kind}）: {allowed}",
        en="“{word}” is not known. Allowed ({kind}): {allowed}",
    )


class IdChecksum(Invalid):
    """An identifier whose check digit is wrong."""

    code = "ID_CHECKSUM"
    say = Text(
        ja="{scheme}「{value}」の検査数字が正しくありません。番号を確認するか、種別を other にして登録してください。",
        en="The check digit of {scheme} “{value}” is wrong. Please check it, or store it with the scheme “other”.",
    )


class ShareOver100(Invalid):
    """Shares of the supply of one material to one place add up to more than 100.5 %."""

    code = "SHARE_OVER_100"
    say = Text(
        ja="供給割合の合計が100.5%を超えています（{total}%）。割合を見直してください。",
        en="The shares add up to {total} %, more than 100.5 %. Please correct them.",
    )


class UnknownCountry(Invalid):
    """A code that no country has."""

    code = "diligence.unknown_country"
    say = Text(
        ja="国コード「{country}」はありません。ISO 3166-1 の 2 文字（JP、CD、CN など）で入力してください。",
        en="There is no country “{country}”. Please give the two letters of ISO 3166-1, such as JP, CD or CN.",
    )


class OutOfRange(Invalid):
    """A figure outside what it may be."""

    code = "diligence.out_of_range"
    say = Text(
        ja="「{field}」は {least} 以上 {most} 以下で入力してください。",
        en="“{field}” must be between {least} and {most}.",
    )


class EdgeLoop(Invalid):
    """A supply edge that leads back to where it starts."""

    code = "EDGE_LOOP"
    say = Text(
        ja="供給関係が一周しています。供給元と供給先を確認してください。",
        en="The supply chain would lead back to itself. Please check supplier and receiver.",
    )


class EndedAlready(Invalid):
    """A result that is over cannot answer a request."""

    code = "diligence.ended_already"
    say = Text(
        ja="有効期限が過ぎた結果では回答できません。今日以降の日付にするか、空欄にしてください。",
        en="A result that has ended answers nothing. Please give a day from today on, or leave it empty.",
    )


class BadPeriod(Invalid):
    """An end before its start, or a day in the future."""

    code = "diligence.bad_period"
    say = Text(
        ja="期間または日付が正しくありません（{field}）。終了日は開始日以後、実施日は明日より前にしてください。",
        en="The period or date is not valid ({field}). An end is not before its start; a day of effect is not in the future.",
    )


class BadTemplate(Invalid):
    """A questionnaire that cannot be used: an unknown type, expression or reference."""

    code = "diligence.bad_template"
    say = Text(
        ja="質問票に誤りがあります。質問ごとの説明を確認してください。",
        en="The questionnaire has mistakes. Please see the report by question.",
    )


class NoTemplate(Invalid):
    """No questionnaire of that id and version."""

    code = "diligence.no_template"
    say = Text(
        ja="質問票「{id}」の版 {version} はありません。",
        en="There is no version {version} of the questionnaire “{id}”.",
    )


class BadAnswer(Invalid):
    """Answers that do not fit their questions."""

    code = "diligence.bad_answer"
    say = Text(
        ja="質問に合わない回答があります。質問ごとの説明を確認してください。",
        en="Some answers do not fit their questions. Please see the report by question.",
    )


class TemplateRetired(Conflict):
    """The version of the questionnaire is retired, and its due date has passed."""

    code = "diligence.template_retired"
    say = Text(
        ja="質問票の版 {version} は終了しました。現在の版 {current} で回答してください。",
        en="Version {version} of the questionnaire has ended. Please answer version {current}.",
    )


class TemplatePublished(Conflict):
    """A published version never changes."""

    code = "diligence.template_published"
    say = Text(
        ja="公開した版は変更できません。新しい版を登録してください。",
        en="A published version never changes. Please register a new version.",
    )


class ConsultationMissing(Invalid):
    """Trade goes on, or is suspended, during mitigation, and nobody was consulted. (EU) 2023/1542 Art. 50(2)."""

    code = "CONSULTATION_MISSING"
    say = Text(
        ja="取引の継続または停止には、関係者との協議の記録が少なくとも1件必要です。",
        en="To go on trading or to suspend trade, at least one consultation with those concerned must be recorded.",
    )


class FourEyes(Conflict):
    """Somebody may not verify or confirm what is their own, or an action is not verified."""

    code = "FOUR_EYES"
    say = Text(
        ja="担当者とは別の人による確認が必要です。すべての是正措置を確認してから終了してください。",
        en="Somebody other than the owner must verify this. Close it once every corrective action is verified.",
    )


class IllegalStep(Conflict):
    """The present state does not allow this step."""

    code = "diligence.illegal_step"
    say = Text(
        ja="現在の状態「{state}」からはこの操作はできません。可能な次の状態: {allowed}",
        en="From “{state}” this step is not possible. Possible next states: {allowed}",
    )


class MitigationFirst(Conflict):
    """Trade ends only after mitigation was tried and failed. (EU) 2023/1542 Art. 50(1)(b)(iii)."""

    code = "diligence.mitigation_first"
    say = Text(
        ja="取引の終了は、是正の試みが不調に終わった場合に限られます。影響を受ける人々への影響も記録してください。",
        en="Trade ends only after mitigation has failed. Record also what this means for the people affected.",
    )


class RequestExists(Conflict):
    """The part has a live due-diligence request already."""

    code = "DD_REQUEST_EXISTS"
    say = Text(
        ja="この部品には進行中のDD依頼があります。その依頼を使ってください。",
        en="This part has a live due-diligence request. Please use that one.",
    )


class ForwardingNotAllowed(Conflict):
    """The customer does not consent that its request is passed on to suppliers further upstream, or not by name."""

    code = "DD_FORWARDING_NOT_ALLOWED"
    say = Text(
        ja="依頼元は、この依頼を上流へ転送すること（または依頼元の名前を伝えること）に同意していません。依頼元に同意を求めるか、自社の依頼として送ってください。",
        en="The customer does not consent that this request is passed on (or that it is named). Please ask for its consent, "
        "or send a request of your own.",
    )


class ForwardingNothing(Conflict):
    """No part of one's own is linked yet, or nothing bought in it can be asked for."""

    code = "DD_NOTHING_TO_FORWARD"
    say = Text(
        ja="転送できる購入部品がありません。先に回答する部品を紐付け、その構成に購入部品を登録してください。",
        en="There is no purchased part to pass this on for. Please link the part you answer with, and register what is "
        "bought for it.",
    )


class ForwardingTooLate(Invalid):
    """Suppliers would have longer than the customer gives."""

    code = "diligence.forwarding_too_late"
    say = Text(
        ja="上流の回答期限は、依頼元の期限（{due}）までにしてください。",
        en="Suppliers must answer by your own customer’s due date ({due}) at the latest.",
    )


class EvidenceNotReleased(Forbidden):
    """The owner has not released the evidence to you."""

    code = "diligence.evidence_not_released"
    say = Text(
        ja="証拠は開示されていません。取引先に開示を依頼してください。",
        en="The evidence is not released to you. Please ask your supplier to release it.",
    )


class ResultNotFound(NotFound):
    """No such result, or it is not yours."""

    code = "diligence.not_found"


class NothingFound(NotFound):
    """No such record of due diligence, or it is not yours."""

    code = "diligence.unknown"


class HeldList(Conflict):
    """A list that is empty or much smaller than before waits for confirmation; the old one stays active."""

    code = "diligence.list_held"
    say = Text(
        ja="リストが空か、前の版より20%以上小さいため保留しました（{before} 件 → {after} 件）。確認すると有効になります。",
        en="The list is empty or over 20 % smaller than the last ({before} → {after}): held. Confirm it to make it active.",
    )


class BadFile(Invalid):
    """An attachment that is too large, of a kind that can run, or not what it says it is."""

    code = "diligence.bad_file"
    say = Text(ja="ファイルを受け付けられません: {reason}", en="The file is not accepted: {reason_en}")


class RiskDataRejected(Invalid):
    """More rows of a risk data set are wrong than may be; nothing was activated."""

    code = "diligence.risk_data_rejected"
    say = Text(
        ja="{rows} 行中 {rejected} 行に誤りがあるため、有効にしませんでした。行ごとの理由を確認してください。",
        en="{rejected} of {rows} rows are wrong, so nothing was activated. Please see the reasons line by line.",
    )


class TooManyFiles(Invalid):
    """More files than a case takes."""

    code = "diligence.too_many_files"
    say = Text(ja="ファイルは{most}件までです。", en="At most {most} files can be sent.")
