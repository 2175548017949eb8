"""How workbooks are refused; their codes are those under which tables have always been refused."""

from meguri.kernel.errors import Invalid, Unavailable
from meguri.kernel.text import Text


class SheetUnreadable(Invalid):
    """The file is not a table that can be read."""

    code = "traceability.sheet_unreadable"
    say = Text(
        ja="ファイルを読み取れません。CSV（UTF-8 または Shift_JIS）か XLSX で保存し直してください。",
        en="The file cannot be read. Please save it as CSV (UTF-8 or Shift_JIS) or XLSX.",
    )


class SheetProtected(Invalid):
    """The workbook is locked with a password, or in the form of before 2007."""

    code = "traceability.sheet_protected"
    say = Text(
        ja="パスワード付き、または旧形式（.xls）のブックは読み取れません。パスワードを外し、.xlsx で保存し直してください。",
        en="Workbooks with a password or in the old form (.xls) cannot be read. Please save as .xlsx without a password.",
    )


class SheetHasMacros(Invalid):
    """The workbook holds macros."""

    code = "traceability.sheet_macros"
    say = Text(
        ja="マクロを含むブックは受け付けません。マクロなしの .xlsx で保存し直してください。",
        en="Workbooks with macros are not taken. Please save as .xlsx without macros.",
    )


class SheetLinks(Invalid):
    """The workbook takes values from other files."""

    code = "traceability.sheet_links"
    say = Text(
        ja="外部リンクを含むブックは受け付けません。値だけを .xlsx で保存し直してください。",
        en="Workbooks with external links are not taken. Please save the values alone as .xlsx.",
    )


class SheetMerged(Invalid):
    """Cells are merged."""

    code = "traceability.sheet_merged"
    say = Text(
        ja="結合された欄があります（{cells}）。結合を解除し、1行に1件ずつ入力してください。",
        en="Some fields are merged ({cells}). Please unmerge them and write one entry a row.",
    )


class SheetFormulas(Invalid):
    """Cells hold formulas."""

    code = "traceability.sheet_formulas"
    say = Text(
        ja="数式の欄があります（{cells}）。値として貼り付けてください。",
        en="Some fields hold formulas ({cells}). Please paste them as values.",
    )


class SheetErrors(Invalid):
    """Cells hold the error value of a spreadsheet."""

    code = "traceability.sheet_errors"
    say = Text(
        ja="エラー値（#N/A など）の欄があります（{cells}）。正しい値に直すか、空欄にしてください。",
        en="Some fields hold an error such as #N/A ({cells}). Please correct them, or leave them empty.",
    )


class SheetTooBig(Invalid):
    """The workbook unpacks to more than a table of people's work does."""

    code = "traceability.sheet_too_big"
    say = Text(
        ja="ブックが大きすぎます。使っていないシートや書式を削除してください。",
        en="The workbook is too big. Please remove sheets and formats that are not used.",
    )


class SheetTooDemanding(Invalid):
    """Reading the workbook was ended: it needed more memory or time than a table of its size does."""

    code = "traceability.sheet_too_demanding"
    say = Text(
        ja="ブックの読み取りに時間またはメモリーがかかりすぎるため、中止しました。何も取り込んでいません。"
        "表の部分だけを新しいブックに「値」として貼り付け、.xlsx で保存し直してください。",
        en="Reading the workbook took too much time or memory, so it was ended and nothing was taken. "
        "Please paste the table alone, as values, into a new workbook and save it as .xlsx.",
    )


class WorkbooksWaiting(Unavailable):
    """So many files are being read that this one would wait too long."""

    code = "traceability.sheet_busy"
    say = Text(
        ja="ほかのファイルを読み取り中です。ファイルは取り込まれていません。1分ほど待ってから、もう一度お試しください。",
        en="Other files are being read just now. Yours was not taken. Please try again in a minute.",
    )


REFUSED: dict[str, type[Invalid]] = {
    "unreadable": SheetUnreadable,
    "protected": SheetProtected,
    "macros": SheetHasMacros,
    "links": SheetLinks,
    "merged": SheetMerged,
    "formulas": SheetFormulas,
    "errors": SheetErrors,
    "too_big": SheetTooBig,
    "too_demanding": SheetTooDemanding,
}
