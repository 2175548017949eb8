"""How reuse says no."""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Text


class PriceSetUnreadable(Invalid):
    """A price set cannot be read."""

    code = "PRICE_SET_UNREADABLE"
    say = Text(
        ja="価格表「{name}」を読み取れません({detail})。code, price, unit と日付を確認してください。",
        en="The price set “{name}” cannot be read ({detail}). Please check code, price, unit and the date.",
    )


class PriceMissing(Invalid):
    """A price that the calculation needs is not in the set; none is assumed."""

    code = "PRICE_MISSING"
    say = Text(
        ja="価格表「{price_set}」に必要な価格がありません: {codes}。追加してからやり直してください。",
        en="The price set “{price_set}” lacks prices that are needed: {codes}. Please add them and try again.",
    )


class CurrencyMixed(Invalid):
    """One calculation, one currency."""

    code = "CURRENCY_MIXED"
    say = Text(
        ja="価格表に複数の通貨が混ざっています({currencies})。一つの通貨に換算してください。",
        en="The price set mixes currencies ({currencies}). Please convert it to one.",
    )


class IntervalInvalid(Invalid):
    """A value with bounds that do not contain it."""

    code = "INTERVAL_INVALID"
    say = Text(
        ja="区間が正しくありません({detail})。下限 ≤ 値 ≤ 上限、信頼水準は 0.5〜0.999 にしてください。",
        en="The interval is not valid ({detail}). Lower ≤ value ≤ upper, and confidence between 0.5 and 0.999.",
    )


class UnusableInput(Invalid):
    """The input cannot be read as what is asked for."""

    code = "UNREADABLE"
    say = Text(
        ja="入力を読み取れません({detail})。書式を確認してください。",
        en="The input cannot be read ({detail}). Please check its form.",
    )


class EmptyInput(UnusableInput):
    """There is nothing in it."""

    code = "EMPTY_INPUT"
    say = Text(ja="入力({detail})が空です。", en="The input ({detail}) is empty.")


class BadEncoding(UnusableInput):
    """The bytes are not UTF-8 text."""

    code = "ENCODING"
    say = Text(
        ja="文字コードが UTF-8 ではありません({detail})。UTF-8 で保存し直してください。",
        en="The text is not UTF-8 ({detail}). Please save it as UTF-8.",
    )


class FigureImplausible(Invalid):
    """A figure that no battery has: nothing is computed with it."""

    code = "FIGURE_IMPLAUSIBLE"
    say = Text(
        ja="考えられない値があります({detail})。単位と桁を確認してください。",
        en="A figure cannot be right ({detail}). Please check unit and digits.",
    )


class NegativeEnergy(Invalid):
    """A meter never runs backwards."""

    code = "NEGATIVE_ENERGY"
    say = Text(
        ja="電力量が負です({value} kWh)。メーターの読みを確認してください。",
        en="The energy is negative ({value} kWh). Please check the meter readings.",
    )


class TariffInvalid(Invalid):
    """A tariff by which no bill can be made."""

    code = "TARIFF_INVALID"
    say = Text(
        ja="料金の条件が正しくありません({detail})。金額は 0 以上、保証割合は 0 より大きく 1 以下、"
        "残りサイクル数は 0 より大きくしてください。",
        en="The tariff cannot be used ({detail}). Amounts from 0, guaranteed share above 0 up to 1, remaining cycles above 0.",
    )


class PackAlreadyIssued(Conflict):
    """One pack has one holder at a time."""

    code = "PACK_ALREADY_ISSUED"
    say = Text(
        ja="電池パック {pack} は貸出中です。返却を登録してから貸し出してください。",
        en="Pack {pack} is issued already. Please book its return first.",
    )


class PackNotReady(Conflict):
    """A pack in this state cannot be issued."""

    code = "PACK_NOT_READY"
    say = Text(
        ja="電池パック {pack} は貸し出せません(状態: {state})。充電・診断が済んだパックを選んでください。",
        en="Pack {pack} cannot be issued (state: {state}). Please choose one that is charged and cleared.",
    )


