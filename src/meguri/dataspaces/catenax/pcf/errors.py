"""What Catena-X's form cannot carry."""

from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text


class UnitUnsupported(Invalid):
    """A declared unit that the aspect model has not."""

    code = "catenax.cx_unit_unsupported"
    say = Text(
        ja="単位「{unit}」は Catena-X の PCF では使えません。別の単位で宣言してください。",
        en="Catena-X has no declared unit “{unit}”. Please declare the footprint in another one.",
    )


class NegativeTotal(Invalid):
    """The total without uptake is below 0, which the aspect model does not allow."""

    code = "catenax.cx_negative_total"
    say = Text(
        ja="吸収を除く合計 {total} kg CO2e は負のため、Catena-X の PCF では表せません。",
        en="The total without uptake, {total} kg CO2e, is negative; Catena-X cannot express that.",
    )


class OverTenPercent(Invalid):
    """More than ten percent is left out, which the aspect model does not allow."""

    code = "catenax.cx_exempted_over_10"
    say = Text(
        ja="除外率 {percent} % は Catena-X の上限 10 % を超えています。",
        en="{percent} % is left out; Catena-X allows at most 10 %.",
    )


class NegativeStage(Invalid):
    """The end of life is a net credit; this message carries no negative stage."""

    code = "catenax.cx_cfb_negative_stage"
    say = Text(
        ja="段階4（使用後）が {value} と負になります。この通知では負担のみ（eol:gross）を送るか選んでください。",
        en="Stage 4 (end of life) is {value}, below 0. You may choose to send the burden alone (eol:gross).",
    )


class AspectInvalid(Invalid):
    """A received aspect that does not fit its model; `fields` are its places."""

    code = "catenax.aspect_invalid"
    say = Text(
        ja="Catena-X の形式に合わない箇所が {count} 件あります。",
        en="{count} places do not fit the form of Catena-X.",
    )


class NotAnAspect(Invalid):
    """The body is no JSON object."""

    code = "catenax.not_an_aspect"
    say = Text(ja="JSON として読めません: {why}", en="This cannot be read as JSON: {why}")
