"""Taking a company's name apart: what tells which company it is, and what many companies' names have in common."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from meguri.diligence.screening.reading import Script, Tongue, plain, readings, script_of, unified, without_adjective
from meguri.diligence.screening.sound import SYLLABLE
from meguri.diligence.screening.wade_giles import in_pinyin
from meguri.diligence.screening.words import Meaning, vocabulary

TELLING = frozenset({"distinctive", "number"})
LONGEST = 300  # signs of a name that are looked at


class Word(NamedTuple):
    """One word of a name.

    written    as it stands (small letters, plain Latin where it is Latin, else unified signs)
    canonical  one name for all words of this meaning; `written` where it has no other
    kind       distinctive, number, weak, generic, place or group
    read       how it may be read in Latin letters
    latin      whether it is written so
    """

    written: str
    canonical: str
    kind: str
    read: frozenset[str]
    latin: bool


class Form(NamedTuple):
    """One way in which a company is called.

    words      in order, without legal forms and words like "and"
    legal      classes of the legal forms named
    address    places at the end that say where it is, not which one it is
    town       the words of these places
    role       own, former, short or other
    whole      everything that was written, as plain words: equal only for names that differ in marks and capitals
    """

    words: tuple[Word, ...]
    legal: frozenset[str]
    address: frozenset[str]
    role: str = "own"
    whole: str = ""
    town: tuple[Word, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for names that differ only in order, legal form and wording of common words."""
        return tuple(sorted(word.canonical for word in self.words))

    @property
    def telling(self) -> tuple[Word, ...]:
        """The words that only this company, or few, have."""
        return tuple(word for word in self.words if word.kind in TELLING)


_FORMER = r"(?:formerly(?: known as)?|former(?:ly)?(?: name)?|f/?k/?a|previously|ex[-.]|anciennement|ehemals|vormals|antes|旧社名|旧称|旧名|旧商号|原名|曾用名|前身|旧|原|구)"  # noqa: E501
_CALLED = r"(?:a\.?k\.?a\.?|also known as|d\.?b\.?a\.?|doing business as|trading as|t/a|now(?: known as)?|renamed|現社名|现名|现称|通称|別名|又称|简称|略称)"  # noqa: E501
_INSIDE_FORMER = re.compile(rf"^\s*{_FORMER}[\s:.:]*(?=\S)", re.IGNORECASE)
_INSIDE_CALLED = re.compile(rf"^\s*{_CALLED}[\s:.:]*(?=\S)", re.IGNORECASE)
_OUTSIDE = re.compile(
    r"\s+(?:(?P<former>formerly(?: known as)?|f/?k/?a\.?|previously|anciennement|ehemals|vormals|旧社名[::]?|曾用名[::]?|原名[::]?)"
    r"|(?P<called>a\.?k\.?a\.?|also known as|d/?b/?a|doing business as|trading as|t/a))\s+",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(\[{【「『〔〈《]([^()\[\]{}【】「」『』〔〕〈〉《》]*)[)\]}】」』〕〉》]")
