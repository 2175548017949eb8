"""How identity says no.

Unauthenticated 401
├── SignInRefused        account and password do not go together, or the pair is locked: never told apart
│   ├── SecondStepNeeded the password is right, the code is missing
│   ├── CodeWrong        the code is wrong, over or used
│   ├── PasskeyRefused   unknown passkey, or an answer that does not hold
│   └── ProviderRefused  signing in elsewhere did not succeed
│       └── ProviderStranger
├── RefreshRefused       unknown, ended, revoked or copied refresh token
├── TokenMissing         nothing was presented
├── TokenInvalid         not signed by us, or not for us
│   ├── TokenExpired
│   ├── TokenWithoutOperator
│   └── TokenOperatorMalformed
├── KeyInvalid           unknown or revoked API key, or from an address that it does not allow
├── AccessSuspended      the operator or the person may not use the service now
├── LinkInvalid          a one-time link that is unknown, used or over
└── ClientRefused        a program's id and secret do not go together
"""

from uuid import UUID

from meguri.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated, Unavailable
from meguri.kernel.text import Text


class SignInRefused(Unauthenticated):
    """Account and password do not go together, or the pair of account and address is locked for a while."""

    code = "identity.sign_in_refused"
    say = Text(
        ja="メールアドレスまたはパスワードが正しくありません。何度も失敗した場合は15分ほど待ってからお試しください。",
        en="The e-mail address or the password is not right. After several failures, please wait 15 minutes.",
        de="Die E-Mail-Adresse oder das Passwort stimmt nicht. Nach mehreren Fehlversuchen warten Sie bitte 15 Minuten.",
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


class UserInfoRefused(TokenInvalid):
    """The issuer of an access token does not confirm the account that stands behind it."""

    code = "identity.user_info_refused"
    say = Text(
        ja="アクセストークンの発行者から利用者情報を取得できません。時間をおいて再度お試しください。",
        en="The issuer of the access token does not tell whose it is. Please try again later.",
    )


class AccessSuspended(Unauthenticated):
    """The operator's access is suspended or has ended, or the person is no longer a member."""

    code = "identity.access_suspended"
    say = Text(
        ja="現在、この事業者のサービス利用は停止されています。運営事業者にお問い合わせください。",
        en="Access to the service is suspended for this company. Please contact the platform's operator.",
        de="Der Zugang ist für dieses Unternehmen ausgesetzt. Bitte wenden Sie sich an den Betreiber der Plattform.",
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


class BadRedirectUri(Invalid):
    """The text is no address to which a browser may be sent back."""

    code = "identity.bad_redirect_uri"
    say = Text(
        ja="「{given}」は戻り先にできません。https:// で始まるアドレスを10件まで入力してください（# と利用者名は使えません）。",
        en="“{given}” can't be an address to return to. Please give up to 10 addresses that begin with https:// "
        "(without # or a user name).",
    )


class ClientRefused(Unauthenticated):
    """The program's id and secret do not go together, or it may not use them from this address."""

    code = "identity.client_refused"
    say = Text(
        ja="client_id と client_secret の組が正しくないか、このアドレスからは使えません。",
        en="client_id and client_secret do not go together, or may not be used from this address.",
    )


class ClientUnknown(Invalid):
    """No program with this id may sign people in with this address to return to; which of both is not told."""

    code = "identity.client_unknown"
    say = Text(
        ja="この client_id と redirect_uri の組は登録されていません。",
        en="This client_id is not registered with this redirect_uri.",
    )


class GrantRefused(Invalid):
    """A code or refresh token that is unknown, over, used, or another program's; which is not told."""

    code = "identity.grant_refused"
    say = Text(
        ja="コードまたはリフレッシュトークンが無効です（期限切れ、使用済み、または別のクライアントのもの）。もう一度サインインしてください。",
        en="The code or refresh token is not valid: over, used, or another client's. Please sign in again.",
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


class SecondStepNeeded(SignInRefused):
    """The password is right, and this account needs the code of its authenticator app beside it."""

    code = "identity.second_step_needed"
    say = Text(
        ja="確認コードが必要です。認証アプリに表示されている 6 桁の数字を入力してください。",
        en="A code is needed too. Please give the six figures that your authenticator app shows.",
    )

    def __init__(self, person_id: UUID) -> None:
        """`person_id` is for the page that asks for the code; it is told to nobody."""
        super().__init__()
        self.person_id = person_id


class CodeWrong(SignInRefused):
    """The code is wrong, over, or was used already; or there were too many wrong ones."""

    code = "identity.code_wrong"
    say = Text(
        ja="確認コードが正しくありません。新しく表示されたコードを入力してください。何度も失敗した場合は、しばらく待ってからお試しください。",
        en="The code is not right. Please give the one that is shown now. After several failures, please wait a while.",
    )


class PasskeyRefused(SignInRefused):
    """The passkey is not known here, belongs to somebody else, or its answer does not hold."""

    code = "identity.passkey_refused"
    say = Text(
        ja="このパスキーではサインインできませんでした。別の方法をお試しください。",
        en="This passkey could not be used. Please try another way.",
    )


class ProviderRefused(SignInRefused):
    """The sign-in with the provider elsewhere did not succeed, or nobody here is known by it."""

    code = "identity.provider_refused"
    say = Text(
        ja="外部アカウントでのサインインを完了できませんでした。もう一度お試しください。",
        en="Signing in with the outside account did not succeed. Please try again.",
    )


class ProviderStranger(ProviderRefused):
    """Nobody here is known by this outside account, and it may not open one."""

    code = "identity.provider_stranger"
    say = Text(
        ja="この外部アカウントに対応する利用者が見つかりません。自社の管理者に招待を依頼してください。",
        en="Nobody here is known by this outside account. Please ask your company's administrator for an invitation.",
    )


class ProviderAway(Unavailable):
    """The provider elsewhere does not answer as it should."""

    code = "identity.provider_away"
    say = Text(
        ja="外部の認証サービスに接続できません。しばらくしてから、または別の方法でサインインしてください。",
        en="The outside sign-in service cannot be reached. Please try later, or sign in another way.",
    )


class AppExists(Conflict):
    """An authenticator app is set up already."""

    code = "identity.app_exists"
    say = Text(
        ja="認証アプリはすでに設定されています。先に今の設定を外してください。",
        en="An authenticator app is set up already. Please remove it first.",
    )


class TooManyPasskeys(Conflict):
    """The person has as many passkeys as one may have."""

    code = "identity.too_many_passkeys"
    say = Text(
        ja="パスキーの数が上限に達しています。使わないものを削除してください。",
        en="You have as many passkeys as one may have. Please remove one that you do not use.",
    )


class LinkedElsewhere(Conflict):
    """The outside account is linked to an account here already."""

    code = "identity.linked_elsewhere"
    say = Text(
        ja="この外部アカウントはすでに連携されています。",
        en="This outside account is linked to an account here already.",
    )


class LastProof(Conflict):
    """Without it, the person could not sign in any more."""

    code = "identity.last_proof"
    say = Text(
        ja="これを外すとサインインできなくなります。先に別の方法を追加してください。",
        en="You could not sign in without it. Please add another way first.",
    )


class NoApp(NotFound):
    """No authenticator app that could be confirmed or removed."""

    code = "identity.no_app"


class PasskeyNotFound(NotFound):
    """No such passkey of yours."""

    code = "identity.passkey_not_found"


class NoticeNotFound(NotFound):
    """No such notice of yours."""

    code = "identity.notice_not_found"
