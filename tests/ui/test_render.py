"""From context to page."""

import msgspec
import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from meguri.kernel.scope import Role
from meguri.kernel.text import Language, Text
from meguri.ui import csrf, style
from meguri.ui.frame import Frame, framed, unique_id
from meguri.ui.parts import Column
from meguri.ui.render import GLOBALS, ClashingField, environment, label_cells, render, template_name, translator
from meguri.ui.viewer import Viewer

FRAME = Frame(viewer=Viewer(name="佐藤", role=Role.EDITOR, csrf_secret=b"secret"))


class Nothing(msgspec.Struct):
    pass


class Clashing(msgspec.Struct):
    icon: str = "x"


def written(source: str, language: Language = "ja", **values: object) -> str:
    with framed(FRAME, ""):
        return environment(language).from_string(source).render(**values)


def test_what_a_person_typed_is_never_html() -> None:
    assert written("{{ name }}", name="<script>") == "&lt;script&gt;"


def test_a_value_within_a_sentence_is_escaped_and_a_component_is_not() -> None:
    t = translator("ja")
    assert t("ui.form.confirm", thing="<b>") == "確認のため「&lt;b&gt;」と入力してください"
    assert t("ui.form.confirm", thing=Markup("<b>A</b>")) == "確認のため「<b>A</b>」と入力してください"


def test_a_sentence_of_the_code_is_said_in_the_pages_language() -> None:
    assert translator("en")(Text(ja="部品", en="Part")) == "Part"


def test_a_name_that_the_context_lacks_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        written("{{ nobody }}")


def test_a_template_is_looked_for_in_the_room_of_its_context() -> None:
    assert template_name("style.html", style.sample("ja")) == "ui/style.html"
    assert template_name("passport/card.html", Nothing()) == "passport/card.html"


def test_a_context_may_not_hide_what_every_template_has() -> None:
    with pytest.raises(ClashingField, match="icon"):
        render(FRAME, "ui/style.html", Clashing())


def test_the_names_that_contexts_must_leave_free_are_those_that_templates_have() -> None:
    builtin = {"range", "dict", "lipsum", "cycler", "joiner", "namespace"}
    assert set(environment("ja").globals) - builtin | {"viewer"} == GLOBALS


def test_every_form_gets_a_token_of_this_session() -> None:
    field = written("{{ csrf_field() }}")
    token = field.partition('value="')[2].partition('"')[0]
    assert csrf.check(b"secret", token)


def test_without_a_session_there_is_no_token_to_show() -> None:
    with framed(Frame(viewer=Viewer()), ""):
        assert environment("ja").from_string("{{ csrf_field() }}").render() == ""


def test_ids_differ_and_those_of_a_fragment_bear_its_name() -> None:
    with framed(FRAME, "rows-"):
        assert unique_id("x") != unique_id("x")
        assert unique_id("x").startswith("rows-x-")


def test_cells_bear_the_name_of_their_column_for_phones() -> None:
    row = '<th scope="row">A</th><td class="number">1</td><td><time>2</time></td>'
    columns = [Column("部品"), Column('"使用量"', number=True), Column("操作", hidden=True)]
    assert label_cells(row, columns) == (
        '<th data-label="部品" scope="row">A</th><td data-label="&#34;使用量&#34;" class="number">1</td><td><time>2</time></td>'
    )


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_id_stands_twice_on_the_page_of_all_components(language: Language) -> None:
    page = render(Frame(viewer=Viewer(language=language)), "ui/style.html", style.sample(language))
    ids = [part.partition('"')[0] for part in page.split(' id="')[1:]]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize(
    "source, html",
    [
        (
            '{{ attributes({"hx_get": "/x", "disabled": True, "hidden": False, "title": none}) }}',
            ' hx-get="/x" disabled',
        ),
        ('{{ attributes({"title": "a\\"b"}) }}', ' title="a&#34;b"'),
    ],
)
def test_attributes_are_written_escaped_and_only_where_set(source: str, html: str) -> None:
    assert written(source) == html
