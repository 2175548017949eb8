"""How a company's own rule packs say no."""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Text


class PackNotFound(NotFound):
    """A version of a pack that does not exist, or belongs to another company."""

    code = "footprint.pack_not_found"
    say = Text(ja="このルールパックの版が見つかりません。", en="This version of the rule pack was not found.")


class PackFrozen(Conflict):
    """A published version is never changed."""

    code = "footprint.pack_frozen"
    say = Text(
        ja="公開した版は変更できません。新しい版番号で作成してください。",
        en="A published version cannot be changed. Please make a new version.",
    )


class PackTaken(Conflict):
    """The version exists."""

    code = "footprint.pack_taken"
    say = Text(
        ja="ルールパック「{pack}」の版 {version} はすでにあります。別の版番号を付けてください。",
        en="Version {version} of the pack {pack} exists already. Please choose another number.",
    )


class VersionNotNewer(Invalid):
    """A version must be above those before it."""

    code = "footprint.pack_version_not_newer"
    say = Text(
        ja="版 {version} は、今の版 {newest} より新しい番号にしてください（例: 1.1.0）。",
        en="Version {version} must be above the present one, {newest} (for example 1.1.0).",
    )


class PackWithdrawn(Conflict):
    """A version that was withdrawn, or not published, cannot take this step."""

    code = "footprint.pack_step"
    say = Text(
        ja="この版は公開前か、すでに取り下げられています。",
        en="This version is not published, or was withdrawn already.",
    )


class PackRulesInvalid(Invalid):
    """Rules that do not fit each other; `fields` name each."""

    code = "footprint.pack_rules_invalid"
    say = Text(ja="ルールの組み合わせに誤りがあります。", en="Some of these rules do not fit.")
