"""Declarations as XML (IPC-1755 and alike), by a mapping that the user supplies: which path holds what.

No schema is shipped: the standard is its publisher's. What a mapping does not carry is named, and nothing is written.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from meguri.diligence.rmi.errors import BadMapping, FieldsNotCarried, unsupported
from meguri.diligence.rmi.maps import Map, maps, options, options_of, understood
from meguri.diligence.rmi.model import Answer, Mine, Mineral, MineralDeclaration, Product, Read, Smelter, Warned
from meguri.diligence.rmi.xml_tree import Element, Path, add, clean, every, parse, path_of, put, value_at, write

_LISTS: dict[str, type[msgspec.Struct]] = {"smelters": Smelter, "mines": Mine, "products": Product}
_OURS = frozenset({"count", "over_broad"})  # what a merge notes, and no file has


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """A list: `at` leads to each of its elements, `fields` from there to each value."""

    at: str
    fields: dict[str, str]


class Questions(msgspec.Struct, frozen=True, kw_only=True):
    """Where answers stand. With `at` (and `name`) there is an element for each mineral, from which paths begin; without
    it they begin at the root, and `{mineral}` in them stands for the mineral's name in the file."""

    at: str = ""
    name: str = ""
    answers: dict[str, str] = {}
    comments: dict[str, str] = {}


class XmlMapping(msgspec.Struct, frozen=True, kw_only=True):
    """Which path of an XML file holds what of a declaration.

    root           the name of the root element
    namespaces     prefix → namespace; the prefix "" for names without one
    fields         the head: company, scope, contact, …
    values         what the file writes → the option of the template it means (true → Yes)
    minerals_named what the file calls a mineral → its English name (Sn → Tin)
    """

    family: Literal["CMRT", "EMRT", "AMRT"]
    version: str
    root: str
    namespaces: dict[str, str] = {}
    fields: dict[str, str] = {}
    minerals: Questions = msgspec.field(default_factory=Questions)
    company: Questions = msgspec.field(default_factory=Questions)
    smelters: Rows | None = None
    mines: Rows | None = None
    products: Rows | None = None
    values: dict[str, str] = {}
    minerals_named: dict[str, str] = {}

    def layout(self) -> Map:
        """The template's layout whose options the answers are. Raises BadMapping."""
        for one in maps().values():
            if one.family == self.family and self.version in one.versions:
                return one
        raise BadMapping(
            ja=f"{self.family} {self.version} は知らない版です", en=f"{self.family} {self.version} is not known"
        )

    def path(self, text: str, mineral: str = "") -> Path:
        """A path of this mapping. Raises BadMapping."""
        return path_of(text.replace("{mineral}", mineral), self.namespaces)


def read_xml(content: bytes, mapping: XmlMapping) -> Read:
    """The declaration in an XML file. Raises TemplateUnsupported, BadMapping."""
    layout, root = mapping.layout(), parse(content)
    if root.name != mapping.path(mapping.root).steps[0].name:
        raise unsupported("other_root", root.name.rpartition("}")[2])
    warnings: list[Warned] = []
    head = {name: value_at(root, mapping.path(path)) for name, path in mapping.fields.items()}
    if head.get("scope"):
        head["scope"] = understood(mapping.values.get(head["scope"], head["scope"]), tuple(options()["scopes"])) or ""
    lists = {name: list(_rows(root, mapping, name)) for name in _LISTS}
    declaration = MineralDeclaration(
        family=mapping.family,
        version=mapping.version,
        respondent=head,
        minerals=list(_minerals(root, mapping, layout, warnings)),
        company=_answers(root, mapping, layout, mapping.company, "", warnings),
        sha256=hashlib.sha256(content).hexdigest(),
        **lists,  # type: ignore[arg-type]
    )
    return Read(declaration=declaration, layout=layout.key, warnings=warnings, look_up=[])


def _minerals(root: Element, mapping: XmlMapping, layout: Map, warnings: list[Warned]) -> Iterator[Mineral]:
    said = mapping.minerals
    if said.at:
        for one in every(root, mapping.path(said.at)):
            told = value_at(one, mapping.path(said.name))
            name = mapping.minerals_named.get(told, told)
            if name:
                yield Mineral(name=name, answers=_answers(one, mapping, layout, said, told, warnings))
        return
    for told, name in (mapping.minerals_named or {one: one for one in layout.fixed}).items():
        answers = _answers(root, mapping, layout, said, told, warnings)
        if any(one.value or one.comment for one in answers.values()) or name in layout.fixed:
            yield Mineral(name=name, answers=answers)


def _answers(
    of: Element, mapping: XmlMapping, layout: Map, said: Questions, mineral: str, warnings: list[Warned]
) -> dict[str, Answer]:
    found = {}
    for key, path in said.answers.items():
        told = value_at(of, mapping.path(path, mineral))
        comment = value_at(of, mapping.path(said.comments[key], mineral)) if key in said.comments else ""
        value = understood(mapping.values.get(told, told), options_of(layout.key, key)) if told else None
        if told and value is None:
            where = f"{key}{': ' + mineral if mineral else ''}"
            warnings.append(
                Warned(
                    code="UNKNOWN_OPTION",
                    where=where,
                    ja=f"{where}: 「{told}」は選択肢にありません。コメントとして残しました",
                    en=f"{where}: “{told}” is not an option; kept as a comment",
                )
            )
            comment = f"{comment} [{told}]".strip()
        found[key] = Answer(value=value, comment=comment)
    return found