_BOTH = re.compile(r"\s+/\s+|\s*[|;]\s*|\s+[-–—]\s+(?=[^\x00-\x7f])")
_DOTTED = re.compile(r"\b(?:\w[./]\s?){2,}(?:\w\b)?|\b\w/\w\b")
_MARKS = re.compile(r"[^\w\s,、]|_")
_LEGAL_BRACKETS = re.compile(r"\(\s*(株|有|合|주|유|股)\s*\)")
_LEGAL_WORDS = {
    "株": " 株式会社 ",
    "有": " 有限会社 ",
    "合": " 合同会社 ",
    "주": " 주식회사 ",
    "유": " 유한회사 ",
    "股": " 股份 ",
}
_RUNS = re.compile(r"[^\W\d]+|\d+|,|、")
_LONGEST_ADDRESS = 3
_OF_ADDRESS = frozenset({"distinctive", "place", "number", "weak"})
_DASH = re.compile(r"\s+[-–—]\s+")
_DASH_LETTERS = re.compile(r"(?<=[a-zà-ÿ])-(?=[A-Z]{2,6}\s*$)")
_LEAST_KANA = 4  # a shorter known word right after own kana is part of it: グレンテック
_LEAST_RUN = 5  # letters of syllables that are taken together
_TOKENS = re.compile(r"[^\W_]+|[^\w\s]|_")
_AREA = frozenset("市省县府州区都")
_JAPANESE = re.compile(r"[ぁ-ヿ々]|株式会社|有限会社|合同会社|工業|鉱業|製作所|商事")
_CHINESE = re.compile(r"公司|集团|集團|股份|有限|科技|业|锂|华|东|实业|材料厂")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_PLANT = r"(?:分|冶炼|冶煉|加工|选矿)?(?:厂|廠|工厂|工廠|工場|車間|车间|製錬所|製造所|공장)"
_COUNTED = re.compile(rf"第?\s*([一二三四五六七八九]|\d+|제\d+)\s*(?:号|號)?\s*({_PLANT})")
_DIGITS = {sign: str(number) for number, sign in enumerate("一二三四五六七八九", 1)}
_NUMBER_SIGN = re.compile(r"\b(?:no|nr|nº|n°|num)\b\.?\s*(?=\d)|#\s*(?=\d)", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def forms_of(name: str, country: str = "") -> tuple[Form, ...]:
    """Every way in which `name` calls its company: in brackets, in two scripts, formerly; at most six."""
    name = name[:LONGEST]
    texts = _texts(
        unicodedata.normalize("NFKC", name.replace("㈱", "(株)").replace("㈲", "(有)").replace("㈜", "(주)"))
    )
    texts = [(_counted(text), role) for text, role in texts]
    tongue = _tongue(name, country)
    found: dict[tuple[tuple[str, ...], frozenset[str]], Form] = {}
    syllables = spaced_syllables(name) if country in ("CN", "TW", "HK", "MO", "") else ""
    others = [syllables, run_together(name), misread(name), letters_joined(name), letters_spelled(name)]
    texts += [(other, "own") for other in (*others, *in_pinyin(name, country)) if other]
    for text, role in texts:
        whole = _form(text, role, tongue)
        for form in (whole, *_with_address(whole), *_without_town(text, whole, tongue)):
            if form.words:
                found.setdefault((tuple(word.canonical for word in form.words), form.legal), form)
        form = whole
        if role == "own":
            for part in _scripts_apart(form):
                found.setdefault((tuple(word.canonical for word in part.words), part.legal), part)
    return tuple(found.values())[:6]


def _counted(text: str) -> str:
    """Which plant of several it is, as a bare number: 第二工場, 二厂 and No. 2 Factory all hold a 2."""
    text = _COUNTED.sub(
        lambda found: f" {_DIGITS.get(found[1], found[1].lstrip('제'))} {'工厂' if found[2] in '厂廠' else found[2]}",
        text,
    )
    return _NUMBER_SIGN.sub(" ", text)


def is_distinctive(name: str) -> bool:
    """Whether a name says more than a legal form and has at least two signs of its own."""
    return any(len(word.written) > 1 for form in forms_of(name) for word in form.words)


def _tongue(name: str, country: str) -> Tongue:
    if country == "JP" or _JAPANESE.search(name):
        return "ja"
    if country in ("CN", "TW", "HK", "MO") or _CHINESE.search(name):
        return "zh"
    return ""


def _texts(name: str) -> list[tuple[str, str]]:
    """The name cut into the ways of calling that it holds."""
    name = _LEGAL_BRACKETS.sub(lambda found: _LEGAL_WORDS[found[1]], name)
    parts = _OUTSIDE.split(name)
    texts: list[tuple[str, str]] = []
    for said, former, rest in zip(["", *parts[3::3]], [None, *parts[1::3]], [parts[0], *parts[3::3]], strict=True):
        role = "own" if not said and former is None and not texts else ("former" if former else "other")
        texts += _out_of_brackets(rest, role)
    return [
        (part, role)
        for text, role in texts
        for way in (_BOTH.split(text) if role == "own" else [text])
        for part in _initials_apart(way)
    ]


def _out_of_brackets(text: str, role: str) -> list[tuple[str, str]]:
    texts: list[tuple[str, str]] = []
    outside = _BRACKETS.sub(" ", text)
    for inside in _BRACKETS.findall(text):
        if former := _INSIDE_FORMER.match(inside):
            text = _without(text, inside)
            texts.append((inside[former.end() :], "former"))
        elif called := _INSIDE_CALLED.match(inside):
            text = _without(text, inside)
            texts.append((inside[called.end() :], "other"))
        elif _calls_the_company(inside, text, outside):
            texts.append((inside, "short"))
            texts.append((_without(text, inside), role))
    return [(text, role), *texts] if outside.strip() else [*texts, (text, role)]


def _calls_the_company(inside: str, text: str, outside: str) -> bool:
    """Whether brackets hold another name (Sumitomo Metal Mining (SMM) Co.) and not a part of it (Xiamen Tungsten (H.C.) Co.)."""
    within, without = _form(inside, "short", "").words, _form(outside, "own", "").words
    initials = ("".join(word.written[:1] for word in within), "".join(word.written[:1] for word in without))
    if len(within) > 1 and len(without) == 1 and without[0].written == initials[0]:
        return True  # AGR (African Gold Refinery)
    if not any(word.kind in TELLING for word in within):
        return False
    after = text.partition(inside)[2].strip(" )]}】」』〕〉》.,")
    if after and len(within) == 1 and all(script_of(one.written[0]) == "han" for one in (*within, *without)):
        return False  # 合盛硅业（鄯善）有限公司 is its company in 鄯善
    if not after or len(within) > 1 or not within[0].latin or not without or not without[0].latin:
        return True
    return len(within[0].written) > 4 or initials[1].startswith(within[0].written)


def _without(text: str, inside: str) -> str:
    return re.sub(r"[(\[{【「『〔〈《]" + re.escape(inside) + r"[)\]}】」』〕〉》]", " ", text)


def _form(text: str, role: str, tongue: Tongue) -> Form:
    pieces = _pieces(text)
    vocabulary_ = vocabulary()
    words: list[Word] = []
    legal: set[str] = set()
    address: list[Word] = []
    after_comma = after_legal = False
    place = 0
    while place < len(pieces):
        piece = pieces[place]
        if piece == ",":
            after_comma, place = True, place + 1
            continue
        if script_of(piece[0]) in ("han", "kana", "hangul"):
            found, step = _segments(piece, tongue), 1
        else:
            step, found = 1, [(piece, None)]
            for length in range(min(vocabulary_.longest, len(pieces) - place), 0, -1):
                if meaning := vocabulary_.phrases.get(tuple(pieces[place : place + length])):
                    step, found = length, [("".join(pieces[place : place + length]), meaning)]
                    break
            else:
                found = [(piece, vocabulary_.legal_with_a_slip(piece))]
        place += step
        for written, meaning in found:
            kind = meaning.kind if meaning else ""
            if kind == "drop":
                continue
            if kind == "legal" and meaning:
                legal.add(meaning.canonical)
                after_legal, after_comma = bool(words), False
            elif kind == "place" and (after_comma or after_legal) and words:
                address.append(_word(written, meaning, tongue))
            else:
                words += address if not kind or kind == "distinctive" else []
                address = [] if not kind or kind == "distinctive" else address
                words.append(_word(written, meaning, tongue))
    if not words:
        words, address = address, []
    whole = " ".join(piece for piece in pieces if piece != ",")
    places = frozenset(word.canonical for word in address)
    return Form(tuple(words), frozenset(legal), places, role, whole, tuple(address))


_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[a-z])(?=(?:GmbH|AG|KK|SARL)\b)")
_LETTERS_AND = re.compile(r"\b([A-Za-z])\s?[&＆]\s?([A-Za-z])\b")
_SPELLED = re.compile(r"\b[A-Z](?: [A-Z]){2,}\b")
_MISREAD = re.compile(
    r"\b[Cc]0(?=[.,\s])|(?<=[^\W\d])[01]+(?=[^\W\d])|(?<=[^\W\d]{2})[01]+(?=[^\W\d]|\b)|\b[01](?=[^\W\d]{3})"
)


