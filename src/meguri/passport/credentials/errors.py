"""How credentials are refused."""

from meguri.kernel.errors import Conflict, Forbidden
from meguri.kernel.text import Text


class CredentialNotAvailable(Forbidden):
    """A slice of a class that the reader may not see."""

    code = "ACCESS_CLASS_DENIED"
    say = Text(
        ja="区分「{slice}」の証明書を取得する権限がありません。閲覧権限を申請してください。",
        en="You may not have the credential of class “{slice}”. Please ask for access.",
    )


class SliceAltered(Conflict):
    """The stored values no longer have the hash that was signed with their version: they were changed behind our back."""

    code = "SLICE_ALTERED"
    say = Text(
        ja="保存された内容が、署名された版のハッシュと一致しません。改ざんの疑いがあるため署名しません。運営事業者に連絡してください。",
        en="The stored content does not have the hash that was signed with its version. It may have been tampered with and "
        "is not signed again. Please tell the operator of this platform.",
    )
