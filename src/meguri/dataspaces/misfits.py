"""What does not fit a foreign model, told to one's own company in its language; partners get the English of the wire."""

import re

from meguri.kernel.errors import FieldError
from meguri.kernel.text import Text

_WRONG = Text(ja="形式に合いません: {ja}", en="This does not fit: {en}")
_FORMS: tuple[tuple[str, str], ...] = (
    ("is missing", "必須の項目です"),
    ("must not be empty", "空にはできません"),
    ("must be a string", "文字列にしてください"),
    ("must be a string that is not empty", "空でない文字列にしてください"),
    ('must be a decimal number as a string, such as "(.+)"', "数値を文字列で入力してください（例: 「\\1」）"),
    ("must be ([>≥≤] 0)", "\\1 の値にしてください"),
    ("must be a number", "数値にしてください"),
    ("must be a number of 0 or more", "0 以上の数値にしてください"),
    ("must (?:be|lie) between None and (.+)", "\\1 以下の値にしてください"),
    ("must (?:be|lie) between (.+) and None", "\\1 以上の値にしてください"),
    ("must (?:be|lie) between (.+) and (.+)", "\\1～\\2 の値にしてください"),
    ("must be one of (.+)", "次のいずれかにしてください: \\1"),
    ("must be a list", "リストにしてください"),
    ("must be a list of strings", "文字列のリストにしてください"),
    ("must be a list of URIs, each once", "重複のない URI のリストにしてください"),
    ("must have at least (\\d+) item", "\\1 件以上にしてください"),
    ("must not have an item twice", "同じ値が重複しています"),
    ("must be an object", "オブジェクトにしてください"),
    ("must be true or false", "true か false にしてください"),
    ("must be a date and time of RFC 3339", "RFC 3339 の日時にしてください（例: 2026-01-31T00:00:00Z）"),
    ("must be a date and time, such as (.+)", "日時にしてください（例: \\1）"),
    ("must be a date, such as (.+)", "日付にしてください（例: \\1）"),
    ("must be a UUID", "UUID にしてください"),
    ("must be a UUID or urn:uuid:…", "UUID または urn:uuid:… にしてください"),
    ("must be a URN \\(urn:…\\)", "URN（urn:…）にしてください"),
    ("must be a URI", "URI にしてください"),
    ("must be two capital letters \\(ISO 3166-1\\)", "英大文字 2 文字の国コード（ISO 3166-1）にしてください"),
    ("must be a code of ISO 3166-2", "ISO 3166-2 の地域コードにしてください"),
    ("must be an assessment report such as (.+)", "評価報告書の記号にしてください（例: \\1）"),
    ("must be a version such as (.+)", "版の番号にしてください（例: \\1）"),
    ("must be (BPN[LS]) and 12 letters or digits", "\\1 と英数字 12 文字にしてください"),
    ("only one of the three geography fields may be given", "地域の 3 項目は一つだけ入力してください"),
    ("must be absent if (\\w+) is false", "\\1 が false のときは入力できません"),
    ("must not lie before the end of the reference period", "対象期間の終わり以降にしてください"),
    ("must not lie before (\\w+)", "\\1 以降にしてください"),
    ("must be within three years of the end of the reference period", "対象期間の終わりから 3 年以内にしてください"),
)


def misfit(place: str, wrong: str) -> FieldError:
    """One broken rule at its place; `wrong` is what the wire would be told."""
    return FieldError(place, _WRONG, {"ja": in_japanese(wrong), "en": wrong})


def in_japanese(wrong: str) -> str:
    """What is wanted, in Japanese; as it is where no form of sentence fits."""
    for form, words in _FORMS:
        if found := re.fullmatch(form, wrong):
            return found.expand(words)
    return wrong
