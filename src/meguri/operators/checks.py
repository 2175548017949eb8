"""What a company's record and a plant must be like: pure checks, each broken rule with its place.

`shape_*` hold on every border. `*_digits` hold only where people type identifiers (the public data exchange
checks lengths alone, and its published examples fail the check digit).
"""

import unicodedata
from collections.abc import Iterator

from msgspec import UNSET, UnsetType

from meguri.kernel.errors import FieldError
from meguri.kernel.identifiers import is_corporate_number, is_gln, is_lei
from meguri.kernel.text import Text
from meguri.operators.model import NewOperator, OperatorChange, PlantInput

NAME_LENGTH = (1, 256)
GLOBAL_ID_LENGTH = (0, 256)
OPEN_OPERATOR_ID_LENGTH = (1, 20)
OPEN_PLANT_ID_LENGTH = (6, 26)
REASON_LENGTH = (0, 200)

LENGTH = Text(
    ja="{least}文字以上{most}文字以内で入力してください。", en="Please enter between {least} and {most} characters."
)
UNSTORABLE = Text(
    ja="使用できない文字（NUL文字など）が含まれています。削除してください。",
    en="It contains a character that cannot be stored (such as NUL). Please remove it.",
)
RESERVED = Text(
    ja="「system:」で始まる理由は入力できません。言い換えてください。",
    en="A reason cannot begin with “system:”. Please put it in other words.",
)
LAST_SIX = Text(
    ja="末尾の6文字は半角数字で入力してください（例: 1234567890123012345）。",
    en="The last six characters must be digits (for example 1234567890123012345).",
)
CORPORATE_NUMBER = Text(
    ja="法人番号の検査数字が一致しません。半角数字13桁を、国税庁の法人番号公表サイトの表記どおりに入力してください。",
    en="The check digit of this Corporate Number is wrong. Please enter its 13 digits as the National Tax Agency does.",
)
CORPORATE_NUMBER_LENGTH = Text(
    ja="法人番号は半角数字13桁です（入力は{length}桁）。桁の抜けや重複がないか確認してください。",
    en="A Corporate Number has 13 digits; this has {length}. Please check for a missing or repeated digit.",
)
LEI = Text(
    ja="LEIの形式または検査数字が一致しません。英大文字と数字の20文字を確認してください。",
    en="This is not a valid LEI. Please check its 20 capital letters and digits; the last two are check digits.",
)
GLN = Text(
    ja="GLNの形式または検査数字が一致しません。半角数字13桁を確認してください。",
    en="This is not a valid GLN. Please check its 13 digits; the last one is a check digit.",
)


def _unstorable(sign: str) -> bool:
    return sign == "\x00" or "\ud800" <= sign <= "\udfff"


def _length(field: str, value: str | UnsetType | None, bounds: tuple[int, int]) -> Iterator[FieldError]:
    if value is None or value is UNSET:
        return
    least, most = bounds
    if not least <= len(value) <= most:
        yield FieldError(field, LENGTH, {"least": least, "most": most})
    elif any(map(_unstorable, value)):
        yield FieldError(field, UNSTORABLE, {})


def shape_of_operator(said: NewOperator | OperatorChange) -> list[FieldError]:
    """Every broken rule of length in a company's record."""
    return [
        *_length("name", said.name, NAME_LENGTH),
        *_length("address", said.address, NAME_LENGTH),
        *_length("open_operator_id", said.open_operator_id, OPEN_OPERATOR_ID_LENGTH),
        *_length("global_operator_id", said.global_operator_id, GLOBAL_ID_LENGTH),
        *_length("lei", said.lei, (0, 20)),
        *_length("gln", said.gln, (0, 13)),
    ]


def corporate_number_errors(field: str, text: str) -> list[FieldError]:
    """What is wrong with a public id that looks like a 法人番号: twelve to fourteen digits, full-width ones too.

    Every other text is another public id, of which no rule is known.
    """
    digits = unicodedata.normalize("NFKC", text)
    if not (digits.isdigit() and 12 <= len(digits) <= 14):
        return []
    if len(digits) != 13:
        return [FieldError(field, CORPORATE_NUMBER_LENGTH, {"length": len(digits)})]
    return [] if is_corporate_number(text) else [FieldError(field, CORPORATE_NUMBER, {})]


def lei_errors(lei: str | UnsetType | None) -> list[FieldError]:
    """What is wrong with an LEI, if one is given."""
    return [FieldError("lei", LEI, {})] if isinstance(lei, str) and not is_lei(lei) else []


def gln_errors(gln: str | UnsetType | None) -> list[FieldError]:
    """What is wrong with a GLN, if one is given."""
    return [FieldError("gln", GLN, {})] if isinstance(gln, str) and not is_gln(gln) else []


def digits_of_operator(said: NewOperator | OperatorChange) -> list[FieldError]:
    """Every wrong check digit in a company's record."""
    return [
        *corporate_number_errors("open_operator_id", said.open_operator_id),
        *lei_errors(said.lei),
        *gln_errors(said.gln),
    ]


def shape_of_plant(said: PlantInput) -> list[FieldError]:
    """Every broken rule of length and form in a plant."""
    found = [
        *_length("name", said.name, NAME_LENGTH),
        *_length("address", said.address, NAME_LENGTH),
        *_length("open_plant_id", said.open_plant_id, OPEN_PLANT_ID_LENGTH),
        *_length("global_plant_id", said.global_plant_id, GLOBAL_ID_LENGTH),
        *_length("gln", said.gln, (0, 13)),
    ]
    tail = said.open_plant_id[-6:]
    if all(error.field != "open_plant_id" for error in found) and not (tail.isascii() and tail.isdigit()):
        found.append(FieldError("open_plant_id", LAST_SIX, {}))
    return found


def shape_of_reason(reason: str | None) -> list[FieldError]:
    """What is wrong with a person's reason for a disclosure; the system's own are marked, and nobody may copy them."""
    found = list(_length("reason", reason, REASON_LENGTH))
    if reason is not None and reason.startswith("system:"):
        found.append(FieldError("reason", RESERVED, {}))
    return found


def search_form(text: str) -> str:
    """`text` as the directory compares it: full-width and half-width, capital and small letters are the same."""
    kept = "".join(sign for sign in text if not _unstorable(sign))
    return unicodedata.normalize("NFKC", kept).casefold().strip()
