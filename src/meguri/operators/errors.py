"""How this room says no."""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Text


class OperatorUnknown(NotFound):
    """No company in the directory has this id."""

    code = "operators.operator_unknown"
    say = Text(
        ja="事業者が見つかりません。法人番号または事業者識別子を確認してください。",
        en="No company was found. Please check its corporate number or id.",
    )


class OperatorIdTaken(Conflict):
    """A record exists for this operator already."""

    code = "operators.operator_id_taken"
    say = Text(
        ja="この事業者は登録済みです。会社情報の更新を使ってください。",
        en="This company is registered already. Please update its record instead.",
    )


class OpenOperatorIdTaken(Conflict):
    """Another company has this public number."""

    code = "operators.open_operator_id_taken"
    say = Text(
        ja="公開事業者識別子「{value}」は、ほかの事業者が登録済みです。番号を確認してください。",
        en="The public id “{value}” is registered by another company. Please check the number.",
    )


class GlobalOperatorIdTaken(Conflict):
    """Another company has this global id."""

    code = "operators.global_operator_id_taken"
    say = Text(
        ja="グローバル事業者識別子「{value}」は、ほかの事業者が登録済みです。別の値を指定してください。",
        en="The global id “{value}” is registered by another company. Please give another one.",
    )


class OpenOperatorIdImmutable(Invalid):
    """A company's public number never changes."""

    code = "operators.open_operator_id_immutable"
    say = Text(
        ja="公開事業者識別子（法人番号など）は変更できません。誤りがある場合は運営事業者に連絡してください。",
        en="A company's public id cannot change. If it is wrong, please contact the operator of this platform.",
    )


class PlantNotFound(NotFound):
    """No plant of yours has this id."""

    code = "operators.plant_not_found"
    say = Text(
        ja="事業所が見つかりません。自社の「会社・拠点」の一覧を確認してください。",
        en="This plant was not found. Please check the list under Company and plants.",
    )


class OpenPlantIdTaken(Conflict):
    """Another of your plants has this public id."""

    code = "operators.open_plant_id_taken"
    say = Text(
        ja="公開事業所識別子「{value}」は、自社の別の事業所で使われています。別の値を指定してください。",
        en="The public plant id “{value}” belongs to another of your plants. Please give another one.",
    )


class GlobalPlantIdTaken(Conflict):
    """Another of your plants has this global id."""

    code = "operators.global_plant_id_taken"
    say = Text(
        ja="グローバル事業所識別子「{value}」は、自社の別の事業所で使われています。別の値を指定してください。",
        en="The global plant id “{value}” belongs to another of your plants. Please give another one.",
    )


class UnknownItemGroup(Invalid):
    """No such group of items can be disclosed."""

    code = "operators.unknown_item_group"
    say = Text(
        ja="開示項目「{value}」はありません。次から選んでください: {choices}",
        en="There is no item group “{value}”. Please choose among: {choices}",
    )


class DisclosureToSelf(Invalid):
    """A company sees its own values anyway."""

    code = "operators.disclosure_to_self"
    say = Text(
        ja="自社への開示は設定できません。開示先の取引先を選んでください。",
        en="Your own company sees its values anyway. Please choose a partner.",
    )


class NoRelation(Conflict):
    """Nothing links this part to that company, so there is nothing to disclose."""

    code = "operators.no_relation"
    say = Text(
        ja="この部品と開示先との取引がありません。依頼に部品を紐付けてから開示してください。",
        en="No live request links this part to that company. Please link the part to its request first.",
    )


class ProofTooLow(Conflict):
    """The other company's identity is not proved as well as this company asks before it discloses."""

    code = "operators.proof_too_low"
    say = Text(
        ja="開示先の本人確認が、自社の決めた下限に達していません。会社・拠点の「開示」で下限を確認してください。",
        en="That company's identity is not proved as well as you ask before you disclose. See “Disclosure” on your company's page.",
    )


class DisclosureNotFound(NotFound):
    """Nothing was ever decided about this part and that company."""

    code = "operators.disclosure_not_found"
    say = Text(
        ja="この部品と取引先の開示設定はありません。「開示の状況」の一覧を確認してください。",
        en="There is no disclosure of this part to that company. Please check the list of disclosures.",
    )


class NotificationNotFound(NotFound):
    """No notification of yours has this id."""

    code = "operators.notification_not_found"
    say = Text(
        ja="通知が見つかりません。通知の一覧を開き直してください。",
        en="This notification was not found. Please open the list of notifications again.",
    )
