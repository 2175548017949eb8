"""How engagements of verifiers say no."""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Text


class EngagementNotFound(NotFound):
    """An invitation that does not exist, is over, or is somebody else's: nobody learns which."""

    code = "footprint.engagement_not_found"
    say = Text(
        ja="検証の招待が見つかりません。期限が切れたか、終了している場合は、宣言した会社に連絡してください。",
        en="This invitation to verify was not found. If it has ended, please ask the declaring company for a new one.",
    )


class FindingNotFound(NotFound):
    """A finding that does not exist, or of another engagement."""

    code = "footprint.finding_not_found"
    say = Text(ja="指摘が見つかりません。", en="This finding was not found.")


class VerifierIsSelf(Invalid):
    """Nobody verifies what they declare themselves."""

    code = "footprint.verifier_is_self"
    say = Text(
        ja="自社の宣言を自社で検証することはできません。第三者の検証機関を指定してください。",
        en="A company cannot verify its own declaration. Please name an independent verifier.",
    )


class InvitationPast(Invalid):
    """An invitation that would be over before it begins."""

    code = "footprint.invitation_past"
    say = Text(ja="期限には今日以降の日付を指定してください。", en="Please give a last day that is today or later.")


class LineUnknown(Invalid):
    """A finding about a line that the result does not have."""

    code = "footprint.finding_line_unknown"
    say = Text(
        ja="計算結果に行「{line}」はありません。行の ID を確認してください。",
        en="The result has no line {line}. Please check the line's id.",
    )


class FindingClosed(Conflict):
    """What is closed is closed."""

    code = "footprint.finding_closed"
    say = Text(ja="この指摘はすでに終了しています。", en="This finding is closed already.")


class FindingsOpen(Conflict):
    """A result is not verified while findings about it are open."""

    code = "footprint.findings_open"
    say = Text(
        ja="終了していない指摘が {count} 件あります。終了してから検証済みにしてください。",
        en="{count} findings are not closed. Please close them before you verify the result.",
    )


class ResultMoved(Conflict):
    """The declaration rests on another result than the one that the verifier read."""

    code = "footprint.result_moved"
    say = Text(
        ja="宣言の計算結果が変わりました。最新の証拠を確認してから、もう一度意見を登録してください。",
        en="The declaration rests on another result now. Please read the present evidence, then conclude again.",
    )


class ConclusionMade(Conflict):
    """The verifier has given an opinion on this result."""

    code = "footprint.conclusion_made"
    say = Text(
        ja="この計算結果への意見はすでに登録されています。", en="The opinion on this result has been given already."
    )


class NothingFound(Invalid):
    """A refusal says why."""

    code = "footprint.refusal_without_reason"
    say = Text(ja="検証できない理由を入力してください。", en="Please say why the result cannot be verified.")


class NotConcluded(Conflict):
    """A certificate belongs to a conclusion, and there is none yet."""

    code = "footprint.not_concluded"
    say = Text(
        ja="証明書は、結論を登録した後に追加できます。",
        en="A certificate is added after the conclusion was entered.",
    )
