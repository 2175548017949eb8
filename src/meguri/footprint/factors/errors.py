"""How the catalogue says no."""

from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text


class ImportUnreadable(Invalid):
    """A file that is none of those that can be read, or is damaged."""

    code = "footprint.import_unreadable"
    say = Text(
        ja="ファイル「{file}」を読み込めません: {why}",
        en="The file “{file}” cannot be read: {why}",
    )


class ColumnsMissing(Invalid):
    """A table without the columns that a factor needs."""

    code = "footprint.columns_missing"
    say = Text(
        ja="必要な列がありません: {columns}。列の対応を指定してください。",
        en="These columns are missing: {columns}. Please say which columns hold them.",
    )
