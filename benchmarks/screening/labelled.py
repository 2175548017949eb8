"""The labelled set: invented companies and the ways in which people write them. Every name in it is synthetic.

`python -m benchmarks.screening.labelled FOLDER` writes names.csv, list.csv and labels.csv, always the same.
Labels: `same` (list_id is the company), `group` (another company of that company's group: a person should look),
`none` (no listed company).  The words used here are the set's own, not the product's vocabulary.
"""
# ruff: noqa: E501

import csv
import random
import sys
from pathlib import Path
from typing import NamedTuple

SEED = 20261129


class Company(NamedTuple):
    """One invented company: its root in Latin letters and, where it has one, in signs."""

    country: str
    latin: str
    signs: str
    trade: tuple[str, str]
    legal: str
    sign_legal: str
    place: tuple[str, str]


LATIN = (
    "Brontiva", "Kelvarra", "Ostrenko", "Maridane", "Tollgrave", "Quenby", "Sarvalon", "Hexmere", "Druvatek",
    "Planoria", "Westrup", "Calmerio", "Ingvatt", "Norvessa", "Bellacroix", "Fontamar", "Rioverde", "Altaquilla",
    "Zambonda", "Kitulamba", "Mwendaji", "Luapasi", "Perwira", "Batuhari", "Sinarmuda", "Khanjali", "Prathvi",
    "Arvindra", "Tolmacheva", "Zvezdnikov", "Grünwalder", "Schönberger", "Müllhausen", "Krähenbühl", "Åkerström",
    "Bjørkedal", "Łukowiak", "Çelikoğlu", "Ibarrola", "Peñarrubia", "Conceição", "Guimarães", "Villeneuvre",
    "Beaucastel", "Trevigiani", "Montefalco", "Vandersteen", "Oosterhuis", "Kestutis", "Havranek",
)  # fmt: skip
CHINESE = (
    ("Huaxuan", "华轩", "華軒"), ("Ruidelong", "瑞德隆", "瑞德隆"), ("Tianmei", "天湄", "天湄"), ("Zhongyuantai", "众源泰", "眾源泰"),
    ("Jinbolai", "锦博莱", "錦博萊"), ("Fengqihe", "峰启和", "峰啟和"), ("Longxinrui", "龙鑫锐", "龍鑫銳"), ("Baihaode", "百昊德", "百昊德"),
    ("Yunlanke", "云澜科", "雲瀾科"), ("Shengjiata", "盛佳塔", "盛佳塔"), ("Kunlingtai", "昆翎泰", "昆翎泰"), ("Hongqiaoyu", "鸿桥宇", "鴻橋宇"),
    ("Pengchenxi", "鹏宸曦", "鵬宸曦"), ("Liandafu", "联达孚", "聯達孚"), ("Guangmeida", "光美达", "光美達"), ("Qisheng", "启晟", "啟晟"),
)  # fmt: skip
JAPANESE = (
    ("Kurosawa", "黒沢"), ("Minamoto", "源"), ("Hatakeyama", "畠山"), ("Shirakawa", "白川"), ("Tachibana", "橘"), ("Okumura", "奥村"),
    ("Nishiwaki", "西脇"), ("Ogasawara", "小笠原"), ("Hirabayashi", "平林"), ("Kitazawa", "北沢"), ("Murakami", "村上"), ("Endo", "遠藤"),
    ("Akatsuki", "アカツキ"), ("Mizuho Rin", "みずほりん"), ("Velnova", "ベルノバ"), ("Glentec", "グレンテック"),
)  # fmt: skip
KOREAN = (
    ("Hansongi", "한송이"), ("Daeyoungtek", "대영텍"), ("Shinpoong", "신풍"), ("Gaonnuri", "가온누리"), ("Dongwha", "동화"), ("Maru", "마루산업기"),
    ("Ecovista", "에코비스타"), ("Lumenix", "루메닉스"),
)  # fmt: skip
TRADES = (
    ("Lithium", "锂业", "リチウム", "리튬"), ("Cobalt", "钴业", "コバルト", "코발트"), ("Battery Materials", "电池材料", "電池材料", "배터리소재"),
    ("Mining", "矿业", "鉱業", "광업"), ("Chemical", "化工", "化学", "화학"), ("Metals", "金属", "金属", "금속"),
    ("New Energy Technology", "新能源科技", "新エネルギー技術", "신에너지기술"), ("Electronics", "电子", "電子", "전자"), ("Trading", "贸易", "商事", "무역"),
    ("Graphite", "石墨", "黒鉛", "흑연"),
)  # fmt: skip
LEGAL = {
    "DE": ("GmbH", "AG"), "AT": ("GmbH",), "FR": ("S.A.", "SARL", "SAS"), "ES": ("S.A.", "S.L."), "PT": ("Lda", "S.A."), "BR": ("Ltda", "S.A."),
    "IT": ("S.p.A.", "S.r.l."), "NL": ("B.V.", "N.V."), "FI": ("Oy", "Oyj"), "SE": ("AB",), "NO": ("AS",), "PL": ("Sp. z o.o.",), "TR": ("A.Ş.",),
    "US": ("Inc.", "LLC"), "GB": ("Ltd", "PLC"), "CD": ("SARL", "S.A."), "ZM": ("Limited",), "ID": ("PT",), "IN": ("Pvt. Ltd.", "Limited"),
    "RU": ("OOO", "PAO"), "CL": ("S.A.",), "CZ": ("s.r.o.",),
}  # fmt: skip
LONG = {
    "GmbH": "Gesellschaft mit beschränkter Haftung", "AG": "Aktiengesellschaft", "S.A.": "Société Anonyme", "SARL": "S.A.R.L.", "SAS": "S.A.S.",
    "S.L.": "Sociedad Limitada", "Ltda": "Limitada", "S.p.A.": "SpA", "S.r.l.": "SRL", "B.V.": "BV", "N.V.": "NV", "Oy": "Osakeyhtiö",
    "AB": "Aktiebolag", "AS": "A/S", "Sp. z o.o.": "spółka z ograniczoną odpowiedzialnością", "Inc.": "Incorporated", "LLC": "L.L.C.",
    "Ltd": "Limited", "PLC": "Public Limited Company", "Limited": "Ltd.", "Pvt. Ltd.": "Private Limited", "OOO": "ООО", "PAO": "ПАО",
    "PT": "P.T.", "Co., Ltd.": "Company Limited", "s.r.o.": "s. r. o.",
}  # fmt: skip
TRADE_WORDS = {
    "DE": {"Mining": "Bergbau", "Chemical": "Chemie", "Metals": "Metalle", "Trading": "Handels", "Battery Materials": "Batteriematerialien"},
    "FR": {"Mining": "Minière", "Chemical": "Chimie", "Metals": "Métaux"},
    "ES": {"Mining": "Minera", "Chemical": "Química", "Metals": "Metales", "Lithium": "Litio"},
    "BR": {"Mining": "Mineração", "Chemical": "Química", "Metals": "Metais"},
}  # fmt: skip
SHORT = {
    "Chemical": "Chem", "Technology": "Tech", "Materials": "Mat'ls", "Electronics": "Elec.", "Mining": "Mng", "Trading": "Trdg",
    "International": "Int'l", "Industries": "Ind.", "Manufacturing": "Mfg.", "Metals": "Metal",
}  # fmt: skip
CITY = {
    "CN": "Shenzhen",
    "JP": "Osaka",
    "KR": "Busan",
    "DE": "Hamburg",
    "FR": "Lyon",
    "CD": "Kolwezi",
    "FI": "Kokkola",
    "ID": "Jakarta",
    "US": "Houston",
}
PLACES = (
    ("Zhejiang", "浙江"),
    ("Jiangxi", "江西"),
    ("Hunan", "湖南"),
    ("Ningbo", "宁波"),
    ("Guangdong", "广东"),
    ("Qinghai", "青海"),
)


