"""How the desk says no."""

from meguri.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from meguri.kernel.text import Text


class ApplicationNotFound(NotFound):
    """No such application, or it is decided."""

    code = "desk.application_not_found"
    say = Text(
        ja="この申込みは見つからないか、すでに処理されています。", en="There is no such application, or it is decided."
    )


class AppliedAlready(Conflict):
    """The company has applied, or is a member."""

    code = "desk.applied_already"
    say = Text(
        ja="この法人番号の会社は、申込み済みか参加済みです。自社の管理者に確認してください。",
        en="A company with this Corporate Number has applied or joined already. Please ask its administrator.",
    )


class TermsNotAccepted(Invalid):
    """The terms in force were not accepted."""

    code = "desk.terms_not_accepted"
    say = Text(ja="利用規約を確認し、同意してください。", en="Please read the terms of use and accept them.")


class EvidenceMissing(Invalid):
    """A proof without what was seen."""

    code = "desk.evidence_missing"
    say = Text(ja="確認した内容を入力してください。", en="Please say what was seen.")


class CompanyNotFound(NotFound):
    """No such company."""

    code = "desk.company_not_found"
    say = Text(ja="指定した会社は見つかりません。", en="There is no such company.")


class PastDay(Invalid):
    """A change of access for a day that is over."""

    code = "desk.past_day"
    say = Text(ja="効力発生日は今日以降の日付にしてください。", en="The day must be today or later.")


class BadAnnouncement(Invalid):
    """An announcement without words in both languages, or that ends before it begins."""

    code = "desk.bad_announcement"
    say = Text(
        ja="日本語と英語の文（各1〜300文字）と、開始より後の終了日時を入力してください。",
        en="Please give words in both languages (1 to 300 characters each) and an end after the beginning.",
    )


class UnderMaintenance(Unavailable):
    """The service is closed for maintenance."""

    code = "desk.maintenance"
    say = Text(
        ja="ただいまメンテナンス中です。終わりしだい再開します。しばらくしてからもう一度お試しください。",
        en="The service is under maintenance. Please try again in a while.",
    )


class GlassNotFound(NotFound):
    """No such request, or it was agreed to, or it waited too long."""

    code = "desk.glass_not_found"


class ReasonTooShort(Invalid):
    """Whoever looks into a company's data says why, in words that the company can judge."""

    code = "desk.reason_too_short"
    say = Text(
        ja="理由を{least}文字以上で具体的に入力してください。この文は対象の会社に通知されます。",
        en="Please give the reason in at least {least} characters. The company will read it.",
    )


class SamePerson(Conflict):
    """Nobody agrees to their own request."""

    code = "desk.same_person"
    say = Text(
        ja="自分の申請は承認できません。別の運営担当者に依頼してください。",
        en="Nobody agrees to their own request. Please ask another person of the platform.",
    )
