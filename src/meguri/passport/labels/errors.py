"""How a label is refused."""

from meguri.kernel.errors import Refusal
from meguri.kernel.text import Text


class LabelOverflow(Refusal):
    """What the law wants does not fit in letters that can be read; some items belong on the packaging."""

    status, code = 400, "LABEL_OVERFLOW"
    say = Text(
        ja="読める文字（{least}mm以上）ではラベルに収まりません。包装と説明書に移してください: {items}",
        en="This does not fit on the label in letters of at least {least} mm. Move to the packaging: {items}",
    )

    def __init__(self, items: list[str], least: float) -> None:
        """`items` are those to be moved, the least important first."""
        super().__init__(items=", ".join(items), least=f"{least:g}")
        self.items = items


class UnknownLabelSize(Refusal):
    """No label has this size."""

    status, code = 400, "LABEL_SIZE"
    say = Text(ja="ラベルの大きさは {sizes} から選んでください。", en="Please choose a label size among {sizes}.")
