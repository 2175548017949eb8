"""How the registry, or the way to it, says no."""

from meguri.dataspaces.registry.model import Problem
from meguri.kernel.errors import Conflict, NotFound, Refusal, Unavailable
from meguri.kernel.text import Text


class BindingUnavailable(Unavailable):
    """The interface of the registry has not been published; nothing is guessed."""

    code = "REGISTRY_BINDING_UNAVAILABLE"
    say = Text(
        ja="EUレジストリーの接続仕様は公開されていないため、まだ接続できません。登録内容は保存されています。",
        en="The interface of the EU registry has not been published, so it cannot be reached yet. The entry is kept.",
    )


class AlreadyRegistered(Conflict):
    """The registry knows this product already."""

    code = "ALREADY_REGISTERED"
    say = Text(ja="この製品識別子は登録済みです。", en="This product identifier is registered already.")


class EntryRejected(Refusal):
    """The registry's checks failed."""

    status, code = 400, "REGISTRY_REJECTED"
    say = Text(ja="登録内容に誤りがあります: {codes}", en="The entry was rejected: {codes}")

    def __init__(self, problems: list[Problem]) -> None:
        """`problems` name each failing check."""
        super().__init__(codes=", ".join(one.code for one in problems))
        self.problems = problems


class RegistrationUnknown(NotFound):
    """No registration has this id."""

    code = "REGISTRATION_UNKNOWN"
    say = Text(ja="この登録番号はありません。", en="There is no registration with this id.")
