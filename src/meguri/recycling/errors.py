"""How recycling says no. The codes are those of the contract with recyclers."""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Language, Text


class UnusableInput(Invalid):
    """A calculation's input cannot be used; every broken field is named."""

    code = "RECYCLING_INPUT"
    say = Text(
        ja="入力を計算に使えません。{detail} 示された項目を修正してください。",
        en="The input cannot be used. {detail} Please correct the fields that are named.",
    )

    def sentence(self, language: Language) -> str:
        """The first broken field in the reader's language."""
        if not self.fields:
            return super().sentence(language)
        first = self.fields[0]
        return self.say.of(language, detail=f"{first.field}: {first.of(language)}")


class RuleSetUnknown(Invalid):
    """No rule set has this id."""

    code = "RULESET_UNKNOWN"
    say = Text(
        ja="ruleSet「{given}」はありません。使えるもの: {choices}",
        en="There is no ruleSet “{given}”. Available: {choices}",
    )


class RuleSetNotValid(Invalid):
    """The rule set does not hold for the year that was asked."""

    code = "RULESET_NOT_VALID_FOR_DATE"
    say = Text(
        ja="ruleSet「{given}」は {year} 年(year)には有効ではありません。有効なもの: {choices}",
        en="ruleSet “{given}” is not valid for the year {year}. Valid: {choices}",
    )


class CompositionOverUnity(Invalid):
    """The mass fractions of a composition add up to more than the whole."""

    code = "COMPOSITION_OVER_UNITY"
    say = Text(
        ja="組成の合計が {total} で 1 を超えています。各元素の割合を確認してください。",
        en="The composition adds up to {total}, more than 1. Please check each element's fraction.",
    )


class AssayOverStoichiometric(Invalid):
    """An assay says more of an element than the pure substance holds."""

    code = "ASSAY_OVER_STOICHIOMETRIC"
    say = Text(
        ja="{substance} の {element} 分析値 {given} % は純物質の上限 {limit} % を超えています。分析値を確認してください。",
        en="An assay of {given} % {element} in {substance} is above the pure substance's limit of {limit} %. "
        "Please check the assay.",
    )


class AssayOutsideTolerance(Invalid):
    """An assay differs from the book by more than the hard limit of a balance."""

    code = "ASSAY_OUTSIDE_TOLERANCE"
    say = Text(
        ja="ロット {lot} の {element}: 分析値 {assay_kg} kg と帳簿 {book_kg} kg の差が許容 {limit_kg} kg を超えています。"
        "試料と質量を確認し、元の記帳が誤りなら取り消して記帳し直してください。",
        en="{element} in lot {lot}: the assay's {assay_kg} kg differ from the book's {book_kg} kg by more than {limit_kg} kg. "
        "Please check sample and mass; if the booking is wrong, undo it and book it again.",
    )


class ConservationViolation(Invalid):
    """More (or less) comes out than went in, beyond the hard limit."""

    code = "CONSERVATION_VIOLATION"
    say = Text(
        ja="{element} の収支が合いません: 投入 {in_kg} kg、産出 {out_kg} kg、残差 {residual_kg} kg(許容 {limit_kg} kg)。"
        "質量と分析値を確認してください。",
        en="{element} does not balance: in {in_kg} kg, out {out_kg} kg, residual {residual_kg} kg (limit {limit_kg} kg). "
        "Please check masses and assays.",
    )


class HazardBalance(Invalid):
    """Mercury or cadmium that went in is neither recycled nor in the waste."""

    code = "HAZARD_BALANCE"
    say = Text(
        ja="{element} の行方が {residual_kg} kg 不明です。再生分と廃棄物中の質量を確認してください。",
        en="{residual_kg} kg of {element} are unaccounted for. Please check the recycled mass and the mass in waste.",
    )


class ChainSumMismatch(Invalid):
    """The steps of a chain do not add up to its totals."""

    code = "CHAIN_SUM_MISMATCH"
    say = Text(
        ja="工程別の{what}の合計 {steps} は全体の {total} と一致しません。各施設の値を確認してください。",
        en="{what} of the steps add up to {steps}, not to the chain's {total}. Please check each facility's figures.",
    )


class BlackMassIntermediate(Invalid):
    """Black mass is never an output fraction (Delegated Regulation (EU) 2025/606, Annex §1)."""

    code = "BLACK_MASS_INTERMEDIATE"
    say = Text(
        ja="ブラックマスは中間フラクションです。再生分や計算点には計上できません({field})。",
        en="black mass is an intermediate fraction: it cannot be counted as recycled or be a calculation point ({field}).",
    )


class UnitMismatch(Invalid):
    """A figure is not in the unit of its field."""

    code = "UNIT_MISMATCH"
    say = Text(
        ja="{field} の単位「{given}」を kg として読めません。"
        "数値だけを書いて unit(g、kg、t、lb)を指定するか、kg に換算してください。",
        en="{field} is written in “{given}”, not in kg. Please write the number alone and give `unit` (g, kg, t, lb), "
        "or convert it to kg.",
    )


