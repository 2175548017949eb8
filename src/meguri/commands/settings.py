"""`meguri settings`: the reference of all settings as Markdown; `docs/reference/settings.md` is what it prints."""

import argparse
from typing import Any

from meguri.commands.words import DONE
from meguri.settings import all_settings, profile_defaults

_HEAD = """# Settings / 設定

Every setting is a variable in the environment. A secret (🔒) may come from a file instead: put `_FILE` after its name.
設定はすべて環境変数で指定します。秘密の値（🔒）は、名前の末尾に `_FILE` を付けてファイルから読み込むこともできます。

| Variable / 変数 | Default / 既定値 | Meaning | 意味 |
|---|---|---|---|
"""
_PROFILES = """
## Profiles / プロファイル

A profile changes these defaults. プロファイルは次の既定値を変えます。

| Profile | Variable / 変数 | Default / 既定値 |
|---|---|---|
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """No options."""


def run(args: argparse.Namespace) -> int:
    """Print the page."""
    print(page(), end="")
    return DONE


def page() -> str:
    """The whole reference."""
    rows = [
        f"| `{setting.variable}`{' 🔒' if setting.secret else ''} | {_shown(setting.default)} "
        f"| {setting.about.en} | {setting.about.ja} |\n"
        for setting in all_settings()
    ]
    profiles = [
        f"| {profile} | `MEGURI_{name.upper()}` | {_shown(value)} |\n"
        for profile, values in profile_defaults().items()
        for name, value in values.items()
    ]
    return _HEAD + "".join(rows) + _PROFILES + "".join(profiles)


def _shown(value: Any) -> str:
    if value is None or value == ():
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{','.join(value)}`" if isinstance(value, tuple) else f"`{value}`"
