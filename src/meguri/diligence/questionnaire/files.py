"""A customer's questionnaire from its file: YAML, JSON, TOML, or a workbook with one question a row (pure).

Workbook columns: template_id, version, title_ja, title_en (in the first row), section, section_ja, section_en, key, ja, en,
type, options (`key=日本語|English|score`, separated by line breaks or `;`), per, gate, required, evidence, map (`A1, OECD2`),
weight, full.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import yaml

from meguri.diligence.errors import BadTemplate
from meguri.kernel.errors import FieldError
from meguri.kernel.surrogates import refuse_halves
from meguri.kernel.text import Text
from meguri.traceability.sheet.columns import Column
from meguri.traceability.sheet.reading import read_rows

MOST_BYTES = 2 << 20
_HEADINGS: dict[str, tuple[str, str]] = {
    "template_id": ("質問票ID", "Questionnaire id"),
    "version": ("版", "Version"),
    "title_ja": ("題名（日本語）", "Title (Japanese)"),
    "title_en": ("題名（英語）", "Title (English)"),
    "section": ("区分", "Section"),
    "section_ja": ("区分名（日本語）", "Section name (Japanese)"),
    "section_en": ("区分名（英語）", "Section name (English)"),
    "key": ("質問キー", "Key"),
    "ja": ("質問（日本語）", "Question (Japanese)"),
    "en": ("質問（英語）", "Question (English)"),
    "type": ("種別", "Type"),
    "options": ("選択肢", "Options"),
    "per": ("対象", "Per"),
    "gate": ("表示条件", "Gate"),
    "required": ("必須条件", "Required"),
    "evidence": ("証拠", "Evidence"),
    "map": ("対応先", "Mapped to"),
    "weight": ("重み", "Weight"),
    "full": ("満点の値", "Full score from"),
}
_NEEDED = ("section", "key", "ja", "en", "type")
COLUMNS = tuple(
    Column(key, Text(ja=ja, en=en), Text(ja=ja, en=en), required=key in _NEEDED) for key, (ja, en) in _HEADINGS.items()
)
_UNREADABLE = Text(
    ja="読み取れません: {detail}。YAML、JSON、TOML か、見本の見出しの XLSX・CSV で保存し直してください。",
    en="It cannot be read: {detail}. Please save it as YAML, JSON, TOML, or XLSX or CSV with the template's headings.",
)


def data_of(content: bytes, name: str) -> dict[str, Any]:
    """What a file says. Raises BadTemplate, and for tables what `read_rows` raises."""
    if len(content) > MOST_BYTES:
        raise _unreadable(f"{len(content)} > {MOST_BYTES} bytes")
    kind = name.rpartition(".")[2].lower()
    if kind in ("xlsx", "csv"):
        return _from_rows(read_rows(content, COLUMNS))
    try:
        text = content.decode("utf-8-sig")
        match kind:
            case "json":
                found = json.loads(text, parse_float=Decimal)
                refuse_halves(text, found)
            case "toml":
                found = tomllib.loads(text, parse_float=Decimal)
            case _:
                found = _yaml(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise _unreadable(str(error).splitlines()[0][:200] if str(error) else type(error).__name__) from error
    if not isinstance(found, dict):
        raise _unreadable(type(found).__name__)
    return found


def _yaml(text: str) -> Any:
    """Plain YAML. An alias may unfold a small file into a huge one, so none is taken."""
    if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
        raise yaml.YAMLError("aliases (*name) are not taken")
    return yaml.safe_load(text)


def _unreadable(detail: str) -> BadTemplate:
    return BadTemplate(fields=(FieldError("$", _UNREADABLE, {"detail": detail}),))


def _from_rows(rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    filled = [row for row in rows if row.get("key")]
    if not filled:
        raise _unreadable("0 rows")
    head = filled[0]
    sections: dict[str, dict[str, Any]] = {}
    for row in filled:
        section = sections.setdefault(
            row["section"],
            {
                "key": row["section"],
                "ja": row.get("section_ja") or row["section"],
                "en": row.get("section_en") or row["section"],
                "questions": [],
            },
        )
        section["questions"].append(_question(row))
    return {
        "id": head.get("template_id", ""),
        "version": head.get("version", ""),
        "title": {"ja": head.get("title_ja", ""), "en": head.get("title_en", "")},
        "sections": list(sections.values()),
    }


def _question(row: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {key: row[key] for key in ("key", "ja", "en", "type")}
    found |= {key: row[key] for key in ("per", "gate", "required", "evidence", "weight", "full") if row.get(key)}
    if row.get("map"):
        found["map"] = [place.strip() for place in row["map"].replace("、", ",").split(",") if place.strip()]
    if row.get("options"):
        found["options"] = [_option(one) for one in row["options"].replace(";", "\n").splitlines() if one.strip()]
    return found


def _option(text: str) -> dict[str, Any]:
    key, _, words = text.partition("=")
    ja, _, rest = words.partition("|")
    en, _, score = rest.partition("|")
    found = {"key": key.strip(), "ja": ja.strip() or key.strip(), "en": en.strip() or ja.strip() or key.strip()}
    return found | ({"score": score.strip()} if score.strip() else {})
