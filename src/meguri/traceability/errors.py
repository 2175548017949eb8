"""How traceability says no."""

from meguri.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from meguri.kernel.text import Text


class PlantUnknown(Invalid):
    """The plant is not one of the operator's own."""

    code = "operators.plant_unknown"
    say = Text(
        ja="指定された事業所は登録されていません。先に「会社・拠点」で事業所を登録してください。",
        en="This plant is not registered. Please register it under Company and plants first.",
    )


class IdentityFixed(Invalid):
    """Plant, name and support name make the part what it is; another three are another part."""

    code = "traceability.identity_fixed"
    say = Text(
        ja="事業所・部品名・補助名称は変更できません。別の部品として登録してください。",
        en="Plant, name and support name of a part cannot change. Please register another part.",
    )


class StructureCycle(Invalid):
    """A part would contain itself, directly or through other parts."""

    code = "traceability.structure_cycle"
    say = Text(
        ja="部品構成が循環しています。部品が自分自身を含まないようにしてください。",
        en="The structure runs in a circle. A part must not contain itself.",
    )


class DuplicateChild(Invalid):
    """Two children, or a child and the parent, are the same part."""

    code = "traceability.duplicate_child"
    say = Text(
        ja="同じ部品が重複しています。1行にまとめ、数量を合計してください。",
        en="The same part appears twice. Please keep one row with the amounts added up.",
    )


class ChildRequested(Conflict):
    """A child that is dropped from the structure still has a live request."""

    code = "traceability.child_requested"
    say = Text(
        ja="依頼済みの構成部品は外せません。依頼を取り消してから、もう一度実行してください。",
        en="A part with an open request cannot be removed. Please cancel the request first.",
    )


class TerminateRequested(Conflict):
    """A part with a live request cannot be made an end of the chain."""

    code = "traceability.terminate_requested"
    say = Text(
        ja="依頼済みの部品は終端に変更できません。依頼を取り消してから変更してください。",
        en="A part with an open request cannot be marked as the end of the chain. Please cancel the request first.",
    )


class UnitLocked(Conflict):
    """The unit of a part with footprint values or live trades cannot change."""

    code = "traceability.unit_locked"
    say = Text(
        ja="CFP情報または取引関係がある部品の単位は変更できません。新しい部品として登録してください。",
        en="The unit of a part with footprint values or requests cannot change. Please register a new part.",
    )


class TerminatedWithChildren(Invalid):
    """A terminated part has no structure."""

    code = "traceability.terminated_with_children"
    say = Text(
        ja="終端の部品には構成部品を登録できません。終端の指定を外すか、構成部品を削除してください。",
        en="A part at the end of the chain has no components. Please clear the mark or remove the components.",
    )


class TooManyChildren(Invalid):
    """More components than one structure may have."""

    code = "traceability.too_many_children"
    say = Text(
        ja="構成部品は{most}件までです。中間の部品にまとめてください。",
        en="A structure has at most {most} components. Please group some into an intermediate part.",
    )


class BadAmount(Invalid):
    """An amount outside 0–99999.99999 or with more than five decimals."""

    code = "traceability.bad_amount"
    say = Text(
        ja="数量は0以上99999.99999以下、小数点以下5桁までで入力してください。",
        en="An amount is between 0 and 99999.99999 with at most five decimals.",
    )


class RequestHasChildren(Conflict):
    """A part with a structure of its own is made in-house and cannot be asked for."""

    code = "traceability.request_has_children"
    say = Text(
        ja="構成部品を持つ部品は依頼できません。購入している構成部品ごとに依頼してください。",
        en="A part with components is made in-house. Please ask for its purchased components one by one.",
    )


class RequestTerminated(Conflict):
    """Nothing is asked for a terminated part."""

    code = "traceability.request_terminated"
    say = Text(
        ja="終端の部品には依頼できません。終端の指定を外してから依頼してください。",
        en="Nothing is asked for a part at the end of the chain. Please clear the mark first.",
    )


class RequestSelf(Invalid):
    """A company cannot ask itself."""

    code = "traceability.request_self"
    say = Text(
        ja="自社には依頼できません。取引先を選んでください。", en="You cannot ask yourself. Please choose a supplier."
    )


