"""How statistics among peers say no."""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Text


class GroupUnknown(Invalid):
    """A kind of product that is not compared."""

    code = "footprint.peer_group_unknown"
    say = Text(
        ja="比較の区分「{group}」はありません。選べるもの: {groups}",
        en="There is no group “{group}”. There are: {groups}",
    )


class NotComparable(Invalid):
    """A result that would not stand beside others."""

    code = "footprint.peer_not_comparable"
    say = Text(ja="この結果は比較に使えません: {why}", en="This result cannot be compared: {why}")


class ResultStale(Conflict):
    """The result no longer stands for its worksheet."""

    code = "footprint.peer_result_stale"
    say = Text(
        ja="この結果はワークシートの今の内容と一致しません。結果を確定し直してください。",
        en="This result is no longer what its worksheet says. Please keep a new one.",
    )


class NotContributed(NotFound):
    """A result that is not contributed."""

    code = "footprint.peer_not_contributed"
    say = Text(ja="この結果は比較に提供されていません。", en="This result is not contributed.")