class LedgerUnbalanced(Invalid):
    """The entries of one transaction do not add up to zero."""

    code = "LEDGER_UNBALANCED"
    say = Text(
        ja="{element} の仕訳の合計が {sum_kg} kg で 0 になりません。",
        en="The entries of {element} add up to {sum_kg} kg instead of 0.",
    )


class GenealogyCycle(Invalid):
    """A lot would be older than its parent, or its own ancestor."""

    code = "GENEALOGY_CYCLE"
    say = Text(
        ja="ロットの前後関係が成り立ちません: {detail}。日時と投入・産出ロットを確認してください。",
        en="These lots cannot descend from each other: {detail}. Please check times, inputs and outputs.",
    )


class NegativeStock(Invalid):
    """More is taken from a lot than is left in it."""

    code = "NEGATIVE_STOCK"
    say = Text(
        ja="ロット {lot} の残量は {available} kg です。{requested} kg は使えません。",
        en="Lot {lot} has {available} kg left; {requested} kg cannot be taken from it.",
    )


class OverClaim(Invalid):
    """More recycled material is claimed than was consumed in all."""

    code = "RC_OVER_CLAIM"
    say = Text(
        ja="{element} の再生材 {claimed} kg が使用総量 {total} kg を超えています。使用総量か主張の数量を確認してください。",
        en="{claimed} kg of recycled {element} are more than the {total} kg consumed in all. Please check consumption and "
        "claims.",
    )


class NotClaimable(Invalid):
    """This material can never be claimed as recycled content."""

    code = "NOT_CLAIMABLE"
    say = Text(
        ja="「{what}」は再生材として主張できません(not claimable)。元素と由来を確認してください。",
        en="“{what}” is not claimable as recycled content. Please check element and source.",
    )


class InsufficientCredit(Conflict):
    """The credits that are left do not cover the claim."""

    code = "INSUFFICIENT_CREDIT"
    say = Text(
        ja="再生材クレジットが不足しています: 残り {available} kg、必要 {requested} kg。"
        "数量を減らすか、クレジットを受け取ってください。",
        en="Not enough credit: {available} kg available, {requested} kg requested. Please claim less, or obtain credit.",
    )


class CreditAlreadyRetired(Conflict):
    """A credit that was retired, or a claim that is settled, can never be used again."""

    code = "CREDIT_ALREADY_RETIRED"
    say = Text(
        ja="この再生材クレジットは償却済みです。新しい主張を作成してください。",
        en="This credit is retired already. Please make a new claim.",
    )


class IdempotencyConflict(Conflict):
    """The same key was used before for another content."""

    code = "IDEMPOTENCY_CONFLICT"
    say = Text(
        ja="同じ idempotency_key が別の内容で使われています。新しいキーを使ってください。",
        en="This idempotency_key was used for another content. Please use a new key.",
    )


class PeriodClosed(Conflict):
    """The month is closed; only a restatement changes it."""

    code = "PERIOD_CLOSED"
    say = Text(
        ja="{period} は締切済みです。訂正は再記帳(restate)で行ってください。",
        en="{period} is closed. Please correct it by a restatement.",
    )


_OBJECTION = {
    "signed_by": Text(ja="署名者の氏名(signed_by)を書いてください。", en="Please name who signs (signed_by)."),
    "unreasoned_runs": Text(
        ja="下書き、または収支差の理由がない工程: {names}。記帳・破棄するか、理由を書いてください。",
        en="Drafts, or balances without a reason: {names}. Please post or discard them, or write the reason.",
    ),
    "negative_accounts": Text(
        ja="残高が負の勘定: {names}。元の記帳を取り消して正してください。",
        en="Accounts below zero: {names}. Please undo and correct the booking behind them.",
    ),
    "undocumented_lots": Text(
        ja="書類が不足している出荷ロット: {names}。書類を登録してください。",
        en="Shipped lots without complete documents: {names}. Please add the documents.",
    ),
    "unbalanced": Text(
        ja="合計が 0 にならない仕訳: {names}。運営者に連絡してください。",
        en="Entries that do not add up to zero: {names}. Please tell the operator.",
    ),
    "chain_breaks": Text(
        ja="記帳の鎖が切れている箇所: {names}。運営者に連絡してください。",
        en="The chain of entries is broken at: {names}. Please tell the operator.",
    ),
}


class PeriodNotReady(Conflict):
    """Something still stands against closing the month."""

    code = "PERIOD_NOT_READY"
    say = Text(
        ja="{period} はまだ締められません: {reasons}",
        en="{period} cannot be closed yet: {reasons}",
    )

    def sentence(self, language: Language) -> str:
        """Each objection in words, with the runs, lots or accounts that it is about."""
        given = self.values.get("objections")
        against = given if isinstance(given, dict) else {}
        said = [_OBJECTION[kind].of(language, names=", ".join(names)) for kind, names in against.items()]
        return self.say.of(language, period=self.values.get("period", "—"), reasons=" ".join(said))


class StateTransition(Conflict):
    """This step is not possible from the present state."""

    code = "STATE_TRANSITION"
    say = Text(
        ja="現在の状態「{state}」から「{wanted}」には進めません。可能: {allowed}",
        en="From “{state}” there is no step to “{wanted}”. Possible: {allowed}",
    )


