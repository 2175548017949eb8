"""The smallest values: texts, numbers, dates, links. Each check gives the sentence that is broken, or None."""

import ipaddress
import math
import re
import tomllib
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from meguri.kernel.shipped import files
from meguri.kernel.text import Text

_YEAR_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])\Z")
_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?\Z")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*\Z")
_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?=.{1,255}\Z)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")
_CAS = re.compile(r"[0-9]{2,7}-[0-9]{2}-[0-9]\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_MEDIA = re.compile(r"[a-z]+/[a-z0-9.+-]+\Z")
_BPNL = re.compile(r"BPNL[a-zA-Z0-9]{12}\Z")
_SCHEMES = ("https", "http", "did", "urn", "mailto")
MOST_DIGITS = 15
MOST = 1e15
"""No figure of a product is as large; beyond 2⁵³ two programs may read two numbers (RFC 8785)."""
LONGEST = 20_000

TEXT = Text(ja="文字列を指定してください。", en="This has to be a text.")
LONG = Text(ja="{n} 文字以下にしてください。", en="This may have at most {n} characters.")
NUMBER = Text(
    ja="有限の数値（有効数字 15 桁以下、10 の 15 乗未満）を指定してください。",
    en="This has to be a finite number of at most 15 digits, below 10^15.",
)
INTEGER = Text(ja="整数を指定してください。", en="This has to be a whole number.")
BOOLEAN = Text(ja="true または false を指定してください。", en="This has to be true or false.")
URI = Text(ja="https:// などで始まる URI を指定してください。", en="This has to be a URI, for example https://….")
HTTPS = Text(
    ja="公開サーバーの https の URL を指定してください（内部のアドレスは使えません）。",
    en="This has to be an https URL of a public server; private addresses are not allowed.",
)
LANGUAGES = Text(
    ja='言語ごとの文を {{"ja": "…", "en": "…"}} の形で 1 つ以上指定してください。',
    en='This has to hold at least one text by language: {{"ja": "…", "en": "…"}}.',
)
YEAR_MONTH = Text(ja="年月を YYYY-MM の形で指定してください。", en="This has to be a year and month: YYYY-MM.")
DATE = Text(ja="日付を YYYY-MM-DD の形で指定してください。", en="This has to be a date: YYYY-MM-DD.")
MOMENT = Text(
    ja="日時を RFC 3339（UTC の Z など）で指定してください。", en="This has to be a date and time as RFC 3339 has it."
)
DURATION = Text(ja="期間を P96M のように指定してください。", en="This has to be a duration such as P96M.")
COUNTRY = Text(
    ja="国コード（ISO 3166-1 の 2 文字、使用中のもの）を指定してください。",
    en="This has to be a country code in use (ISO 3166-1, two letters).",
)
EMAIL = Text(ja="メールアドレスの形が正しくありません。", en="This is not an e-mail address.")
CAS = Text(
    ja="CAS 番号の形またはチェックディジットが正しくありません。",
    en="This is not a CAS number, or its check digit is wrong.",
)
SHA = Text(
    ja="SHA-256 を 16 進 64 桁（小文字）で指定してください。",
    en="This has to be a SHA-256 in 64 lower-case hexadecimal digits.",
)
MEDIA = Text(
    ja="メディアタイプ（application/pdf など）を指定してください。",
    en="This has to be a media type such as application/pdf.",
)
PARTNER = Text(ja="BPNL と英数字 12 文字を指定してください。", en="This has to be BPNL and 12 letters or digits.")

Broken = Text | None


def text(value: Any) -> Broken:
    """A text of at most 20,000 characters, of whole characters only (no half of a surrogate pair)."""
    if not isinstance(value, str) or not value.strip() or not is_whole(value):
        return TEXT
    return None if len(value) <= LONGEST and "\x00" not in value else LONG


def is_whole(value: str) -> bool:
    """Whether the text can be written as UTF-8: a lone surrogate cannot."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def anything(value: Any) -> Broken:
    """What may have any shape: its texts and numbers at least can be written and signed."""
    if isinstance(value, str):
        return None if is_whole(value) else TEXT
    if isinstance(value, dict):
        return next((broken for part in (*value.keys(), *value.values()) if (broken := anything(part))), None)
    if isinstance(value, list):
        return next((broken for part in value if (broken := anything(part))), None)
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def number(value: Any) -> Broken:
    """A finite number of at most 15 significant digits, below 10^15."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NUMBER
    if (isinstance(value, float) and not math.isfinite(value)) or abs(value) >= MOST:
        return NUMBER
    return None if _digits(value) <= MOST_DIGITS else NUMBER


def _digits(value: float) -> int:
    mantissa = repr(value).lower().partition("e")[0].replace("-", "").replace(".", "")
    return len(mantissa.strip("0"))


def integer(value: Any) -> Broken:
    """A whole number (`5.0` is one)."""
    if number(value):
        return INTEGER
    return None if float(value).is_integer() else INTEGER


def boolean(value: Any) -> Broken:
    """True or false."""
    return None if isinstance(value, bool) else BOOLEAN


def uri(value: Any) -> Broken:
    """A URI with a scheme that a reader can follow or resolve; nothing that a browser would run."""
    if not isinstance(value, str) or len(value) > 2048 or any(sign.isspace() for sign in value):
        return URI
    try:
        parts = urlsplit(value)
    except ValueError:
        return URI
    named = parts.netloc if parts.scheme in ("http", "https") else parts.path
    return None if parts.scheme in _SCHEMES and named else URI


def https(value: Any) -> Broken:
    """The https URL of a public server, by its name alone: nothing is fetched."""
    if uri(value):
        return HTTPS
    parts = urlsplit(value)
    try:
        _ = parts.port
    except ValueError:  # not between 0 and 65535
        return HTTPS
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or parts.username or "." not in host or host.endswith((".local", ".internal")):
        return HTTPS
    return HTTPS if _is_private(host) else None


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.replace(".", "").isdigit()


def languages(value: Any) -> Broken:
    """Texts by BCP 47 language tag, at least one."""
    if not isinstance(value, dict) or not value:
        return LANGUAGES
    for tag, words in value.items():
        if not _LANGUAGE.match(tag) or text(words):
            return LANGUAGES
    return None


def year_month(value: Any) -> Broken:
    """`YYYY-MM`."""
    return None if isinstance(value, str) and _YEAR_MONTH.match(value) and value >= "1900" else YEAR_MONTH


def day(value: Any) -> Broken:
    """`YYYY-MM-DD`."""
    if not isinstance(value, str) or len(value) != 10:
        return DATE
    try:
        date.fromisoformat(value)
    except ValueError:
        return DATE
    return None


def moment(value: Any) -> Broken:
    """RFC 3339 with an offset."""
    try:
        return None if isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None else MOMENT
    except ValueError:
        return MOMENT


def duration(value: Any) -> Broken:
    """ISO 8601, `P8Y` or `P96M`; longer than nothing."""
    lasts = isinstance(value, str) and _DURATION.match(value) and any(sign in "123456789" for sign in value)
    return None if lasts else DURATION


def country(value: Any) -> Broken:
    """ISO 3166-1 alpha-2, in use."""
    return None if isinstance(value, str) and value in countries() else COUNTRY


@cache
def countries() -> frozenset[str]:
    """The country codes in use."""
    data = tomllib.loads(files("meguri.rules").joinpath("passport", "countries.toml").read_text("utf-8"))
    return frozenset(data["alpha2"].split())


def email(value: Any) -> Broken:
    """The shape of RFC 5321."""
    good = isinstance(value, str) and _EMAIL.match(value) and ".." not in value
    return None if good and not value.startswith(".") and ".@" not in value else EMAIL


def cas(value: Any) -> Broken:
    """A CAS registry number with its check digit."""
    if not isinstance(value, str) or not _CAS.match(value):
        return CAS
    digits = value.replace("-", "")
    total = sum(place * int(digit) for place, digit in enumerate(reversed(digits[:-1]), start=1))
    return None if total % 10 == int(digits[-1]) else CAS


def sha256(value: Any) -> Broken:
    """64 hexadecimal digits."""
    return None if isinstance(value, str) and _SHA256.match(value) else SHA


def media_type(value: Any) -> Broken:
    """`application/pdf`."""
    return None if isinstance(value, str) and _MEDIA.match(value) else MEDIA


def partner_number(value: Any) -> Broken:
    """A business partner number of Catena-X."""
    return None if isinstance(value, str) and _BPNL.match(value) else PARTNER


def folded(value: str) -> str:
    """Full-width digits and letters as plain ones, without blanks around: for codes and numbers, never for names."""
    return unicodedata.normalize("NFKC", value).strip()


ATOMS: dict[str, Callable[[Any], Broken]] = {
    "string": text,
    "uri": uri,
    "https": https,
    "boolean": boolean,
    "integer": integer,
    "decimal": number,
    "text": languages,
    "year_month": year_month,
    "date": day,
    "datetime": moment,
    "duration": duration,
    "country": country,
    "email": email,
    "cas": cas,
    "sha256": sha256,
    "media_type": media_type,
    "bpnl": partner_number,
}
