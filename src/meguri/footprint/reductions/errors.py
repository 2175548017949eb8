"""How reduction requests say no."""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Text


class ReductionNotFound(NotFound):
    """A request that does not exist, or concerns other companies."""

    code = "footprint.reduction_not_found"
    say = Text(ja="削減依頼が見つかりません。", en="This reduction request was not found.")


class NothingToReduce(Conflict):
    """The part has no disclosed answer yet: there is nothing to measure a reduction by."""

    code = "footprint.nothing_to_reduce"
    say = Text(
        ja="この部品にはまだ回答がありません。先にCFPの回答を受け取ってください。",
        en="This part has no answer yet. Please get its footprint first.",
    )


class BadTarget(Invalid):
    """A target that is none: give either a figure below the present one, or percent between 0 and 100."""

    code = "footprint.bad_target"
    say = Text(
        ja="目標は、現在値 {now} より小さい値、または 0 ～ 100 % の削減率で入力してください。",
        en="Please give a target below the present {now}, or a reduction between 0 and 100 %.",
    )


class BadDue(Invalid):
    """A date that has passed."""

    code = "footprint.bad_due"
    say = Text(ja="期限は明日以降の日付にしてください。", en="Please choose a date in the future.")


class NotOpen(Conflict):
    """The request is settled already."""

    code = "footprint.reduction_not_open"
    say = Text(ja="この削減依頼はすでに回答済みか取下げ済みです。", en="This request is settled already.")


class NotWithin(NotFound):
    """A part that the product does not contain."""

    code = "footprint.not_within"
    say = Text(ja="この製品に含まれる部品ではありません。", en="The product does not contain this part.")