class CreditsInUse(Conflict):
    """Claims, or another company, hold credits of the run that shall be undone."""

    code = "CREDITS_IN_USE"
    say = Text(
        ja="工程「{run}」のクレジットは、すでに主張に使われたか、ほかの会社に渡されています。先にその主張を解除するか、月の修正再表示を行ってください。",
        en="Credits of run “{run}” are used by claims or were handed to another company. "
        "Please release those claims first, or restate the month.",
    )


class LotConflict(Conflict):
    """Another lot of this site has the same number and another content."""

    code = "LOT_CONFLICT"
    say = Text(
        ja="番号 {lot_no} はこの拠点で別の内容で使われています。別の番号を使ってください。",
        en="Number {lot_no} is used at this site for another content. Please use another number.",
    )


class ReceiptMismatch(Conflict):
    """The weighed mass differs too much from the shipped mass; the delivery is on hold."""

    code = "RECEIPT_MISMATCH"
    say = Text(
        ja="受入質量 {received} kg が出荷質量 {shipped} kg と {share} % 違います。計量票を確認してください。",
        en="Received {received} kg differ from the {shipped} kg shipped by {share} %. Please check the weighing slips.",
    )


class DocumentsMissing(Invalid):
    """A shipment of waste lacks documents that law demands."""

    code = "DOCUMENTS_MISSING"
    say = Text(
        ja="必要書類が不足しています: {missing}。登録してからやり直してください。",
        en="Documents are missing: {missing}. Please add them and try again.",
    )


class PermitExpired(Invalid):
    """A permit is not valid on the day that it is needed."""

    code = "PERMIT_EXPIRED"
    say = Text(
        ja="許可 {permit} は {day} 時点で期限切れです(有効期限 {valid_to})。更新した許可を登録してください。",
        en="Permit {permit} is not valid on {day} (valid to {valid_to}). Please enter the renewed permit.",
    )


class ExportBan(Invalid):
    """Black mass may not leave the Union for a country outside the OECD."""

    code = "EXPORT_BAN_BLACK_MASS"
    say = Text(
        ja="ブラックマスは {country}(OECD 非加盟)へ輸出できません。送り先を変えるか、権限のある人が理由を付けて許可してください。",
        en="Black mass may not be exported to {country}, which is not an OECD country. Please change the destination, or "
        "let an authorised person override with a reason.",
    )


class TransportForbidden(Invalid):
    """This battery may not travel in this way."""

    code = "TRANSPORT_FORBIDDEN"
    say = Text(
        ja="この電池はこの方法では輸送できません: {reason}。輸送方法か包装を変えてください。",
        en="This battery may not be transported in this way: {reason}. Please change the mode of transport or the packing.",
    )


class WasteCodeUnknown(Invalid):
    """The list of waste knows no such code on that day."""

    code = "WASTE_CODE_UNKNOWN"
    say = Text(
        ja="廃棄物コード「{given}」は {day} 時点の一覧にありません。「16 06 07*」のように区切りと * を含めて確認してください。",
        en="The list of waste has no code “{given}” on {day}. Please check it with its blanks and asterisk: 16 06 07*.",
    )


class EvidenceRefused(Invalid):
    """The evidence of a claim does not hold; the claim stays reserved."""

    code = "EVIDENCE_REFUSED"
    say = Text(
        ja="根拠資料が有効ではありません: {reasons}。資料を登録・更新してから、もう一度償却してください(主張は確保のままです)。",
        en="The evidence does not hold: {reasons}. Please add or renew the documents and retire again; the claim stays "
        "reserved.",
    )


class CannotRoute(Invalid):
    """No tour can be planned for these stops."""

    code = "CANNOT_ROUTE"
    say = Text(ja="集荷計画を作れません: {detail}", en="No tour can be planned: {detail}")


class LotNotFound(NotFound):
    """No lot of yours has this id."""

    code = "recycling.lot_not_found"
    say = Text(
        ja="ロットが見つかりません。一覧から選び直してください。",
        en="This lot was not found. Please choose it from the list.",
    )


class SiteNotFound(NotFound):
    """No site of yours has this id."""

    code = "recycling.site_not_found"
    say = Text(
        ja="拠点が見つかりません。会社の拠点一覧を確認してください。",
        en="This site was not found. Please check your company's sites.",
    )


class PartNotFound(NotFound):
    """No part of yours has this id."""

    code = "recycling.part_not_found"
    say = Text(
        ja="部品が見つかりません。自社の部品一覧から選び直してください。",
        en="This part was not found. Please choose one of your company's parts.",
    )


class RunNotFound(NotFound):
    """No process run of yours has this id."""

    code = "recycling.run_not_found"
    say = Text(ja="工程記録が見つかりません。", en="This process run was not found.")


class ClaimNotFound(NotFound):
    """No claim or credit of yours has this id."""

    code = "recycling.claim_not_found"
    say = Text(
        ja="再生材の主張またはクレジットが見つかりません。",
        en="This claim or credit was not found.",
    )
