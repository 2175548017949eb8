"""How proofs say no."""

from meguri.kernel.errors import Conflict, NotFound
from meguri.kernel.text import Text


class UnknownKey(NotFound):
    """No signing key of yours has this id."""

    code = "proof.unknown_key"
    say = Text(
        ja="署名鍵が見つかりません。鍵の一覧を確認してください。",
        en="This signing key was not found. Please check the list of keys.",
    )


class KeyWaiting(Conflict):
    """A new key is published already and signs soon."""

    code = "proof.key_waiting"
    say = Text(
        ja="新しい署名鍵は公開済みで、{signs_from} から使われます。それまでお待ちください。",
        en="A new signing key is published already and signs from {signs_from}. Please wait until then.",
    )
