"""Why no symbol is given away."""

from meguri.kernel.errors import Refusal
from meguri.kernel.text import Text


class CarrierReadbackFailed(Refusal):
    """The symbol, read again, does not say what it should."""

    status, code = 500, "CARRIER_READBACK_FAILED"
    say = Text(
        ja="作成した二次元コードを読み戻した内容が一致しません。印刷せず、管理者に連絡してください。",
        en="The symbol, read again, does not hold the identifier. Do not print it; tell the administrator.",
    )


class CarrierTooPale(Refusal):
    """The colours do not give the contrast that the law asks for."""

    status, code = 400, "CARRIER_CONTRAST"
    say = Text(
        ja="二次元コードの明暗の比は7以上が必要です（指定の色では{ratio}）。黒と白を使ってください。",
        en="A symbol needs a contrast of at least 7 to 1; these colours give {ratio}. Please use black on white.",
    )


class ModuleSizeOutOfRange(Refusal):
    """Modules smaller or larger than readers are asked to cope with."""

    status, code = 400, "CARRIER_MODULE_SIZE"
    say = Text(
        ja="モジュールの大きさは{least}～{most}mmの範囲で指定してください。",
        en="The size of a module must be between {least} and {most} mm.",
    )


class CarrierNotRead(Refusal):
    """No symbol was found in the picture, or it holds something else."""

    status, code = 400, "CARRIER_NOT_READ"
    say = Text(
        ja="画像から二次元コードを読み取れません。ピントを合わせ、四隅の余白まで写してください。",
        en="No symbol could be read in the picture. Hold it in focus, with its margin in view.",
    )
