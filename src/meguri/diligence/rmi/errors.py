"""How the exchange of templates says no."""

from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text


class TemplateUnsupported(Invalid):
    """The file cannot be read as a template; `reason` says exactly why. Nothing of it was taken over."""

    code = "TEMPLATE_UNSUPPORTED"
    say = Text(ja="このファイルは読み込めません: {ja}", en="This file cannot be read: {en}")


class TemplateRowLimit(Invalid):
    """More rows than the sheet of the template holds; nothing was written."""

    code = "TEMPLATE_ROW_LIMIT"
    say = Text(
        ja="「{sheet}」には {most} 行まで入ります（{rows} 行あります）。何も書き込んでいません。",
        en="“{sheet}” holds {most} rows, and there are {rows}. Nothing was written.",
    )


class FieldsNotCarried(Invalid):
    """The template is of another family or older: it cannot carry every field; nothing was written."""

    code = "TEMPLATE_FIELDS_LOST"
    say = Text(
        ja="このテンプレートには次の項目を書き込めません: {lost}。何も書き込んでいません。",
        en="This template cannot carry: {lost}. Nothing was written.",
    )


class CellLocked(Invalid):
    """A cell that the template protects would have to be changed; nothing was written."""

    code = "TEMPLATE_CELL_LOCKED"
    say = Text(
        ja="保護されたセル {cell} への書き込みが必要なため中止しました。入力欄を変更していないテンプレートを使ってください。",
        en="The protected cell {cell} would have to be written. Please use a template whose input cells are unchanged.",
    )


class BadMapping(Invalid):
    """What leads from an XML file to a declaration cannot be used; nothing was read or written."""

    code = "XML_MAPPING"
    say = Text(ja="XMLの対応表を使えません: {ja}。", en="The mapping of the XML cannot be used: {en}.")


REASONS: dict[str, Text] = {
    "password": Text(
        ja="パスワードで保護されています。保護を外して保存し直してください。",
        en="it is protected by a password. Please save it without one.",
    ),
    "old_format": Text(
        ja="古い形式（.xls）です。.xlsx で保存し直してください。",
        en="it is in the old .xls format. Please save it as .xlsx.",
    ),
    "no_suppliers": Text(
        ja="取引先の申告がまだ読み込まれていません（{detail}）。先に取引先のファイルを読み込んでください。",
        en="no supplier's declaration has been read yet ({detail}). Please read your suppliers' files first.",
    ),
    "other_family": Text(
        ja="ほかの種類のテンプレートが混ざっています（{detail}）。CMRT・EMRT・AMRT は別々にまとめてください。",
        en="another kind of template is among them ({detail}). Please merge CMRT, EMRT and AMRT separately.",
    ),
    "not_workbook": Text(
        ja="Excel のブック（.xlsx）ではないか、壊れています。", en="it is not an .xlsx workbook, or it is damaged."
    ),
    "macros": Text(
        ja="マクロを含んでいます。マクロなしの .xlsx で保存し直してください。",
        en="it holds macros. Please save it as .xlsx without macros.",
    ),
    "external_links": Text(
        ja="他のファイルへのリンクを含んでいます。リンクを解除してください。",
        en="it links to other files. Please break the links.",
    ),
    "too_large": Text(ja="展開後の大きさが200 MBを超えます。", en="it is over 200 MB when unpacked."),
    "not_xml": Text(ja="XML として読めません。", en="it is no XML, or it is damaged."),
    "other_root": Text(
        ja="最上位の要素「{detail}」が対応表と違います。",
        en="its root element “{detail}” is not the one of the mapping.",
    ),
    "entities": Text(
        ja="XML の実体宣言を含んでいます。Excel で保存し直してください。",
        en="its XML declares entities. Please save it again with Excel.",
    ),
    "not_template": Text(
        ja="CMRT・EMRT・AMRT のテンプレートではありません（Declaration シートがありません）。",
        en="it is not a CMRT, EMRT or AMRT (there is no sheet Declaration).",
    ),
    "missing_sheet": Text(ja="必要なシートがありません: {detail}", en="a sheet is missing: {detail}"),
    "crt": Text(
        ja="CRT（コバルト）は終了しました。後継の EMRT を使ってください。",
        en="the CRT (cobalt) has ended. Please use its successor, the EMRT.",
    ),
    "version": Text(
        ja="版「{detail}」は読み込めません。対応する版: CMRT 6.01–6.5、EMRT 1.1–2.1、AMRT 1.2–1.3",
        en="version “{detail}” cannot be read. Known: CMRT 6.01–6.5, EMRT 1.1–2.1, AMRT 1.2–1.3.",
    ),
    "took_too_long": Text(
        ja="読み込みに時間またはメモリーがかかりすぎました。", en="reading it took too much time or memory."
    ),
}


def unsupported(reason: str, detail: str = "") -> TemplateUnsupported:
    """The refusal for one of `REASONS`."""
    text = REASONS[reason]
    values = {"detail": detail} if "{detail}" in text.en else {}
    return TemplateUnsupported(reason=reason, ja=text.of("ja", **values), en=text.of("en", **values))
