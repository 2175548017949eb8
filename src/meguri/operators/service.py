"""What other rooms may ask of this one, in one place; each function is described where it is made."""

from meguri.operators.companies import (
    by_ids,
    change_settings,
    clear,
    join_as_member,
    look_up,
    names_of,
    operator_exists,
    own,
    register,
    search,
    settings,
    update,
)
from meguri.operators.disclosure import (
    Subjects,
    grants_of,
    learn,
    open_by_default,
    released,
    released_to,
    revoke_all,
    set_groups,
    who_sees_what,
)
from meguri.operators.inbox import notify, notify_many, unread_count
from meguri.operators.plants import all_plants, plant_exists, plants_known

__all__ = [
    "Subjects",
    "all_plants",
    "by_ids",
    "change_settings",
    "clear",
    "grants_of",
    "join_as_member",
    "learn",
    "look_up",
    "names_of",
    "notify",
    "notify_many",
    "open_by_default",
    "operator_exists",
    "own",
    "plant_exists",
    "plants_known",
    "register",
    "released",
    "released_to",
    "revoke_all",
    "search",
    "set_groups",
    "settings",
    "unread_count",
    "update",
    "who_sees_what",
]
