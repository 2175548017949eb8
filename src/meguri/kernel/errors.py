"""Refusals: every way in which a use case says no.

    Refusal
    ├── Invalid          422  a rule about the content is broken
    ├── Unauthenticated  401  no or no valid proof of who is asking
    ├── Forbidden        403  a party to the matter, but not the one who may do this
    ├── NotFound         404  unknown, or not yours: the two are never told apart
    ├── Conflict         409  the present state does not allow it
    ├── Stale            412  somebody else changed it first
    ├── Needed           428  If-Match is required
    ├── TooMany          429  slow down
    └── Unavailable      503  try again later

A concrete refusal is a subclass with its own `code` and `say`. Its docstring is its meaning in the reference.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from meguri.kernel.text import Language, Text


@dataclass(frozen=True, slots=True)
class FieldError:
    """One broken rule at one place: `field` is a JSON path (`children[2].amount`) or a column name."""

    field: str
    say: Text
    values: dict[str, Any]

    def of(self, language: Language) -> str:
        """The sentence in `language`."""
        return self.say.of(language, **self.values)


class Refusal(Exception):
    """A use case says no; nothing was changed."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    say: ClassVar[Text] = Text(ja="この操作はできません。", en="This cannot be done.")

    def __init__(self, *, fields: tuple[FieldError, ...] = (), **values: object) -> None:
        """`values` fill the places of `say`; `fields` name each broken rule."""
        super().__init__(self.code)
        self.values = values
        self.fields = fields

    def sentence(self, language: Language) -> str:
        """What is wrong and what to do, in the reader's language."""
        return self.say.of(language, **self.values)

    def __str__(self) -> str:
        """The English sentence with its code, for logs."""
        return f"{self.code}: {self.sentence('en')}"


class Invalid(Refusal):
    """The content breaks a rule."""

    status = 422
    code = "invalid"
    say = Text(
        ja="入力内容に誤りがあります。各項目の説明を確認して修正してください。",
        en="Some of the content is not valid. Please correct the fields that are named.",
    )


class Unauthenticated(Refusal):
    """No proof, or no valid proof, of who is asking."""

    status = 401
    code = "unauthenticated"
    say = Text(ja="サインインしてください。", en="Please sign in.")


class Forbidden(Refusal):
    """You take part in this matter, but this step belongs to somebody else."""

    status = 403
    code = "forbidden"
    say = Text(
        ja="この操作を行う権限がありません。自社の管理者に確認してください。",
        en="You may not do this. Please ask your company's administrator.",
    )


class NotFound(Refusal):
    """It does not exist, or it is not yours; the two are never told apart."""

    status = 404
    code = "not_found"
    say = Text(
        ja="見つかりません。識別子を確認してください。",
        en="This was not found. Please check the identifier.",
    )


class Conflict(Refusal):
    """The present state does not allow it."""

    status = 409
    code = "conflict"
    say = Text(ja="現在の状態ではこの操作はできません。", en="The present state does not allow this.")


class Stale(Refusal):
    """Somebody changed it after you read it."""

    status = 412
    code = "stale"
    say = Text(
        ja="ほかの人が先に変更しました。最新の内容を読み込んでからやり直してください。",
        en="Somebody else changed this first. Please load it again and repeat your change.",
    )


class Needed(Refusal):
    """If-Match is required here, so that nobody overwrites another's change unseen."""

    status = 428
    code = "if_match_needed"
    say = Text(
        ja="更新には If-Match ヘッダーが必要です。読み込み時の ETag を指定してください。",
        en="An update needs the If-Match header. Please send the ETag that you read.",
    )


class TooMany(Refusal):
    """More requests than the limit of this key or address."""

    status = 429
    code = "too_many_requests"
    say = Text(
        ja="要求が多すぎます。{retry_after} 秒後にもう一度お試しください。",
        en="Too many requests. Please try again in {retry_after} seconds.",
        de="Zu viele Anfragen. Bitte versuchen Sie es in {retry_after} Sekunden noch einmal.",
    )


class Unavailable(Refusal):
    """The service cannot answer just now; nothing was changed."""

    status = 503
    code = "unavailable"
    say = Text(
        ja="現在処理できません。しばらくしてからもう一度お試しください。",
        en="This cannot be done just now. Please try again shortly.",
        de="Das geht im Augenblick nicht. Bitte versuchen Sie es gleich noch einmal.",
    )


def all_refusals() -> list[type[Refusal]]:
    """Every refusal class that is loaded, by code: for the reference and for OpenAPI."""
    found: dict[str, type[Refusal]] = {}
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        kind = waiting.pop()
        found[kind.code] = kind
        waiting.extend(kind.__subclasses__())
    return [found[code] for code in sorted(found)]