def run_together(name: str) -> str:
    """A name written without spaces, cut before its capitals (TianqiLithiumCorp.); '' where it is not."""
    cut = _CAMEL.sub(" ", name)
    return cut if cut != name and (" " not in name.strip() or name.count(" ") * 2 < cut.count(" ")) else ""


def misread(name: str) -> str:
    """A name with noughts and ones between letters as the letters that they look like; '' without any."""
    read = _MISREAD.sub(lambda found: found[0].replace("0", "o").replace("1", "l"), name)
    return read if read != name else ""


def letters_joined(name: str) -> str:
    """A name with single letters around an and-sign as one word, as people say them (L&F: LnF); '' without any."""
    said = _LETTERS_AND.sub(r"\1n\2", name)
    return said if said != name else ""


def letters_spelled(name: str) -> str:
    """A name with three and more single letters in a row as one word (B A S F: BASF); '' without any."""
    said = _SPELLED.sub(lambda found: found[0].replace(" ", ""), name)
    return said if said != name else ""


def spaced_syllables(name: str) -> str:
    """A name with its runs of single Chinese syllables written together (Guang Dong Jia Na: guangdong jiana); '' without any.

    Places and words of the vocabulary stay words of their own.
    """
    tokens = _TOKENS.findall(name)
    found: list[str] = []
    run: list[str] = []
    changed = False
    for token in [*tokens, ""]:
        if token.isascii() and SYLLABLE.fullmatch(token.casefold()):
            run.append(token.casefold())
            continue
        if len(run) > 1 and len("".join(run)) >= _LEAST_RUN:
            found += _joined_run(run)
            changed = True
        else:
            found += run
        run = []
        found.append(token)
    return " ".join(found).strip() if changed else ""