class NoPackReady(Conflict):
    """No pack at the station is charged, cleared and large enough for the energy that is asked for."""

    code = "NO_PACK_READY"
    say = Text(
        ja="{station}には、{energy_kwh} kWh を出せる、充電・診断が済んだ電池パックがありません。"
        "返却されたパックを充電するか、量を減らしてください。",
        en="No pack at {station} is charged, cleared and able to give {energy_kwh} kWh. "
        "Please charge one that came back, or ask for less.",
    )


class SwapEmpty(Invalid):
    """A swap names a pack that comes back, one that goes out, or the energy that is asked for."""

    code = "SWAP_EMPTY"
    say = Text(
        ja="返却するパックも、貸し出すパックも、必要な量も入力されていません。いずれか一つを入力してください。",
        en="No pack that comes back, no pack that goes out and no energy is given. Please fill in one of them.",
    )


class GateVeto(Invalid):
    """An open veto of the safety gate closes every way to reuse."""

    code = "GATE_VETO"
    say = Text(
        ja="安全判定が不合格です({rules})。再使用向けには出せません。リサイクル原料として出品してください。",
        en="The safety gate says no ({rules}). It cannot be offered for reuse. Please list it as recycling feedstock.",
    )


class GateNotAssessable(Invalid):
    """Without the required evidence a battery is only offered as it is, for testing."""

    code = "GATE_NOT_ASSESSABLE"
    say = Text(
        ja="安全判定に必要な証拠が足りません({rules})。試験を追加するか、「試験用・現状渡し」で出品してください。",
        en="Evidence for the safety gate is missing ({rules}). Please add tests, or list it as is for testing.",
    )


class NotLicensed(Invalid):
    """Only a licensed recycler takes a battery that failed the gate."""

    code = "NOT_LICENSED_RECYCLER"
    say = Text(
        ja="不合格の電池は、許可の証明を運営事業者が確認したリサイクラーだけが購入できます。許可を登録し、確認を受けてください。",
        en="Only a recycler whose licence the platform's operator has checked may buy a battery that failed the gate. "
        "Please register your licence and have it checked.",
    )


class AgreementNotFound(NotFound):
    """Neither contract nor guarantee of yours."""

    code = "reuse.agreement_not_found"
    say = Text(ja="この契約・保証はありません。", en="There is no such agreement.")


class LicenceNotFound(NotFound):
    """No licence of that number: the company has none, or has changed it meanwhile."""

    code = "reuse.licence_not_found"
    say = Text(
        ja="この番号の許可はありません。会社が変更した可能性があります。一覧を読み直してください。",
        en="There is no licence of this number; the company may have changed it. Please load the list again.",
    )


class ProofNeeded(Invalid):
    """What was seen, or why it does not hold, is missing."""

    code = "reuse.proof_needed"
    say = Text(
        ja="確認した証明、または認めない理由を入力してください。",
        en="Please say what proof you have seen, or why it does not hold.",
    )


class SiteLaw(Invalid):
    """The law of the site forbids it, or asks for what is missing."""

    code = "SITE_LAW"
    say = Text(
        ja="設置場所の規則({rule})を満たしません。{detail}",
        en="The site's rule ({rule}) is not met. {detail}",
    )


class StateTransition(Conflict):
    """The present state does not allow this step."""

    code = "STATE_TRANSITION"
    say = Text(
        ja="現在の状態({state})では「{event}」はできません。可能な操作: {allowed}",
        en="In the state {state} the step {event} is not possible. Possible: {allowed}",
    )


class BatteryNotFound(NotFound):
    """No battery of yours has this id."""

    code = "BATTERY_NOT_FOUND"
    say = Text(
        ja="電池が見つかりません。識別子または QR コードを確認してください。",
        en="The battery was not found. Please check its id or QR code.",
    )


class BatteryKnown(Conflict):
    """A battery with this serial is registered already."""

    code = "BATTERY_KNOWN"
    say = Text(
        ja="製造番号「{serial}」の電池は登録済みです。一覧から開いてください。",
        en="A battery with the serial “{serial}” is registered already. Please open it from the list.",
    )


class ListingNotFound(NotFound):
    """No listing that you may see has this id."""

    code = "LISTING_NOT_FOUND"
    say = Text(
        ja="出品が見つかりません。一覧を確認してください。", en="This listing was not found. Please check the list."
    )


