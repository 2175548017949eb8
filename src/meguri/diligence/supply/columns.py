"""The columns of the supply table. One row is a site that supplies one material, to another site or to the company itself."""

from meguri.diligence.taxonomy import names
from meguri.kernel.text import Text
from meguri.traceability.sheet.columns import Column


def _one_of(kind: str) -> Text:
    words = names(kind)
    return Text(
        ja="次のいずれか（右の語でも可）: " + "、".join(f"{code}＝{text.ja}" for code, text in words.items()),
        en="One of (or its name): " + ", ".join(f"{code} = {text.en}" for code, text in words.items()),
    )


COLUMNS: tuple[Column, ...] = (
    Column(
        "company",
        Text(ja="会社名", en="Company"),
        Text(ja="必須。正式な名称。", en="Required: the legal name."),
        required=True,
    ),
    Column(
        "country",
        Text(ja="国", en="Country"),
        Text(ja="拠点の国。2文字の国コード（例 CD、FI、JP）。", en="Of the site, as two letters: CD, FI, JP, say."),
    ),
    Column(
        "identifier_scheme",
        Text(ja="番号の種別", en="Kind of number"),
        Text(
            ja="lei、jp_corporate_number、duns、gln、rmi_cid などのいずれか。",
            en="One of lei, jp_corporate_number, duns, gln, rmi_cid and so on.",
        ),
    ),
    Column(
        "identifier",
        Text(ja="番号", en="Number"),
        Text(ja="検査数字を確認します。", en="Its check digit is verified."),
    ),
    Column(
        "site",
        Text(ja="拠点名", en="Site"),
        Text(ja="空欄なら会社名と同じ。", en="Empty: the same as the company's name."),
    ),
    Column("stage", Text(ja="工程", en="Stage"), _one_of("stages"), required=True),
    Column("material", Text(ja="原材料", en="Material"), _one_of("materials"), required=True),
    Column(
        "supplies_to",
        Text(ja="納入先の拠点", en="Supplies to"),
        Text(
            ja="納入先の拠点名（この表か登録済みのもの）。空欄なら自社。",
            en="The site that receives it, from this table or already registered. Empty: your own company.",
        ),
    ),
    Column(
        "share_pct",
        Text(ja="供給割合（%）", en="Share (%)"),
        Text(
            ja="必須。納入先が受け取るこの原材料のうち、この拠点からの割合。",
            en="Required: of what the receiver gets of this material, the part that comes from here.",
        ),
        required=True,
        holds="figure",
    ),
    Column(
        "valid_from",
        Text(ja="開始日", en="From"),
        Text(ja="例 2026-04-01。空欄なら今日。", en="2026-04-01, say. Empty: today."),
        holds="day",
    ),
    Column(
        "confidence",
        Text(ja="確からしさ", en="Confidence"),
        Text(
            ja="verified（確認済み）、reported（申告）、inferred（推定）、estimated（見積り）。空欄なら reported。",
            en="verified, reported, inferred or estimated. Empty: reported.",
        ),
    ),
)