class AlreadyRequested(Conflict):
    """The part has a live request of this kind."""

    code = "traceability.already_requested"
    say = Text(
        ja="この部品は依頼済みです。依頼先を変えるには、先に依頼を取り消してください。",
        en="This part is already requested. To ask another supplier, cancel that request first.",
    )


class RequestFixed(Conflict):
    """Supplier, part and kind of a request never change."""

    code = "traceability.request_fixed"
    say = Text(
        ja="依頼先・対象部品・依頼種別は変更できません。依頼を取り消してから、もう一度依頼してください。",
        en="Supplier, part and kind of a request cannot change. Please cancel it and ask again.",
    )


class RequestClosed(Conflict):
    """The request is answered or returned, so it cannot be amended."""

    code = "traceability.request_closed"
    say = Text(
        ja="この依頼は回答済みまたは差戻し済みのため変更できません。",
        en="This request is answered or returned and cannot be changed any more.",
    )


class AlreadyRejected(Conflict):
    """The request was returned."""

    code = "traceability.already_rejected"
    say = Text(
        ja="この依頼は差戻し済みです。依頼元からの新しい依頼をお待ちください。",
        en="This request was returned. Please wait for a new one.",
    )


class AlreadyAnswered(Conflict):
    """An answered request cannot be returned."""

    code = "traceability.already_answered"
    say = Text(
        ja="回答済みの依頼は差戻しできません。値の訂正はCFP情報の更新で行ってください。",
        en="An answered request cannot be returned. To correct a value, update the footprint.",
    )


class UnitMismatch(Invalid):
    """The linked part's unit differs from the unit of the customer's part."""

    code = "traceability.unit_mismatch"
    say = Text(
        ja="依頼元が指定した単位と一致しません。依頼元の単位に合わせて部品を登録してください。",
        en="The unit differs from the customer's. Please register a part in the customer's unit.",
    )


class TradeCycle(Conflict):
    """The link would make the chain of companies run in a circle."""

    code = "traceability.trade_cycle"
    say = Text(
        ja="取引関係が循環するため紐付けできません。別の部品を選んでください。",
        en="This link would make the supply chain run in a circle. Please choose another part.",
    )


class UnknownRequest(NotFound):
    """No such request, or not one of yours."""

    code = "traceability.unknown_request"
    say = Text(
        ja="依頼が見つかりません。取り消された可能性があります。",
        en="This request was not found. It may have been cancelled.",
    )


class WrongSide(Forbidden):
    """You are a party to the request, but this step belongs to the other one."""

    code = "traceability.wrong_side"
    say = Text(
        ja="この操作は取引の相手方だけが行えます。",
        en="Only the other party of this request can do this.",
    )


class PartNotOwn(NotFound):
    """The part does not exist among your own."""

    code = "traceability.part_not_own"
    say = Text(
        ja="指定された部品は自社の部品の中にありません。",
        en="This part is not among your own parts.",
    )


class PartUnknown(NotFound):
    """The part to delete does not exist."""

    code = "traceability.part_unknown"
    say = Text(ja="指定された部品は存在しません。", en="This part does not exist.")


class PartForeign(PartUnknown):
    """The part to delete belongs to somebody else. Only the Ouranos façade tells this apart from PartUnknown."""

    code = "traceability.part_foreign"


class PartInStructure(Conflict):
    """The part is used in a structure, so it cannot be deleted."""

    code = "traceability.part_in_structure"
    say = Text(
        ja="部品構成があるため削除できません。先に構成から外してください。",
        en="This part is used in a structure. Please take it out of the structure first.",
    )


class PartRequested(Conflict):
    """The part has a request, so it cannot be deleted."""

    code = "traceability.part_requested"
    say = Text(
        ja="依頼済みのため削除できません。先に依頼を取り消してください。",
        en="This part has a request. Please cancel the request first.",
    )


class PartReceived(Conflict):
    """The part answers a customer's request, so it cannot be deleted."""

    code = "traceability.part_received"
    say = Text(
        ja="受領した依頼に紐付いているため削除できません。先に別の部品へ紐付け直してください。",
        en="This part answers a customer's request. Please link another part first.",
    )


class EmptyComment(Invalid):
    """A comment has no words, or too many."""

    code = "traceability.comment"
    say = Text(
        ja="コメントは 1〜{most:,} 文字で入力してください。",
        en="Please write a comment of 1 to {most:,} characters.",
    )
