"""How imports say no."""

from meguri.kernel.errors import Conflict, NotFound
from meguri.kernel.text import Text


class ImportNotFound(NotFound):
    """No import of yours has this id."""

    code = "IMPORT_NOT_FOUND"
    say = Text(ja="この取り込みは見つかりません。", en="No import of yours has this id.")


class ImportKindUnknown(NotFound):
    """There is no such kind of import."""

    code = "IMPORT_KIND_UNKNOWN"
    say = Text(
        ja="「{kind}」は取り込めません。取り込める種類: {kinds}", en="“{kind}” cannot be imported. What can: {kinds}"
    )


class ImportEnded(Conflict):
    """It has ended, so there is nothing to stop."""

    code = "IMPORT_ENDED"
    say = Text(ja="この取り込みはもう終わっています。", en="This import has ended already.")
