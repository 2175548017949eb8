"""What the pages of this room have in common."""

from typing import Any

from litestar import Request, Response

from meguri.diligence.taxonomy import names
from meguri.kernel.scope import Role
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say

AnyRequest = Request[Any, Any, Any]
HTML = Response[str] | Response[None]


def may_edit(request: AnyRequest) -> bool:
    """Whether the viewer may change things."""
    return viewer_of(request).has(Role.EDITOR)


def told(request: AnyRequest, key: str, **values: object) -> str:
    """A sentence of this room in the viewer's language."""
    return say(f"diligence.{key}", viewer_of(request).language, **values)


async def sent(request: AnyRequest) -> dict[str, str]:
    """The form's fields; files are left out."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def choices(request: AnyRequest, kind: str) -> list[Choice]:
    """The words of a taxonomy as choices."""
    language = viewer_of(request).language
    return [Choice(key, text.of(language)) for key, text in names(kind).items()]
