"""What a certificate says in words: its codes of reasons, references, methods and limits in the reader's language."""

from meguri.kernel.text import Language, Text
from meguri.ui.words import UnknownWord, phrase

_REFERENCES = {
    "rated": Text(ja="定格", en="rated"),
    "certified": Text(ja="認証値", en="certified"),
    "initial resistance": Text(ja="新品時の抵抗", en="initial resistance"),
}
_LIMITS = {
    "max_v": Text(ja="上限電圧", en="highest voltage"),
    "min_v": Text(ja="下限電圧", en="lowest voltage"),
    "max_charge_a": Text(ja="最大充電電流", en="highest charge current"),
    "max_discharge_a": Text(ja="最大放電電流", en="highest discharge current"),
    "temperature_range": Text(ja="温度範囲", en="range of temperature"),
    "dod": Text(ja="放電深度", en="depth of discharge"),
    "use_list": Text(ja="用途の限定", en="uses that are allowed"),
    "outdoor_only": Text(ja="屋外のみ", en="outdoors only"),
    "shipping": Text(ja="輸送の条件", en="conditions of shipping"),
}


def reference_words(name: str, language: Language) -> str:
    """What a percentage refers to, known by its code or in either language; another name that a person gave stays as it is."""
    known = _REFERENCES.get(name.strip().lower()) or next(
        (text for text in _REFERENCES.values() if text.ja == name.strip()), None
    )
    return known.of(language) if known else name


def limit_words(name: str, language: Language) -> str:
    """A limit of the gate; what a person wrote stays as it is."""
    return _LIMITS[name].of(language) if name in _LIMITS else name


def method_words(name: str, language: Language) -> str:
    """A method by its name; what a person wrote stays as it is."""
    return _said(f"health.method.{name}", language) or name


def reason_words(code: str, language: Language) -> str:
    """Why there is no number, in words, with its code for whoever looks it up."""
    words = _said(f"health.reason.{code.partition(':')[0]}", language)
    return f"{words}: {code}" if words else code


def _said(key: str, language: Language) -> str:
    try:
        return phrase(key).of(language, {})
    except UnknownWord:
        return ""
