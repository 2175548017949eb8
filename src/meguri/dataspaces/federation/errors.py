"""How this room says no to our own people."""

from meguri.kernel.errors import Conflict, Invalid, NotFound, Unavailable
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


class TooManyProposals(Conflict):
    """Too many proposals wait for the company already."""

    code = "federation.too_many_proposals"
    say = Text(
        ja="返事を待っている申し込みが多すぎます。相手が判断してから、もう一度申し込んでください。",
        en="Too many proposals wait for an answer. Please propose again once the other side has decided.",
    )


class NotInThisState(Conflict):
    """The state of the link does not allow this."""

    code = "federation.not_in_this_state"
    say = Text(
        ja="現在の接続の状態（{state}）ではこの操作はできません。",
        en="The state of the link ({state}) does not allow this.",
    )


class MessageNotFound(NotFound):
    """No such message waits for you."""

    code = "federation.message_not_found"
    say = Text(
        ja="このお知らせは見つからないか、すでに処理されています。一覧を開き直してください。",
        en="This message was not found, or somebody has decided on it already. Please open the list again.",
    )


class NothingToTell(Invalid):
    """The message has no title, or is of a kind that cannot be sent."""

    code = "federation.nothing_to_tell"
    say = Text(
        ja="種類と件名（200文字以内）を入力してください。",
        en="Please choose a kind and give a title (at most 200 characters).",
    )
