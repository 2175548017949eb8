"""The small values that components are made of; rooms build them in their contexts or in their templates."""

import msgspec


class Column(msgspec.Struct, frozen=True):
    """One column of a table.

    label   its heading
    sort    the key by which the list can be ordered (`?sort=key`, `?sort=-key`), None = it cannot
    number  figures: set flush right
    hidden  the heading is only for readers aloud (a column of buttons)
    wide    words that may run over several lines
    """

    label: str
    sort: str | None = None
    number: bool = False
    hidden: bool = False
    wide: bool = False


class Step(msgspec.Struct, frozen=True):
    """One step of a trail: `label` and where it leads; the last one, where the reader is, has no `href`."""

    label: str
    href: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """One of several answers to a question in a form."""

    value: str
    label: str
    help: str | None = None
