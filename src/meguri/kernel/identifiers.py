"""Public identifiers of companies and places, with their check digits."""


def is_corporate_number(text: str) -> bool:
    """Whether `text` is a well-formed 法人番号 (Japan's 13-digit Corporate Number).

    Check digit (first): 9 − (Σ Pn·Qn mod 9), Pn the n-th digit from the right of the other twelve,
    Qn = 1 for odd n, else 2.
    Source: 法人番号の指定等に関する省令 第2条.
    """
    if len(text) != 13 or not (text.isascii() and text.isdigit()):
        return False
    total = sum(int(digit) * (1 if place % 2 == 0 else 2) for place, digit in enumerate(reversed(text[1:])))
    return int(text[0]) == 9 - total % 9


def is_lei(text: str) -> bool:
    """Whether `text` is a well-formed Legal Entity Identifier.

    ISO 17442-1: 18 characters and two check digits, MOD 97-10.
    """
    if len(text) != 20 or not (text.isascii() and text.isalnum()) or text != text.upper() or not text[18:].isdigit():
        return False
    return int("".join(str(int(sign, 36)) for sign in text)) % 97 == 1


def gs1_check_digit(body: str) -> int:
    """The GS1 modulo-10 check digit for `body`, the digits before it (GS1 General Specifications §7.9)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -total % 10


def is_gln(text: str) -> bool:
    """Whether `text` is a well-formed Global Location Number: 13 digits, the last one a GS1 check digit."""
    if len(text) != 13 or not (text.isascii() and text.isdigit()):
        return False
    return int(text[12]) == gs1_check_digit(text[:12])