def companies(dice: random.Random) -> list[Company]:
    """All invented companies; half of them go to the list."""
    made = []
    codes = list(LEGAL)
    for number, root in enumerate(LATIN * 3):
        country = codes[(number * 7) % len(codes)]
        second = "" if number < len(LATIN) else " " + dice.choice([other for other in LATIN if other != root])
        trade = TRADES[(number * 3) % len(TRADES)]
        word = TRADE_WORDS.get(country, {}).get(trade[0], trade[0])
        made.append(Company(country, root + second, "", (word, ""), dice.choice(LEGAL[country]), "", ("", "")))
    for number, (latin, signs, old) in enumerate(CHINESE * 3):
        trade, place = TRADES[(number * 5 + 1) % len(TRADES)], PLACES[number % len(PLACES)]
        form = ("有限公司", "股份有限公司")[number % 2]
        shown = signs if number < 2 * len(CHINESE) else old
        made.append(Company("CN", latin, shown, (trade[0], trade[1]), "Co., Ltd.", form, place))
    for number, (latin, signs) in enumerate(JAPANESE * 3):
        trade = TRADES[(number * 3 + number // len(JAPANESE)) % len(TRADES)]
        made.append(Company("JP", latin, signs, (trade[0], trade[2]), "Co., Ltd.", "株式会社", ("", "")))
    for number, (latin, signs) in enumerate(KOREAN * 3):
        trade = TRADES[(number * 3 + number // len(KOREAN)) % len(TRADES)]
        made.append(Company("KR", latin, signs, (trade[0], trade[3]), "Co., Ltd.", "주식회사", ("", "")))
    unique = {(one.latin, one.trade[0], one.place[0]): one for one in made}
    return list(unique.values())


def official(one: Company) -> str:
    """The name as a list has it."""
    if one.legal == "PT":
        return f"PT {one.latin} {one.trade[0]}"
    lead = one.place[0] + " " if one.place[0] else ""
    return f"{lead}{one.latin} {one.trade[0]} {one.legal}"


def in_signs(one: Company) -> str:
    """The name in its own script."""
    if one.country == "CN":
        return f"{one.place[1]}{one.signs}{one.trade[1]}{one.sign_legal}"
    return (
        f"{one.signs}{one.trade[1]}{one.sign_legal}"
        if len(one.signs) % 2
        else f"{one.sign_legal}{one.signs}{one.trade[1]}"
    )


def slip(dice: random.Random, text: str) -> str:
    """One slip of the pen within the longest word."""
    words = text.split()
    place = max(range(len(words)), key=lambda number: len(words[number]))
    word = words[place]
    at = dice.randrange(1, len(word) - 1)
    kind = dice.randrange(4)
    changed = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + dice.choice("aeiorstn") + word[at + 1 :],
    )[kind]
    words[place] = changed
    return " ".join(words)


def variations(dice: random.Random, one: Company) -> list[tuple[str, str]]:
    """(kind, name) of ways in which the company is written."""
    name = official(one)
    bare = name.removeprefix("PT ").removesuffix(one.legal).strip()
    lead = one.place[0] + " " if one.place[0] else ""
    ways = [
        ("legal form left out", bare),
        ("legal form written out", f"{bare} {LONG.get(one.legal, one.legal)}"),
        ("capitals", name.upper()),
        ("slip", slip(dice, bare)),
        ("slip and legal form", slip(dice, bare) + " " + one.legal),
        ("without accents", name.translate(str.maketrans("üöäåøłçğéèêíóáãñş", "uoaaolcgeeeioaans"))),
        ("umlauts written out", name.replace("ü", "ue").replace("ö", "oe").replace("ä", "ae")),
        ("former name", f"{dice.choice(LATIN)}on Holdings (formerly {bare})"),
        ("address", f"{name}, {CITY.get(one.country, 'London')}"),
        ("order", f"{one.trade[0]} {one.latin} {one.place[0]}".strip()),
        ("brackets", f"{lead}{one.latin} ({one.trade[0]}) {one.legal}"),
        (
            "spacing",
            name.replace(one.latin, " ".join((one.latin[: len(one.latin) // 2], one.latin[len(one.latin) // 2 :]))),
        ),
    ]
    short = " ".join(SHORT.get(word, word) for word in name.split())
    if short != name:
        ways.append(("abbreviation", short))
    if one.signs:
        ways += [("own script", in_signs(one)), ("both scripts", f"{in_signs(one)} ({bare})")]
        ways.append(("own script, no legal form", in_signs(one).replace(one.sign_legal, "")))
    if one.country == "JP":
        ways.append(("bracketed legal form", in_signs(one).replace("株式会社", "㈱")))
        long = one.latin.replace("o", "ou", 1) if "o" in one.latin else one.latin
        ways.append(("other romanisation", f"{long} {one.trade[0]} K.K."))
    if one.place[0] and one.place[0] in name:
        ways.append(("place in brackets", f"{one.latin} {one.trade[0]} ({one.place[0]}) {one.legal}"))
    return ways


def relatives(dice: random.Random, one: Company, taken: set[str]) -> list[tuple[str, str]]:
    """(kind, name) of other companies of the same group."""
    other = next(
        trade[0]
        for trade in dice.sample(TRADES, len(TRADES))
        if TRADE_WORDS.get(one.country, {}).get(trade[0], trade[0]) != one.trade[0]
        and (one.latin + trade[0]) not in taken
    )
    return [
        ("other trade", f"{one.latin} {other} {one.legal}"),
        (
            "foreign subsidiary",
            f"{one.latin} {one.trade[0]} {dice.choice(['Europe', 'Singapore', 'Brasil'])} {one.legal}",
        ),
        ("holding", f"{one.latin} {one.trade[0]} Holdings {one.legal}"),
    ]


def strangers(dice: random.Random) -> list[tuple[str, str]]:
    """(kind, name) of companies that no list has, with words that many names share."""
    names = []
    for _ in range(120):
        trade, second = dice.sample(TRADES, 2)
        adjective = dice.choice(["Global", "United", "First", "Golden", "Pacific", "National", "General", "Green"])
        names.append(
            ("common words", f"{adjective} {trade[0]} {second[0]} {dice.choice(['Co., Ltd.', 'GmbH', 'S.A.', 'Inc.'])}")
        )
        place = dice.choice(PLACES)
        names.append(("common words in signs", f"{place[1]}{trade[1]}{second[1]}有限公司"))
        root = "".join(
            dice.choice(part)
            for part in (
                ["Ba", "Ke", "Mo", "Tri", "Pel", "Vor"],
                ["lan", "mi", "ser", "dov"],
                ["dis", "tek", "ra", "num"],
            )
        )
        names.append(("another company", f"{root} {trade[0]} {dice.choice(['Co., Ltd.', 'Oy', 'LLC'])}"))
    return names + [
        ("only a legal form", text)
        for text in ("株式会社", "Co., Ltd.", "有限公司", "GmbH & Co. KG", "주식회사", "S.A.")
    ]


def write(folder: Path) -> None:
    """The three files."""
    dice = random.Random(SEED)
    every = companies(dice)
    dice.shuffle(every)
    listed, others = every[: len(every) * 3 // 4], every[len(every) * 3 // 4 :]
    listed_roots = {root for one in listed for root in one.latin.split()}
    taken = {one.latin + one.trade[0] for one in every}
    rows: list[tuple[str, str, str, str, str, str]] = []
    for number, one in enumerate(listed):
        for kind, name in dice.sample(variations(dice, one), 6):
            rows.append((name, one.country if dice.random() < 0.5 else "", "same", f"L{number:04d}", kind, ""))
        kind, name = dice.choice(relatives(dice, one, taken))
        rows.append((name, "", "group", f"L{number:04d}", kind, ""))
    for one in others:
        label = "group" if listed_roots & set(one.latin.split()) else "none"
        rows += [
            (name, one.country, label, "", kind, "")
            for kind, name in dice.sample(variations(dice, one), 2)
            if kind != "former name"
        ]
    rows += [(name, "", "none", "", kind, "") for kind, name in strangers(dice)]
    dice.shuffle(rows)
    _write(
        folder / "list.csv",
        ("id", "name", "aliases", "country"),
        ((f"L{n:04d}", official(one), "", one.country) for n, one in enumerate(listed)),
    )
    _write(
        folder / "names.csv", ("id", "name", "country"), ((f"N{n:05d}", row[0], row[1]) for n, row in enumerate(rows))
    )
    _write(
        folder / "labels.csv",
        ("id", "label", "list_id", "kind"),
        ((f"N{n:05d}", *row[2:5]) for n, row in enumerate(rows)),
    )


def _write(path: Path, heading: tuple[str, ...], rows: object) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)  # type: ignore[arg-type]


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    write(target)
