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
    """There is nothing of this kind on record yet, or it is not valid any more."""

    code = "dsp.nothing_to_offer"
    say = Text(
        ja="提供できるものがまだありません。フットプリント・構成・調査結果を登録するか、有効な証明書を選んでください。",
        en="There is nothing to offer of this kind yet. Please record it first, or choose a valid certificate.",
    )


class NotSoFar(Conflict):
    """The certificate cannot be signed yet."""

    code = "dsp.not_so_far"
    say = Text(
        ja="この電池のリサイクル証明書はまだ署名できません。処理を終え、その月を締めてから提供してください。",
        en="This certificate cannot be signed yet. Please finish the treatment and close the months of its runs.",
    )


class TooWide(Invalid):
    """What was given are no identifiers, or they would open everything."""

    code = "dsp.too_wide"
    say = Text(
        ja="見せる対象の識別子を 1 行に 1 つ、{most} 件まで指定してください。すべてを開く指定はできません。",
        en="Please give identifiers, one a line and at most {most}; everything at once cannot be opened.",
    )


class KindUnknown(Invalid):
    """There is no such kind of dataset."""

    code = "dsp.kind_unknown"
    say = Text(
        ja="提供するデータの種類を一覧から選んでください。",
        en="Please choose the kind of data from the list.",
    )


class NumberMissing(Conflict):
    """Notifications name both sides by their business partner numbers."""

    code = "dsp.number_missing"
    say = Text(
        ja="通知の受け口を提供するには、自社と相手の事業者番号（BPNL）が必要です。「接続先」で登録してください。",
        en="An inbox needs your business partner number (BPNL) and the partner's. Please enter both under Partners.",
    )


class BadBpn(Invalid):
    """This is no business partner number of a legal entity."""

    code = "dsp.bad_bpn"
    say = Text(
        ja="BPNL と英数字 12 文字（例 BPNL00000003AYRE）を指定してください。",
        en="Please give BPNL and twelve letters or digits, such as BPNL00000003AYRE.",
    )


class BadDid(Invalid):
    """This is not an identifier that can be resolved."""

    code = "dsp.bad_did"
    say = Text(
        ja="did:web 形式の識別子（例 did:web:example.jp）を指定してください。",
        en="Please give an identifier of the form did:web, such as did:web:example.jp.",
    )
