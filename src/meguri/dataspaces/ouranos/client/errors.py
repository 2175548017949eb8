"""How this room says no to our own people."""

from meguri.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from meguri.kernel.text import Text


class SystemNotFound(NotFound):
    """You take part in no such system."""

    code = "outside.system_not_found"
    say = Text(
        ja="外部システムが見つかりません。一覧を開き直してください。",
        en="This system was not found. Please open the list again.",
    )


class BadSystemAddress(Invalid):
    """The address is not one that may be called."""

    code = "outside.bad_address"
    say = Text(
        ja="このアドレスには接続できません。https で始まる公開アドレスを入力してください（社内のアドレスは、Meguri の運用者が"
        " MEGURI_OUTSIDE_ORIGINS で許可できます）。",
        en="This address cannot be called. Please enter a public https address (the operator of this installation can allow"
        " addresses of its own network with MEGURI_OUTSIDE_ORIGINS).",
    )


class SystemAway(Unavailable):
    """The system does not answer."""

    code = "outside.system_away"
    say = Text(
        ja="外部システムが応答しません（{reason}）。アドレスを確認して、時間をおいて再試行してください。",
        en="The system does not answer ({reason}). Please check the address and try again later.",
    )


class SystemRefuses(Invalid):
    """The system answers, but does not let us in."""

    code = "outside.system_refuses"
    say = Text(
        ja="外部システムに拒否されました（{reason}）。APIキー、アカウント、パスワードを確認してください。",
        en="The system refuses us ({reason}). Please check API key, account and password.",
    )


class OtherCompany(Conflict):
    """The account belongs to another company than before."""

    code = "outside.other_company"
    say = Text(
        ja="このアカウントは別の会社のものです。新しい外部システムとして登録してください。",
        en="This account belongs to another company. Please enter it as a system of its own.",
    )


class PartnerUnknown(NotFound):
    """The system knows no such company."""

    code = "outside.partner_unknown"
    say = Text(
        ja="この法人番号（公開事業者識別子）の会社は外部システムに登録されていません。",
        en="The system knows no company with this public identifier.",
    )
