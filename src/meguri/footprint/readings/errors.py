"""How readings are refused."""

from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text


class BadReading(Invalid):
    """A reading that lacks a name or a time, or ends before it begins."""

    code = "footprint.bad_reading"
    say = Text(
        ja="読み取り値の「{field}」を確認してください。",
        en="Please check “{field}” of the reading.",
    )


class ColumnsMissing(BadReading):
    """The first row of a file names not all columns that are needed."""

    code = "footprint.reading_columns_missing"
    say = Text(
        ja="ファイルに列「{field}」がありません。1行目に {needed} を書いてください（1行目の内容: {found}）。",
        en="The file has no column “{field}”. Its first row has to name {needed}; it says: {found}",
    )


class FileUnreadable(BadReading):
    """A file that is neither text with columns nor a workbook."""

    code = "footprint.reading_file_unreadable"
    say = Text(
        ja="「{field}」を読めません。CSV（UTF-8 または Shift_JIS）か XLSX で保存したファイルを選んでください。",
        en="“{field}” cannot be read. Please choose a file saved as CSV (UTF-8 or Shift_JIS) or XLSX.",
    )


class NoReadings(BadReading):
    """A file that names its columns and holds nothing."""

    code = "footprint.no_readings"
    say = Text(ja="「{field}」には1行目の下に計測値がありません。", en="“{field}” has no reading below its first row.")


class ReadingsOverlap(Invalid):
    """Two readings of one meter share a time: something would count twice."""

    code = "footprint.readings_overlap"
    say = Text(
        ja="計測点「{meter}」の {starts} ～ {ends} は、別の読み取り値と重なっています。",
        en="Readings of “{meter}” overlap: {starts} to {ends} is read already.",
    )


class ReadingsRefused(Invalid):
    """Readings that were not taken; `fields` name every row."""

    code = "footprint.readings_refused"
    say = Text(
        ja="{count} 件の読み取り値に誤りがあるため、取り込みませんでした。",
        en="{count} readings are not right, so nothing was taken.",
    )


class TooManyReadings(Invalid):
    """A file that is too long to be taken as one."""

    code = "footprint.too_many_readings"
    say = Text(
        ja="1 ファイルは {most} 行までです（{found} 行ありました）。分けて取り込んでください。何も取り込んでいません。",
        en="A file may hold {most} rows; this one has {found}. Please split it. Nothing was taken.",
    )
