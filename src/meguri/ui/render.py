"""From a template and its context to a page. Templates get the fields of their context, and nothing else unasked.

A template is `<room>/<file>.html` in the room's `pages/`; `layouts/…` and `components/…` are the shell's own.
One Jinja environment per language: words, figures and days know their language without being told.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FunctionLoader, StrictUndefined
from jinja2.loaders import split_template_path
from markupsafe import Markup, escape

from meguri.kernel.shipped import Shipped, hold
from meguri.kernel.text import Language, Text
from meguri.ui import csrf, formats
from meguri.ui.assets import shelf
from meguri.ui.frame import Frame, current_frame, framed, unique_id
from meguri.ui.icons import icon
from meguri.ui.links import language_href, with_query, without_language
from meguri.ui.parts import Choice, Column, Step
from meguri.ui.words import phrase

# What every template has without asking; a context may not have a field of such a name.
GLOBALS = frozenset(
    (
        *("t", "icon", "asset", "uid", "missing", "attributes", "language", "frame", "viewer"),
        *(
            "csrf_field",
            "csrf_headers",
            "csrf_token",
            "draft_owner",
            "language_href",
            "with_query",
            "without_language",
            "Column",
            "Step",
            "Choice",
        ),
    )
)

_CELL = re.compile(r"<(t[dh])(?=[\s>])")


class ClashingField(TypeError):
    """A context has a field named like something that every template already has."""


def template_file(name: str) -> Shipped:
    """The file of the template `name`."""
    first, *rest = split_template_path(name)
    if rest and (hold() / first / "pages").is_dir():
        return hold().joinpath(first, "pages", *rest)
    return hold().joinpath("ui", "pages", first, *rest)


def _load(name: str) -> str | None:
    file = template_file(name)
    return file.read_text() if file.is_file() else None


def translator(language: Language) -> Callable[..., Markup]:
    """`t(key, **values)`: the sentence as HTML, values escaped unless they are HTML of ours; also takes a Text."""

    def t(key: str | Text, **values: object) -> Markup:
        spoken = key.of(language) if isinstance(key, Text) else phrase(key).of(language, values)
        sentence = escape(spoken)
        return sentence.format(**values) if values else sentence

    return t


def csrf_token() -> str:
    """A token for a form of this page, or nothing where the viewer has no session."""
    secret = current_frame().viewer.csrf_secret
    return csrf.token(secret) if secret else ""


def csrf_headers() -> str | None:
    """The headers that htmx sends along with every request of this page."""
    token = csrf_token()
    return msgspec.json.encode({csrf.HEADER: token}).decode() if token else None


def csrf_field() -> Markup:
    """The hidden field that every posting form carries."""
    token = csrf_token()
    return Markup('<input type="hidden" name="{}" value="{}">').format(csrf.FIELD, token) if token else Markup("")


def draft_owner() -> str:
    """Whose drafts a form may offer on a shared device: a digest of person and company, told to nobody else."""
    viewer = current_frame().viewer
    whose = "\n".join((viewer.corporate_number or "", viewer.company_name or "", viewer.name or ""))
    return hashlib.sha256(whose.encode()).hexdigest()[:12]


def label_cells(row: str, columns: Sequence[Column]) -> Markup:
    """The cells of one table row, each with its column's name, which phones show beside the value."""
    names = ("" if column.hidden else column.label for column in columns)

    def labelled(match: re.Match[str]) -> str:
        name = next(names, "")
        return f'<{match[1]} data-label="{escape(name)}"' if name else match[0]

    return Markup(_CELL.sub(labelled, row))  # noqa: S704 a row that a template has already escaped


@cache
def environment(language: Language) -> Environment:
    """The templates in `language`."""
    env = Environment(
        loader=FunctionLoader(_load),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    for name in ("number", "quantity", "money", "estimate", "day", "moment", "due", "file_size"):
        env.filters[name] = partial(getattr(formats, name), language)
    env.filters["label_cells"] = label_cells
    given: Mapping[str, object] = {
        "t": translator(language),
        "icon": icon,
        "asset": shelf().href,
        "csrf_field": csrf_field,
        "csrf_token": csrf_token,
        "csrf_headers": csrf_headers,
        "frame": current_frame,
        "language": language,
        "missing": partial(formats.missing, language),
        "uid": unique_id,
        "attributes": formats.attributes,
        "draft_owner": draft_owner,
        "language_href": language_href,
        "with_query": with_query,
        "without_language": without_language,
        "Column": Column,
        "Step": Step,
        "Choice": Choice,
    }
    env.globals.update(given)
    return env


def template_name(template: str, context: msgspec.Struct) -> str:
    """`template` with its room: without one, the room in which the context is defined."""
    if "/" in template:
        return template
    return f"{type(context).__module__.split('.')[1]}/{template}"


def render(frame: Frame, template: str, context: msgspec.Struct, *, fragment: bool = False) -> str:
    """The page (or, for htmx, the `fragment`) as HTML.

    Raises ClashingField, and Jinja's errors for an unknown template or a value that the context lacks.
    """
    values: dict[str, Any] = {name: getattr(context, name) for name in context.__struct_fields__}
    if clash := GLOBALS & values.keys():
        raise ClashingField(f"{type(context).__qualname__}: {', '.join(sorted(clash))}")
    name = template_name(template, context)
    prefix = f"{Path(name).stem.strip('_')}-" if fragment else ""
    with framed(frame, prefix):
        return environment(frame.language).get_template(name).render(values, viewer=frame.viewer)
