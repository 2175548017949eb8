"""The rule data of this room: types of notification, groups of items that can be disclosed."""

import tomllib
from datetime import date
from functools import cache

import msgspec

from meguri.kernel.shipped import files
from meguri.kernel.text import Text


class NotificationType(msgspec.Struct, frozen=True):
    """One kind of notification.

    family  the kind of request that it is about, unless the sender says otherwise
    wire    the public data exchange knows it
    href    the page of what it is about, when that is no request: `{about}` and `{thing}` are filled in
    """

    ja: str
    en: str
    family: str
    wire: bool
    href: str | None = None

    @property
    def name(self) -> Text:
        """What people read."""
        return Text(ja=self.ja, en=self.en)


class ItemGroup(msgspec.Struct, frozen=True):
    """A group of items that is disclosed or withheld as one."""

    ja: str
    en: str
    family: str
    open_by_default: bool

    @property
    def name(self) -> Text:
        """What people read."""
        return Text(ja=self.ja, en=self.en)


class _Words(msgspec.Struct, frozen=True):
    ja: str
    en: str


class NotificationRules(msgspec.Struct, frozen=True):
    """Version and status of the types of notification, and the types by their code."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    types: dict[str, NotificationType]


class DisclosureRules(msgspec.Struct, frozen=True):
    """Version and status of the item groups, the groups by their code, and the system's own reasons."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    groups: dict[str, ItemGroup]
    reasons: dict[str, _Words]


def _read(name: str) -> object:
    return tomllib.loads(files("meguri.rules").joinpath(name).read_text("utf-8"))


def _added(name: str) -> list[object]:
    """What the rule data of other rooms adds under this name."""
    return [
        tomllib.loads(file.read_text("utf-8"))
        for room in sorted(files("meguri.rules").iterdir(), key=lambda entry: entry.name)
        if (file := room.joinpath(name)).is_file()
    ]


@cache
def notification_rules() -> NotificationRules:
    """The types of notification in force: the exchange's own, and those that other rooms' rule data adds."""
    own = msgspec.convert(_read("notifications.toml"), NotificationRules, strict=True)
    added = [msgspec.convert(one, NotificationRules, strict=True).types for one in _added("notifications.toml")]
    return msgspec.structs.replace(
        own, types={code: kind for types in (own.types, *added) for code, kind in types.items()}
    )


@cache
def disclosure_rules() -> DisclosureRules:
    """The item groups in force: the exchange's own, and those that other rooms' rule data adds."""
    own = msgspec.convert(_read("disclosure.toml"), DisclosureRules, strict=True)
    added = [msgspec.convert(one, DisclosureRules, strict=True).groups for one in _added("disclosure.toml")]
    groups = {code: group for groups in (own.groups, *added) for code, group in groups.items()}
    return msgspec.structs.replace(own, groups=groups)


def groups_of_family(family: str, *, open_by_default: bool = False) -> tuple[str, ...]:
    """The item groups of one kind of request; only those that automatic disclosure opens, if so asked."""
    groups = disclosure_rules().groups
    return tuple(
        code
        for code, group in groups.items()
        if group.family == family and (group.open_by_default or not open_by_default)
    )


def reason_text(reason: str) -> Text:
    """A reason as people read it: the system's own reasons in both languages, a person's words as they are."""
    words = disclosure_rules().reasons.get(reason.removeprefix("system:")) if reason.startswith("system:") else None
    return Text(ja=words.ja, en=words.en) if words else Text(ja=reason, en=reason)
