"""How this room says no to our own people."""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Text


class NotTakingPart(Conflict):
    """The company has not joined the data space."""

    code = "dsp.not_taking_part"
    say = Text(
        ja="データスペースにまだ参加していません。「接続と鍵」から参加してください。",
        en="Your company does not take part in the data space yet. Please join under Connections and keys.",
    )


class PartnerNotFound(NotFound):
    """No partner of yours has this identifier."""

    code = "dsp.partner_not_found"
    say = Text(
        ja="取引先が見つかりません。接続先の一覧を確認してください。",
        en="This partner was not found. Please check the list of connections.",
    )


class OfferNotFound(NotFound):
    """You offer no such dataset."""

    code = "dsp.offer_not_found"
    say = Text(
        ja="提供中のデータが見つかりません。一覧を開き直してください。",
        en="This offer was not found. Please open the list again.",
    )


class ProcessNotFound(NotFound):
    """You have no such negotiation, transfer or agreement."""

    code = "dsp.process_not_found"
    say = Text(
        ja="交渉・転送・契約が見つかりません。一覧を開き直してください。",
        en="This negotiation, transfer or agreement was not found. Please open the list again.",
    )


class NotNow(Conflict):
    """The state of the process does not allow this."""

    code = "dsp.not_now"
    say = Text(
        ja="現在の状態（{state}）ではこの操作はできません。",
        en="The present state ({state}) does not allow this.",
    )


class UnknownTerms(Invalid):
    """The policy has terms that would not be enforced, so it is not kept."""

    code = "dsp.unknown_terms"
    say = Text(
        ja="条件「{terms}」には対応していません。対応している条件だけを指定してください。",
        en="The terms “{terms}” are not supported. Please use supported terms only.",
    )


class NothingToOffer(Conflict):
    """There is no agreed figure of this part yet."""

    code = "dsp.nothing_to_offer"
    say = Text(
        ja="この部品には提供できる値がまだありません。フットプリントまたは構成を登録してください。",
        en="There is nothing to offer of this part yet. Please declare its footprint or structure first.",
    )


class BadDid(Invalid):
    """This is not an identifier that can be resolved."""

    code = "dsp.bad_did"
    say = Text(
        ja="did:web 形式の識別子（例 did:web:example.jp）を指定してください。",
        en="Please give an identifier of the form did:web, such as did:web:example.jp.",
    )
