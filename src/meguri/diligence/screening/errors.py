"""How screening says no."""

from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text


class BadSheet(Invalid):
    """A CSV of names or of a list cannot be read."""

    code = "diligence.bad_sheet"
    say = Text(ja="{file}（{line} 行目）: {ja}。", en="{file}, line {line}: {en}.")


class NoSheet(BadSheet):
    """A file as a whole cannot be read, or written: no line of it is at fault."""

    say = Text(ja="{file}: {ja}。", en="{file}: {en}.")


class NameNotDistinctive(Invalid):
    """A name that is empty, one sign, or only a legal form."""

    code = "NAME_NOT_DISTINCTIVE"
    say = Text(
        ja="「{name}」は会社を特定できる語を含みません。法人格だけでなく社名全体を入力してください。",
        en="“{name}” has no word that tells which company it is. Please enter the whole name, not only the legal form.",
    )


class StillPending(Exception):
    """The remote matcher has not answered yet; it is asked again."""