def _joined_run(run: list[str]) -> list[str]:
    known = vocabulary().phrases
    found = [""]
    place = 0
    while place < len(run):
        for length in (4, 3, 2):
            word = "".join(run[place : place + length])
            if place + length <= len(run) and (meaning := known.get((word,))) and meaning.kind != "legal":
                found += [word, ""]
                place += length
                break
        else:
            found[-1] += run[place]
            place += 1
    return [word for word in found if word]


def _with_address(form: Form) -> list[Form]:
    """The name with the places behind its legal form as words of it: Huayou Cobalt Co., Ltd. Zhejiang."""
    return [form._replace(words=(*form.words, *form.town), address=frozenset(), town=())] if form.town else []


def _without_town(text: str, whole: Form, tongue: Tongue) -> list[Form]:
    """The name before its last comma, where up to three words of no trade and no legal form follow: …, Mendrisio."""
    before, comma, after = text.rpartition(",")
    if not comma or not before.strip() or not whole.words[:1] or not whole.words[0].latin:
        return []
    town = _form(after, "own", tongue)
    if town.legal or not 0 < len(town.words) <= _LONGEST_ADDRESS or any(w.kind not in _OF_ADDRESS for w in town.words):
        return []
    name = _form(before, whole.role, tongue)
    return [name._replace(address=name.address | {word.canonical for word in town.words}, whole="")]


def _initials_apart(text: str) -> list[str]:
    """`Companhia Brasileira de Lítio - CBL` as two names: one side is the other's first letters."""
    parts = _DASH.split(text) if _DASH.search(text) else _DASH_LETTERS.split(text)
    if len(parts) == 2:
        for letters, words in (parts, parts[::-1]):
            firsts = iter(word[0] for word in re.findall(r"[^\W_]+", plain_text(words)))
            if re.fullmatch(r"[A-Z]{2,6}", letters.strip()) and all(
                one in firsts for one in letters.strip().casefold()
            ):
                return [words, letters]
    return [text]


def plain_text(text: str) -> str:
    """Small letters without accents, apostrophes taken for spaces."""
    return " ".join(plain(part) for part in text.casefold().replace("'", " ").replace("’", " ").split())


def _pieces(text: str) -> list[str]:
    text = _DOTTED.sub(lambda found: re.sub(r"[./\s]", "", found[0]) + " ", text.casefold().replace("’", "'"))
    text = re.sub(r"'s\b", "s", text).replace("'", "").replace("&", " and ").replace("＋", " ")
    text = _MARKS.sub(" ", text)
    pieces: list[str] = []
    for run in _RUNS.findall(text):
        if run in (",", "、"):
            pieces.append(",")
            continue
        start = 0
        for end in range(1, len(run) + 1):
            if end == len(run) or _family(run[end]) != _family(run[end - 1]):
                pieces.append(_letters(run[start:end]))
                start = end
    return [piece for piece in pieces if piece]


def _family(sign: str) -> str:
    script = script_of(sign)
    return "signs" if script in ("han", "kana", "hangul") else "letters"


def _letters(run: str) -> str:
    return run if script_of(run[0]) in ("han", "kana", "hangul") else plain(run)


