"""The addresses within a submodel: whole, metadata, value, reference, path, and each element by its path."""

from base64 import b64decode
from typing import Any

from meguri.dataspaces.aas import elements, reading
from meguri.dataspaces.aas.elements import Element
from meguri.dataspaces.aas.faults import bad, missing
from meguri.dataspaces.aas.parameters import cursor_after, decoded, page, paging
from meguri.dataspaces.aas.parameters import reading as how_much
from meguri.dataspaces.aas.store import Shell
from meguri.dataspaces.aas.view import Viewer
from meguri.dataspaces.node import node
from meguri.dataspaces.wire import Answer, Call
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction

FORMS = ("$metadata", "$value", "$reference", "$path")


class SubmodelReader:
    """Answers below `/submodels`, of the repository or of one shell."""

    def __init__(
        self, tx: Transaction, scope: OperatorScope, call: Call, viewer: Viewer, shell: Shell | None = None
    ) -> None:
        """Reads nothing yet, but refuses parameters that are none. Raises Fault (400)."""
        self._tx, self._scope, self._call, self._viewer, self._shell = tx, scope, call, viewer, shell
        self._how = how_much(call)

    async def of_repository(self, rest: tuple[str, ...]) -> Any:
        """`/submodels` and below. Raises Fault."""
        if rest and rest[0] not in FORMS:
            return await self.of_one(rest)
        if len(rest) > 1:
            raise missing()
        if rest == ("$path",):
            paths, on = await reading.page_of_paths(self._tx, self._scope, self._viewer, paging(self._call), self._how)
            return page(paths, on)
        semantic = self._call.value("semanticId")
        found, after = await reading.page_of_submodels(
            self._tx,
            self._scope,
            self._viewer,
            paging(self._call),
            self._call.value("idShort"),
            decoded(semantic) if semantic else None,
        )
        return page([self._in_form(one, rest[0] if rest else "", one) for one in found], after)

    async def of_one(self, rest: tuple[str, ...]) -> Any:
        """One submodel and what is in it. Raises Fault."""
        whole = await reading.submodel_of(self._tx, self._scope, self._viewer, decoded(rest[0]), self._shell)
        match rest[1:]:
            case ():
                return elements.shown(whole, self._how)
            case (form,) if form in FORMS:
                return self._in_form(whole, form, whole)
            case ("submodel-elements",):
                return self._elements(whole, "")
            case ("submodel-elements", form) if form in FORMS:
                return self._elements(whole, form)
            case ("submodel-elements", path):
                return elements.shown(elements.found(whole, path), self._how)
            case ("submodel-elements", path, "attachment"):
                return _attachment(elements.found(whole, path))
            case ("submodel-elements", path, form) if form in FORMS:
                return self._in_form(elements.found(whole, path), form, whole, path)
        raise missing()

    def _elements(self, whole: Element, form: str) -> Any:
        asked = paging(self._call)
        inside = elements.children(whole)
        names = [one.get("idShort") for one in inside]
        if asked.after and asked.after not in names:
            raise bad("cursor is not one of ours")
        start = names.index(asked.after) + 1 if asked.after else 0
        shown = inside[start : start + asked.limit]
        if form in ("$metadata", "$value"):
            shown = [one for one in shown if one.get("modelType") not in elements.WITHOUT_VALUE]
        if form == "$path":
            made: list[Any] = [path for one in shown for path in _paths_of(one, self._how)]
        elif form == "$value":
            made = [{str(one["idShort"]): elements.value(one, self._how, top=False)} for one in shown]
        else:
            made = [self._in_form(one, form, whole, str(one["idShort"]), within=True) for one in shown]
        more = start + asked.limit < len(inside)
        return page(made, cursor_after(str(inside[start + asked.limit - 1]["idShort"])) if more else None)

    def _in_form(self, one: Element, form: str, whole: Element, path: str = "", *, within: bool = False) -> Any:
        if form == "$metadata":
            return elements.metadata(one)
        if form == "$reference":
            return elements.model_reference(whole, path)
        if form == "$path":
            return elements.paths(one, self._how, path)
        if form == "$value":
            found = elements.value(one, self._how)
            if one.get("modelType") == "Property" and node().conformance:  # the kit reads objects and arrays alone
                return {str(one.get("idShort", "value")): found}
            return found
        return elements.shown(one, self._how, top=not within)


def _paths_of(one: Element, how: Any) -> list[str]:
    return elements.paths({"modelType": "Submodel", "submodelElements": [one]}, how)


def _attachment(one: Element) -> Answer:
    if one.get("modelType") != "Blob":
        raise missing() if one.get("modelType") == "File" else bad("Only files and blobs have attachments")
    headers = {"content-disposition": "attachment"}
    return Answer(
        200, b64decode(str(one.get("value", ""))), headers, str(one.get("contentType", "application/octet-stream"))
    )
