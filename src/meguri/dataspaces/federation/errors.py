"""How this room says no to our own people."""

from meguri.kernel.errors import Conflict, NotFound, Unavailable
from meguri.kernel.text import Text


class LinkNotFound(NotFound):
    """You have no such link."""

    code = "federation.link_not_found"
    say = Text(
        ja="接続が見つかりません。接続の一覧を開き直してください。",
        en="This link was not found. Please open the list of links again.",
    )


class PeerAway(Unavailable):
    """The other node does not answer."""

    code = "federation.peer_away"
    say = Text(
        ja="相手のノードが応答しません。アドレスを確認して、時間をおいて再試行してください。",
        en="The other node does not answer. Please check its address and try again later.",
    )


class VersionMismatch(Conflict):
    """The two nodes have no version of the messages in common."""

    code = "federation.version_mismatch"
    say = Text(
        ja="相手のノードと共通の版がありません。どちらかのノードを更新してください。",
        en="The two nodes have no version in common. Please update one of them.",
    )


class NotInThisState(Conflict):
    """The state of the link does not allow this."""

    code = "federation.not_in_this_state"
    say = Text(
        ja="現在の接続の状態（{state}）ではこの操作はできません。",
        en="The state of the link ({state}) does not allow this.",
    )
