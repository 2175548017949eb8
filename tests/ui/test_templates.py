"""All templates of all rooms: they compile, keep to the security policy, and use only components that exist."""

from pathlib import Path

import pytest
from jinja2 import nodes
from tests.ui.templates import calls, name_of, read, templates, tree_of

from meguri.ui.icons import NAMES
from meguri.ui.render import environment, template_file


@pytest.mark.parametrize("file", templates(), ids=name_of)
def test_a_template_compiles(file: Path) -> None:
    environment("ja").compile(file.read_text("utf-8"), name_of(file))


@pytest.mark.parametrize("file", templates(), ids=name_of)
def test_a_template_has_nothing_that_the_security_policy_refuses(file: Path) -> None:
    assert read(file).refused == []


@pytest.mark.parametrize("file", templates(), ids=name_of)
def test_every_component_that_a_template_takes_exists(file: Path) -> None:
    for taken in tree_of(file).find_all(nodes.FromImport):
        source = tree_of(template_file(taken.template.as_const()))
        macros = {macro.name for macro in source.find_all(nodes.Macro)}
        names = {each if isinstance(each, str) else each[0] for each in taken.names}
        assert names <= macros, f"{taken.template.as_const()} has no {sorted(names - macros)}"


@pytest.mark.parametrize("file", templates(), ids=name_of)
def test_every_sign_that_a_template_draws_exists(file: Path) -> None:
    drawn = {call.args[0].value for call in calls(file, "icon") if isinstance(call.args[0], nodes.Const)}
    signs = {
        each.value.value
        for each in tree_of(file).find_all(nodes.Keyword)
        if each.key == "sign" and isinstance(each.value, nodes.Const) and each.value.value
    }
    kinds = {
        call.args[0].value
        for name in ("badge", "notice")
        for call in calls(file, name)
        if isinstance(call.args[0], nodes.Const)
    }
    assert (drawn | signs | kinds) <= set(NAMES)


@pytest.mark.parametrize("file", templates(), ids=name_of)
def test_every_form_that_posts_carries_a_token(file: Path) -> None:
    source = file.read_text("utf-8")
    by_hand = source.count('method="post"') - source.count('method="post", ')
    assert source.count("csrf_field()") >= by_hand
