"""How identity says no.

Unauthenticated 401
├── SignInRefused        account and password do not go together, or the pair is locked: never told apart
├── RefreshRefused       unknown, ended, revoked or copied refresh token
├── TokenMissing         nothing was presented
├── TokenInvalid         not signed by us, or not for us
│   ├── TokenExpired
│   ├── TokenWithoutOperator
│   └── TokenOperatorMalformed
├── KeyInvalid           unknown or revoked API key, or from an address that it does not allow
├── AccessSuspended      the operator or the person may not use the service now
└── LinkInvalid          a one-time link that is unknown, used or over
"""

from meguri.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated, Unavailable
from meguri.kernel.text import Text


class SignInRefused(Unauthenticated):
    """Account and password do not go together, or the pair of account and address is locked for a while."""

    code = "identity.sign_in_refused"
    say = Text(
        ja="メールアドレスまたはパスワードが正しくありません。何度も失敗した場合は15分ほど待ってからお試しください。",
        en="The e-mail address or the password is not right. After several failures, please wait 15 minutes.",
    )


class RefreshRefused(Unauthenticated):
    """The refresh token is unknown, has ended, or was used by somebody else."""

    code = "identity.refresh_refused"
    say = Text(ja="サインインの期限が切れました。もう一度サインインしてください。", en="Please sign in again.")


class TokenMissing(Unauthenticated):
    """Neither a token, nor a key, nor a session was presented."""

    code = "identity.token_missing"
    say = Text(
        ja="認証情報がありません。サインインするか、APIキーまたはアクセストークンを指定してください。",
        en="Nothing proves who you are. Please sign in, or send an API key or an access token.",
    )


class TokenInvalid(Unauthenticated):
    """The access token was not signed by this service, or is not meant for it."""

    code = "identity.token_invalid"
    say = Text(
        ja="アクセストークンが無効です。取得し直してください。",
        en="The access token is not valid. Please get a new one.",
    )


class TokenExpired(TokenInvalid):
    """The access token's time is over."""

    code = "identity.token_expired"
    say = Text(
        ja="アクセストークンの期限が切れました。更新してください。",
        en="The access token has expired. Please refresh it.",
    )


class TokenWithoutOperator(TokenInvalid):
    """The access token names no operator (claim `operator_id`)."""

    code = "identity.token_without_operator"
    say = Text(ja="アクセストークンに事業者識別子がありません。", en="The access token names no operator.")


class TokenOperatorMalformed(TokenInvalid):
    """The claim `operator_id` is no UUID."""

    code = "identity.token_operator_malformed"
    say = Text(
        ja="アクセストークンの事業者識別子の形式が正しくありません。",
        en="The operator in the access token is not a UUID.",
    )


class KeyInvalid(Unauthenticated):
    """The API key is unknown or revoked, or this address may not use it."""

    code = "identity.key_invalid"
    say = Text(
        ja="APIキーが無効か、このアドレスからは使えません。管理者に確認してください。",
        en="The API key is not valid, or not from this address. Please ask your administrator.",
    )


class AccessSuspended(Unauthenticated):
    """The operator's access is suspended or has ended, or the person is no longer a member."""

    code = "identity.access_suspended"
    say = Text(
        ja="現在、この事業者のサービス利用は停止されています。運営事業者にお問い合わせください。",
        en="Access to the service is suspended for this company. Please contact the platform's operator.",
    )


class LinkInvalid(Unauthenticated):
    """A one-time link that never was, has been used, or is over."""

    code = "identity.link_invalid"
    say = Text(
        ja="このリンクは無効か、使用済みか、期限切れです。新しいリンクを発行してもらってください。",
        en="This link is not valid, was used already, or is over. Please ask for a new one.",
    )


class WeakPassword(Invalid):
    """The password is too short, too long, or easily guessed."""

    code = "identity.weak_password"
    say = Text(
        ja="パスワードは{least}〜{most}文字で、推測されにくいもの（よくある言葉、名前、並びを避けたもの）にしてください。",
        en="Please choose a password of {least} to {most} characters that is not easily guessed "
        "(no common words, names or runs of keys).",
    )


class BadEmail(Invalid):
    """The text is no e-mail address."""

    code = "identity.bad_email"
    say = Text(ja="メールアドレスの形式が正しくありません。", en="This is not an e-mail address.")


class BadAddressRange(Invalid):
    """The text is no address range."""

    code = "identity.bad_address_range"
    say = Text(
        ja="「{given}」はアドレス範囲ではありません。203.0.113.0/24 のように入力してください。",
        en="“{given}” is not an address range. Please write it like 203.0.113.0/24.",
    )


class AlreadyMember(Conflict):
    """The person is a member of this operator already."""

    code = "identity.already_member"
    say = Text(ja="この人はすでに登録されています。", en="This person is a member already.")


class LastAdmin(Conflict):
    """An operator keeps at least one administrator."""

    code = "identity.last_admin"
    say = Text(
        ja="管理者が一人もいなくなるため変更できません。先に別の人を管理者にしてください。",
        en="No administrator would be left. Please make somebody else an administrator first.",
    )


class PersonNotFound(NotFound):
    """No such person within your company."""

    code = "identity.person_not_found"


class KeyNotFound(NotFound):
    """No such API key of your company."""

    code = "identity.key_not_found"


class SessionNotFound(NotFound):
    """No such session of yours."""

    code = "identity.session_not_found"


class NotAMember(Forbidden):
    """The person does not belong to that operator."""

    code = "identity.not_a_member"


class SeedsRefused(Conflict):
    """Public credentials are seeded in the tutorial profile only."""

    code = "identity.seeds_refused"
    say = Text(
        ja="公開されている認証情報は tutorial プロファイルでのみ登録できます。",
        en="Public credentials are only seeded in the tutorial profile.",
    )


class SignInBusy(Unavailable):
    """Too many people are signing in at this moment."""

    code = "identity.sign_in_busy"
    say = Text(
        ja="サインインが混み合っています。少し待ってからもう一度お試しください。",
        en="Many people are signing in just now. Please try again in a moment.",
    )
