"""How declarations and verification statements say no."""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Text


class DeclarationNotFound(NotFound):
    """A declaration that does not exist, is not published, or belongs to another company."""

    code = "footprint.declaration_not_found"
    say = Text(ja="宣言が見つかりません。", en="This declaration was not found.")


class DeclarationBlocked(Invalid):
    """Something stands against publishing; `fields` name every reason."""

    code = "footprint.declaration_blocked"
    say = Text(
        ja="この宣言はまだ公開できません。理由が {count} 件あります。",
        en="This declaration cannot be published yet; there are {count} reasons.",
    )


class Immutable(Conflict):
    """What is published is never changed; a new edition takes its place."""

    code = "footprint.immutable"
    say = Text(
        ja="公開済みの内容は変更できません。新しい版を作成してください。",
        en="What is published cannot be changed. Please make a new edition.",
    )


class StepNotAllowed(Conflict):
    """The present state does not allow this step."""

    code = "footprint.declaration_step"
    say = Text(
        ja="状態「{state}」では「{act}」できません。",
        en="A declaration that is {state} cannot take the step “{act}”.",
    )


class NotNamed(Invalid):
    """What is published to everyone is confirmed by naming it."""

    code = "footprint.not_named"
    say = Text(
        ja="確認のため、型式「{model}」をそのまま入力してください。", en="To confirm, please type the model: {model}"
    )


class HashMismatch(Invalid):
    """The statement is about another result than it names."""

    code = "footprint.hash_mismatch"
    say = Text(
        ja="検証の対象のハッシュが、計算結果のハッシュと一致しません。",
        en="The hash in the statement is not that of the result.",
    )


class VerificationNotFound(NotFound):
    """A statement that does not exist, or belongs to another company."""

    code = "footprint.verification_not_found"
    say = Text(ja="検証記録が見つかりません。", en="This verification statement was not found.")


class StatementOver(Conflict):
    """Files of a statement that was withdrawn."""

    code = "footprint.statement_over"
    say = Text(
        ja="取り下げられた検証記録には、ファイルを追加できません。",
        en="A withdrawn statement takes no more files.",
    )


class TooManyStatementFiles(Conflict):
    """A statement has as many files as it may."""

    code = "footprint.too_many_statement_files"
    say = Text(
        ja="検証記録に追加できるファイルは{most}件までです。", en="A verification statement has at most {most} files."
    )


class StatementFileNotFound(NotFound):
    """A file that does not exist, or is not of this statement."""

    code = "footprint.statement_file_not_found"
    say = Text(ja="このファイルは見つかりません。", en="This file was not found.")


class FileNameUnusable(Invalid):
    """A file needs a name that can be shown and saved."""

    code = "footprint.file_name_unusable"
    say = Text(
        ja='ファイル名は{most}文字以内とし、/ \\ " と制御文字は使えません。',
        en="A file's name has at most {most} signs, and none of / \\ \" or control signs.",
    )


REASONS: dict[str, Text] = {
    "demo_factor": Text(
        ja="デモ用の排出係数が使われています。実際の係数に替えてください。",
        en="An invented demonstration factor is used. Please use a real one.",
    ),
    "scenario": Text(ja="仮定に基づく試算です。", en="This is a what-if."),
    "incomplete": Text(
        ja="数量または部品の値が不足しています: {what}", en="Amounts or values of parts are missing: {what}"
    ),
    "stale": Text(
        ja="計算後にワークシートが変わりました。計算し直してください。",
        en="The worksheet changed after this was computed. Please compute again.",
    ),
    "company_specific_missing": Text(
        ja="自社の一次データが必要な工程が不足しています: {what}",
        en="These processes need the company's own primary data: {what}",
    ),
    "cut_off_exceeded": Text(
        ja="除外した排出量がルールの上限を超えています。", en="More is left out than the rule pack allows."
    ),
    "no_energy": Text(
        ja="耐用期間中の総エネルギーがありません。電池の諸元（容量・区分・保証年数）を入力してください。",
        en="There is no energy over the service life. Please enter capacity, category and warranty of the battery.",
    ),
    "model": Text(ja="型式を入力してください。", en="Please enter the model."),
    "eu_declaration_number": Text(
        ja="EU 適合宣言の番号を入力してください。", en="Please enter the number of the EU declaration of conformity."
    ),
    "study_link": Text(
        ja="公開する調査報告のリンク（https://）を入力してください。",
        en="Please enter the link to the public study (https://).",
    ),
    "design": Text(
        ja="産業用電池は、特注品（仕様書の参照つき）か汎用品かを選んでください。",
        en="For industrial batteries, please say custom-made (with both specifications) or off the shelf.",
    ),
    "verification": Text(ja="検証済みの検証記録がありません。", en="There is no verified verification statement."),
}