class OfferNotFound(NotFound):
    """No offer of yours has this id."""

    code = "OFFER_NOT_FOUND"
    say = Text(
        ja="購入申込みが見つかりません。取引の一覧を確認してください。",
        en="This offer was not found. Please check your deals.",
    )


class CustodyNotFound(NotFound):
    """No hand-over of yours has this id."""

    code = "CUSTODY_NOT_FOUND"
    say = Text(
        ja="引渡しが見つかりません。取引の一覧を確認してください。",
        en="This hand-over was not found. Please check your deals.",
    )


class ContractNotFound(NotFound):
    """No contract of yours has this id."""

    code = "CONTRACT_NOT_FOUND"
    say = Text(ja="契約が見つかりません。", en="This contract was not found.")


class GuaranteeNotFound(NotFound):
    """No guarantee of yours has this id."""

    code = "GUARANTEE_NOT_FOUND"
    say = Text(ja="残価保証が見つかりません。", en="This guarantee was not found.")


class CertificateNotFound(NotFound):
    """No certificate of yours has this id."""

    code = "CERTIFICATE_NOT_FOUND"
    say = Text(ja="証明書が見つかりません。", en="This certificate was not found.")


class AccidentNotFound(NotFound):
    """No accident of yours has this id."""

    code = "ACCIDENT_NOT_FOUND"
    say = Text(ja="事故の記録が見つかりません。", en="This accident was not found.")


class DemandNotFound(NotFound):
    """No use of yours has this id."""

    code = "DEMAND_NOT_FOUND"
    say = Text(ja="用途の登録が見つかりません。", en="This use was not found.")


class PoolNotFound(NotFound):
    """No pool of yours has this id."""

    code = "POOL_NOT_FOUND"
    say = Text(ja="電池プールが見つかりません。", en="This pool was not found.")


class PackNotFound(NotFound):
    """No pack of this pool has this id."""

    code = "PACK_NOT_FOUND"
    say = Text(
        ja="電池パック {pack} がこのプールにありません。番号を確認してください。",
        en="This pool has no pack {pack}. Please check its number.",
    )


class NotYourTurn(Conflict):
    """The other side's answer is awaited."""

    code = "NOT_YOUR_TURN"
    say = Text(
        ja="相手の回答待ちです。相手が回答すると操作できます。",
        en="The other side's answer is awaited. You can act once they have answered.",
    )


class OwnListing(Conflict):
    """Nobody buys from himself."""

    code = "OWN_LISTING"
    say = Text(ja="自社の出品には申し込めません。", en="You cannot make an offer on your own listing.")


class NotHeld(Conflict):
    """Only who owns and holds a battery may dispose of it."""

    code = "NOT_HELD"
    say = Text(
        ja="所有し、かつ手元にある電池だけを操作できます。引渡しの状態を確認してください。",
        en="Only a battery that you own and hold can be used here. Please check its hand-over.",
    )


class PriceInvalid(Invalid):
    """A price is a whole number of minor units, above zero."""

    code = "PRICE_INVALID"
    say = Text(
        ja="価格は 1 以上の整数で入力してください。", en="Please give the price as a whole number of at least 1."
    )


class DocumentsMissing(Conflict):
    """Documents that must travel with the battery are missing."""

    code = "DOCUMENTS_MISSING"
    say = Text(
        ja="必要な書類がありません: {documents}。追加してから進めてください。",
        en="Documents are missing: {documents}. Please add them first.",
    )


class EvidenceTooOld(Conflict):
    """A claim needs a fresh certificate."""

    code = "CERTIFICATE_TOO_OLD"
    say = Text(
        ja="{days} 日以内の診断証明書が必要です。診断を受けてから請求してください。",
        en="A certificate of the last {days} days is needed. Please have the battery diagnosed first.",
    )


class OutsideTerms(Conflict):
    """The guarantee does not cover this."""

    code = "OUTSIDE_TERMS"
    say = Text(
        ja="保証の条件外です({detail})。条件を確認してください。",
        en="The guarantee does not cover this ({detail}). Please check its terms.",
    )
