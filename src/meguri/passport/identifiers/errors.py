"""How an identifier is refused: each broken rule has its own code, and says which part is wrong."""

from meguri.kernel.errors import Refusal
from meguri.kernel.text import Text


class InvalidIdentifier(Refusal):
    """The text is no identifier of a scheme that is known here."""

    status, code = 400, "INVALID_IDENTIFIER"
    say = Text(
        ja="「{value}」は識別子として読み取れません。GS1 Digital Link、(01)…(21)…、EPC URN、"
        "IEC 61406のURL、DID、DOIのいずれかで入力してください。",
        en="“{value}” is not an identifier of a known scheme. Please give a GS1 Digital Link, (01)…(21)…, an EPC URN, "
        "an IEC 61406 URL, a DID or a DOI.",
        de="„{value}“ ist keine Kennung eines bekannten Systems. Bitte geben Sie einen GS1 Digital Link, (01)…(21)…, "
        "eine EPC-URN, eine IEC-61406-URL, eine DID oder einen DOI an.",
    )


class EmptyIdentifier(InvalidIdentifier):
    """A key or qualifier has no value."""

    code = "EMPTY_IDENTIFIER"
    say = Text(
        ja="({ai})の値が空です。値を入力してください。",
        en="({ai}) has no value. Please enter it.",
        de="({ai}) hat keinen Wert. Bitte geben Sie ihn ein.",
    )


class InvalidGtinLength(InvalidIdentifier):
    """A GTIN that is not 14 digits (in forms and files 13 are padded)."""

    code = "INVALID_GTIN_LENGTH"
    say = Text(
        ja="GTINは半角数字14桁です（入力は「{value}」）。桁数を確認してください。",
        en="A GTIN has 14 digits; this is “{value}”. Please check for a missing or repeated digit.",
        de="Eine GTIN hat 14 Ziffern; dies ist „{value}“. Bitte prüfen Sie, ob eine Ziffer fehlt oder doppelt ist.",
    )


class InvalidGtinCheckDigit(InvalidIdentifier):
    """The last digit of the GTIN does not follow from the others."""

    code = "INVALID_GTIN_CHECK_DIGIT"
    say = Text(
        ja="GTIN「{value}」の検査数字が一致しません（正しくは{expected}）。入力を確認してください。",
        en="The check digit of GTIN “{value}” is wrong (it should be {expected}). Please check the number.",
        de="Die Prüfziffer der GTIN „{value}“ stimmt nicht (richtig wäre {expected}). Bitte prüfen Sie die Nummer.",
    )


class InvalidGln(InvalidIdentifier):
    """A Global Location Number that is not 13 digits with the right check digit."""

    code = "INVALID_GLN"
    say = Text(
        ja="GLN「{value}」が正しくありません。検査数字を含む半角数字13桁を確認してください。",
        en="“{value}” is not a valid GLN. Please check its 13 digits; the last one is a check digit.",
        de="„{value}“ ist keine gültige GLN. Bitte prüfen Sie die 13 Ziffern; die letzte ist eine Prüfziffer.",
    )


class SerialTooLong(InvalidIdentifier):
    """A serial number, lot or variant is longer than its application identifier allows."""

    code = "SERIAL_TOO_LONG"
    say = Text(
        ja="({ai})は{most}文字以内です（入力は{length}文字）。短くしてください。",
        en="({ai}) has at most {most} characters; this has {length}. Please shorten it.",
        de="({ai}) hat höchstens {most} Zeichen; dies sind {length}. Bitte kürzen Sie es.",
    )


class InvalidSerialCharset(InvalidIdentifier):
    """A character outside the GS1 character set 82 (or the set of its scheme)."""

    code = "INVALID_SERIAL_CHARSET"
    say = Text(
        ja="({ai})に使えない文字「{sign}」があります。空白・#・~・全角文字は使えません。",
        en="({ai}) holds the character “{sign}”, which is not allowed. No spaces, #, ~ or non-ASCII characters.",
        de="({ai}) enthält das Zeichen „{sign}“, das nicht erlaubt ist: keine Leerzeichen, #, ~ oder Zeichen außerhalb von ASCII.",
    )


class InvalidQualifierSequence(InvalidIdentifier):
    """Qualifiers in an order, number or company that the GS1 syntax dictionary does not allow."""

    code = "INVALID_QUALIFIER_SEQUENCE"
    say = Text(
        ja="({ai})の位置または組み合わせが正しくありません。GTINの後は22、10、21の順で、235は21と併用できません。",
        en="({ai}) is out of place. After the GTIN the order is 22, 10, 21; 235 cannot stand with 21.",
        de="({ai}) steht an der falschen Stelle. Nach der GTIN folgen 22, 10, 21; 235 kann nicht neben 21 stehen.",
    )


class GranularityMismatch(InvalidIdentifier):
    """The declared level differs from the one that the identifier has."""

    code = "GRANULARITY_MISMATCH"
    say = Text(
        ja="粒度「{declared}」は識別子から求めた粒度「{derived}」と一致しません。識別子か粒度を直してください。",
        en="The level “{declared}” is not that of the identifier (“{derived}”). Please correct one of them.",
    )


class InvalidOperatorId(InvalidIdentifier):
    """An identifier of an operator or facility that breaks the rule of its scheme."""

    code = "INVALID_OPERATOR_ID"
    say = Text(
        ja="「{value}」は事業者・事業所の識別子として正しくありません。LEIXG-、NTRJP-（法人番号13桁）、VAT、EID、GLNなどの"
        "形式と検査数字を確認してください。",
        en="“{value}” is not a valid operator or facility identifier. Please check form and check digits (LEIXG-, NTRJP- "
        "with the 13-digit Corporate Number, VAT, EID, GLN …).",
    )
