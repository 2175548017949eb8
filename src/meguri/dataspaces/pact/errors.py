"""How PACT says no towards partners, and how this room says no to its own company.

Towards partners (never translated): `WireError` with a status and a code of the specification.
"""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Text


class WireError(Exception):
    """An answer `{code, message}`."""

    status, code = 500, "InternalError"

    def __init__(self, message: str) -> None:
        """`message` is for people."""
        super().__init__(message)
        self.message = message


class BadRequest(WireError):
    """The request is not in form."""

    status, code = 400, "BadRequest"


class InvalidToken(WireError):
    """No token, or one that we did not give; told with the code of a bad request, as the specification has it."""

    status, code = 401, "BadRequest"


class TokenExpired(WireError):
    """The token was ours and is too old."""

    status, code = 401, "TokenExpired"


class AccessDenied(WireError):
    """It exists, but is not shared with this partner; only where the company chose to say so."""

    status, code = 403, "AccessDenied"


class NotFoundHere(WireError):
    """It does not exist, or is not shared with this partner."""

    status, code = 404, "NotFound"


class TooLarge(WireError):
    """The body is larger than allowed."""

    status, code = 413, "BadRequest"


class WrongMediaType(WireError):
    """The body is of another media type."""

    status, code = 415, "BadRequest"


class NotImplementedHere(WireError):
    """A part of the specification, or of an older one, that is not supported."""

    status, code = 501, "NotImplemented"


class PartnerNotFound(NotFound):
    """A PACT partner that does not exist, or belongs to another company."""

    code = "pact.partner_not_found"
    say = Text(ja="PACT 接続先が見つかりません。", en="This PACT partner was not found.")


class FootprintNotFound(NotFound):
    """A product footprint that does not exist, or belongs to another company."""

    code = "pact.footprint_not_found"
    say = Text(ja="製品フットプリントが見つかりません。", en="This product footprint was not found.")


class FootprintInvalid(Invalid):
    """A footprint that breaks the contract; `fields` are JSON pointers."""

    code = "pact.footprint_invalid"
    say = Text(
        ja="PACT の形式に合わない項目が {count} 件あります。各項目を確認してください。",
        en="{count} fields do not fit the form of PACT. Please check each.",
    )


class Immutable(Conflict):
    """A published footprint is never changed; a new one takes its place."""

    code = "pact.immutable"
    say = Text(
        ja="公開済みの製品フットプリントは変更できません。新しい版を公開してください。",
        en="A published footprint cannot be changed. Please publish a new one in its place.",
    )


class BadAddress(Invalid):
    """A partner's address to which we must not, or cannot, send."""

    code = "pact.bad_address"
    say = Text(
        ja="接続先 URL が使えません。https:// で始まる公開アドレスを指定してください。",
        en="This address cannot be used. Please give a public one that begins with https://.",
    )


class MappingConflict(Conflict):
    """One partner's product id would stand for two own parts."""

    code = "pact.mapping_conflict"
    say = Text(
        ja="製品ID「{urn}」は別の部品に確定済みです。先にその対応を取り消してください。",
        en="“{urn}” is already confirmed for another part. Please reject that one first.",
    )


class MappingNotFound(NotFound):
    """A pair of product id and part that does not exist, or belongs to another company."""

    code = "pact.mapping_not_found"
    say = Text(ja="製品IDの対応が見つかりません。", en="This pair was not found.")


class ProductIdInvalid(Invalid):
    """A product id that is no URN."""

    code = "pact.product_id_invalid"
    say = Text(
        ja="製品ID「{urn}」は urn: で始まる形式で入力してください。",
        en="The product id “{urn}” must be a URN, beginning with urn:.",
    )


class ResultStale(Conflict):
    """The result no longer stands for its worksheet."""

    code = "pact.result_stale"
    say = Text(
        ja="この結果はワークシートの今の内容と一致しません。結果を確定し直してから公開してください。",
        en="This result is no longer what its worksheet says. Keep a new result and publish that one.",
    )


class NotTheMethod(Invalid):
    """The result follows a method that is not PACT's."""

    code = "pact.not_the_method"
    say = Text(
        ja="ルール「{pack}」の結果は PACT の手法によるものではありません。ワークシートで pact-3 を選び、結果を確定してください。",
        en="A result under the pack {pack} does not follow PACT's method. Choose pact-3 in the worksheet and keep a result.",
    )


class MassUnknown(Invalid):
    """PACT wants the mass of a unit, and the worksheet has none."""

    code = "pact.mass_unknown"
    say = Text(
        ja="PACT では1単位あたりの質量が必要です。ワークシートに質量 (kg) を入力してください。",
        en="PACT wants the mass of one unit. Please enter it (kg) in the worksheet.",
    )
