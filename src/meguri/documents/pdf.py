"""From a Typst template and data to a PDF.

A template reads its data with `#import "/house.typ": data`; what may be set in it as text stands in the data, never in
the template's source, so that no one's words are ever run as code. `house.typ` sets page, type and tables.
"""

import json
import tempfile
from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file
from importlib.resources import files as on_disk
from pathlib import Path
from typing import Literal

import msgspec
import typst

from meguri.kernel import shipped
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Language, Text

Standard = Literal["plain", "ua-1", "a-2b", "a-3b"]


class DocumentFailed(Refusal):
    """A template could not be set with this data."""

    status, code = 500, "documents.failed"
    say = Text(
        ja="文書を作成できませんでした。追跡番号を添えて管理者に連絡してください。",
        en="The document could not be made. Tell the administrator, with the tracking id.",
    )


def pdf(
    package: str,
    template: str,
    data: object,
    *,
    language: Language = "ja",
    standard: Standard = "plain",
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """A PDF of `template` (a `.typ` file in `package`'s folder `documents`).

    data      anything that msgspec writes as JSON; in the template it is `data` (numbers stay numbers, Decimals are text)
    language  `ja` or `en`; in the template it is `language`
    standard  `ua-1`: tagged for readers' aids; `a-2b`, `a-3b`: for archives
    pictures  file name → bytes (SVG, PNG), in the template `image("/" + name)`
    Raises DocumentFailed. Takes tens of milliseconds of CPU: call it in a thread or a job.
    """
    return _compile(package, template, data, language, "pdf", standard, pictures or {})


def svg(
    package: str, template: str, data: object, *, language: Language = "ja", pictures: Mapping[str, bytes] | None = None
) -> bytes:
    """The first page of the same as an SVG picture."""
    return _compile(package, template, data, language, "svg", "plain", pictures or {})


def _compile(
    package: str,
    template: str,
    data: object,
    language: Language,
    form: Literal["pdf", "svg"],
    standard: Standard,
    pictures: Mapping[str, bytes],
) -> bytes:
    with tempfile.TemporaryDirectory(prefix="meguri-document-") as name:
        folder = Path(name)
        (folder / "main.typ").write_bytes((shipped.files(package) / "documents" / template).read_bytes())
        (folder / "house.typ").write_bytes((shipped.files(__package__) / "house.typ").read_bytes())
        (folder / "data.json").write_bytes(msgspec.json.encode(data))
        for picture, content in pictures.items():
            (folder / Path(picture).name).write_bytes(content)
        try:
            made = typst.compile(
                str(folder / "main.typ"),
                root=name,
                font_paths=[str(_fonts())],
                ignore_system_fonts=True,
                format=form,
                pdf_standards=[] if standard == "plain" else [standard],
                sys_inputs={"language": language},
            )
        except typst.TypstError as failure:
            raise DocumentFailed(reason=str(failure)) from failure
    return made


@cache
def _fonts() -> Path:
    with as_file(on_disk(__package__) / "fonts") as folder:
        return folder


def data_of(value: object) -> object:
    """What a template will see of `value`: for tests."""
    return json.loads(msgspec.json.encode(value))