def _rows(root: Element, mapping: XmlMapping, name: str) -> Iterator[msgspec.Struct]:
    rows: Rows | None = getattr(mapping, name)
    for one in every(root, mapping.path(rows.at)) if rows else ():
        values: dict[str, Any] = (
            {key: value_at(one, mapping.path(path)) for key, path in rows.fields.items()} if rows else {}
        )
        if "metal" in values:
            values["metal"] = mapping.minerals_named.get(values["metal"], values["metal"])
        if not values.get("cid", "x"):
            values["cid"] = None
        try:
            yield msgspec.convert(values, _LISTS[name])
        except msgspec.ValidationError as error:
            raise BadMapping(ja=f"{name} の項目が足りません（{error}）", en=f"{name} lack a field ({error})") from error


def write_xml(declaration: MineralDeclaration, mapping: XmlMapping) -> bytes:
    """The XML file of a declaration, which read back says the same. Raises FieldsNotCarried, BadMapping."""
    layout = mapping.layout()
    if lost := list(dict.fromkeys(_lost(declaration, mapping))):
        raise FieldsNotCarried(lost=", ".join(lost))
    file_value = {option: told for told, option in reversed(mapping.values.items())}
    file_name = {name: told for told, name in reversed(mapping.minerals_named.items())}
    root = Element(mapping.path(mapping.root).steps[0].name)
    for name, path in mapping.fields.items():
        if said := declaration.respondent.get(name):
            put(root, mapping.path(path), file_value.get(said, said) if name == "scope" else said)
    _put_answers(root, mapping, mapping.company, declaration.company, "", file_value)
    for mineral in declaration.minerals:
        told = file_name.get(mineral.name, mineral.name)
        into = root
        if mapping.minerals.at:
            into = _row(root, mapping.path(mapping.minerals.at))
            put(into, mapping.path(mapping.minerals.name), told)
        _put_answers(into, mapping, mapping.minerals, mineral.answers, told, file_value)
    for name in _LISTS:
        rows: Rows | None = getattr(mapping, name)
        for one in getattr(declaration, name) if rows else ():
            into = _row(root, mapping.path(rows.at)) if rows else root
            for key, path in rows.fields.items() if rows else ():
                said = getattr(one, key, None) or ""
                if said:
                    put(into, mapping.path(path), file_name.get(said, said) if key == "metal" else said)
    made = write(root, mapping.namespaces)
    if _plain(read_xml(made, mapping).declaration, layout) != _plain(declaration, layout):
        raise BadMapping(
            ja="この対応表では、書き込んだ内容を同じように読み戻せません（2つの項目が同じ場所を使っていないか確認してください）",
            en="what it writes does not read back the same; perhaps two things share one place",
        )
    return made


def _row(root: Element, path: Path) -> Element:
    """A further element of a list, under the ones that lead to it."""
    if not path.steps:
        raise BadMapping(ja="一覧のパス（at）がありません", en="a list has no path (at)")
    parent = root
    for step in path.steps[:-1]:
        known = every(parent, Path((step,), ""))
        parent = known[-1] if known else add(parent, step)
    return add(parent, path.steps[-1])


def _put_answers(
    into: Element,
    mapping: XmlMapping,
    said: Questions,
    answers: Mapping[str, Answer],
    mineral: str,
    file_value: Mapping[str, str],
) -> None:
    for key, one in answers.items():
        if one.value:
            put(into, mapping.path(said.answers[key], mineral), file_value.get(one.value, one.value))
        if one.comment:
            put(into, mapping.path(said.comments[key], mineral), one.comment)


def _lost(declaration: MineralDeclaration, mapping: XmlMapping) -> Iterator[str]:
    """What the mapping has no place for."""
    if declaration.family != mapping.family:
        yield f"{declaration.family}"
    yield from (name for name, said in declaration.respondent.items() if said and name not in mapping.fields)
    for said, answers in [
        (mapping.company, declaration.company),
        *((mapping.minerals, mineral.answers) for mineral in declaration.minerals),
    ]:
        for key, one in answers.items():
            if one.value and key not in said.answers:
                yield key
            if one.comment and key not in said.comments:
                yield f"{key} (comment)"
    for name in _LISTS:
        rows: Rows | None = getattr(mapping, name)
        for one in getattr(declaration, name):
            for key in one.__struct_fields__:
                if key not in _OURS and getattr(one, key) and (rows is None or key not in rows.fields):
                    yield f"{name}.{key}"


def _clean(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _clean(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_clean(value) for value in data]
    return clean(data).strip() if isinstance(data, str) else data


def _plain(declaration: MineralDeclaration, layout: Map) -> object:
    """What two files that say the same have in common: nothing of files and empty answers."""
    data: dict[str, Any] = _clean(msgspec.to_builtins(declaration))
    for key in ("sha256", "language", "version"):
        data.pop(key)
    data["respondent"] = {name: said for name, said in data["respondent"].items() if said}
    for answers in [data["company"], *(mineral["answers"] for mineral in data["minerals"])]:
        for key in [key for key, one in answers.items() if not one["value"] and not one["comment"]]:
            del answers[key]
    data["minerals"] = [one for one in data["minerals"] if one["answers"] or one["name"] not in layout.fixed]
    for name in _LISTS:
        data[name] = [{key: value for key, value in one.items() if key not in _OURS and value} for one in data[name]]
    return data