class _Cut(NamedTuple):
    """A run cut up to one place: signs of its own, stretches of them, known words; and the last piece."""

    own: int
    stretches: int
    known: int
    start: int
    meaning: Meaning | None
    before: "_Cut | None"

    @property
    def cost(self) -> tuple[int, int, int]:
        return self.own, self.stretches, self.known


def _segments(signs: str, tongue: Tongue) -> list[tuple[str, Meaning | None]]:
    """Known words of a run of signs; what lies between them is the company's own.

    Of all ways to cut the run the one that leaves fewest signs of its own, in fewest stretches, with fewest words:
    関東 電化 工業 holds no 化工. Of equals the one with the longer words first.
    """
    known = vocabulary()
    run = unified(signs)
    starts: list[list[_Cut]] = [[_Cut(0, 0, 0, 0, None, None)]]
    for end in range(1, len(run) + 1):
        own: list[_Cut] = []
        words: list[_Cut] = []
        for cut in starts[end - 1]:
            goes_on = cut.meaning is None and cut.before is not None
            start = cut.start if goes_on else end - 1
            before = cut.before if goes_on else cut
            own.append(_Cut(cut.own + 1, cut.stretches + (not goes_on), cut.known, start, None, before))
        for length in range(min(known.longest_signs, end), 0, -1):
            meaning = known.signs.get(run[end - length : end])
            for cut in starts[end - length] if meaning else ():
                after_own = cut.meaning is None and cut.before is not None
                if meaning and not (
                    after_own and _part_of_own(run[end - length - 1], run[end - length], length, meaning)
                ):
                    words.append(_Cut(cut.own, cut.stretches, cut.known + 1, end - length, meaning, cut))
        area = run[end - 1] in _AREA and next((cut for cut in starts[end - 1] if _is_place(cut)), None)
        if area:
            words.append(area._replace())
        starts.append([min(some, key=lambda cut: cut.cost) for some in (words, own) if some])
    found: list[tuple[str, Meaning | None]] = []
    last: _Cut | None = min(starts[-1], key=lambda cut: cut.cost)
    end = len(run)
    while last is not None and last.before is not None:
        stretch = signs[last.start : end]
        found[:0] = _own(stretch) if last.meaning is None else [(stretch, last.meaning)]
        last, end = last.before, last.start
    return found


def _is_place(cut: _Cut) -> bool:
    return cut.meaning is not None and cut.meaning.kind == "place"


def _part_of_own(before: str, first: str, length: int, meaning: Meaning) -> bool:
    """Whether signs of a known word right after own signs go with these: a short one in kana (グレンテック), and a
    company's name, which stands at the beginning (三木下化学 holds no 木下)."""
    return meaning.kind == "distinctive" or (length < _LEAST_KANA and script_of(before) == script_of(first) == "kana")


def _own(own: str) -> list[tuple[str, None]]:
    """A stretch of own signs, cut where the script changes (a mark of length belongs to kana)."""
    parts: list[tuple[str, None]] = []
    start = 0
    for end in range(1, len(own) + 1):
        if end == len(own) or script_of(own[end]) != script_of(own[end - 1]):
            parts.append((own[start:end], None))
            start = end
    return parts


@lru_cache(maxsize=100_000)
def _word(written: str, meaning: Meaning | None, tongue: Tongue) -> Word:
    script: Script = script_of(written[0])
    latin = script not in ("han", "kana", "hangul")
    read = without_adjective(written) if latin else readings(written, script, tongue)
    written = written if latin else unified(written)
    if meaning is not None:
        return Word(written, meaning.canonical, meaning.kind, read | {meaning.canonical}, latin)
    if any(sign.isdigit() for sign in written) or written in _ROMAN:
        return Word(written, _ROMAN.get(written, written), "number", read, latin)
    return Word(written, written, "weak" if latin and len(written) == 1 else "distinctive", read, latin)


def _scripts_apart(form: Form) -> list[Form]:
    """A name given in two scripts, one after the other, as two names."""
    latin = tuple(word for word in form.words if word.latin)
    signs = tuple(word for word in form.words if not word.latin)
    if not any(word.kind in TELLING for word in latin) or not any(word.kind in TELLING for word in signs):
        return []
    if sum(len(word.written) for word in latin) < 5:
        return []
    return [form._replace(words=part, role="short", whole="") for part in (latin, signs)]
