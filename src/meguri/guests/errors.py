"""How guests' use cases say no."""

from meguri.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from meguri.kernel.text import Text


class GuestLinkInvalid(NotFound):
    """The link does not exist, has ended, or was withdrawn; the three are never told apart."""

    code = "guests.link_invalid"
    say = Text(
        ja="このリンクは使えません。期限が過ぎたか、取り消された可能性があります。依頼元に新しいリンクを依頼してください。",
        en="This link does not work. It may have ended or been withdrawn. Please ask your customer for a new one.",
    )


class GuestLinkNotFound(NotFound):
    """No such link of this company."""

    code = "guests.link_not_found"
    say = Text(ja="指定したリンクは見つかりません。", en="There is no such link.")


class AddressNotProved(Forbidden):
    """The address or the number is not the one that the link was made for."""

    code = "guests.address_not_proved"
    say = Text(
        ja="確認できませんでした。リンクを受け取ったメールアドレスと、届いた確認番号を入力してください。",
        en="This could not be confirmed. Please give the address that received the link, and the number sent to it.",
    )


class GuestLocked(TooMany):
    """Too many wrong tries; the link is closed for a while."""

    code = "guests.locked"
    say = Text(
        ja="続けて確認できなかったため、しばらく受け付けません。15分ほど待ってからもう一度お試しください。",
        en="Too many tries. Please wait a quarter of an hour and try again.",
    )


class GuestAnswered(Conflict):
    """This link has been used for an answer already."""

    code = "guests.answered"
    say = Text(
        ja="この依頼には回答済みです。内容を直すには、会員になるか、依頼元に連絡してください。",
        en="This request has been answered. To correct it, join, or write to your customer.",
    )


class GuestLinkUsed(Conflict):
    """An answer was sent by this link, and where no mail is set up nobody can prove to be who sent it."""

    code = "guests.link_used"
    say = Text(
        ja="このリンクからは回答済みのため、もう開けません。内容は依頼元に確認してください。",
        en="This link has served for an answer and opens no more. Please ask your customer for what was sent.",
    )


class RequestClosedForGuest(Conflict):
    """The customer withdrew the request."""

    code = "guests.request_closed"
    say = Text(ja="この依頼は取り消されました。", en="The customer has withdrawn this request.")


class NothingAnswered(Invalid):
    """An answer without any figure."""

    code = "guests.nothing_answered"
    say = Text(ja="排出量を1つ以上入力してください。", en="Please give at least one figure.")


class NumberTaken(Conflict):
    """A company with this 法人番号 is a member already."""

    code = "guests.number_taken"
    say = Text(
        ja="この法人番号の会社はすでに参加しています。自社の管理者に招待を依頼してください。",
        en="A company with this Corporate Number has joined already. Please ask its administrator to invite you.",
    )


class JoinedAlready(Conflict):
    """The company is a member, whoever reads the address belongs to it, and its requests are there now."""

    code = "guests.joined_already"
    say = Text(
        ja="この会社はすでに参加しています。届いていた依頼は、会社の「受けた依頼」に移しました。サインインして回答してください。",
        en="This company has joined already. Your requests are now among those it has received. Please sign in to answer them.",
    )
