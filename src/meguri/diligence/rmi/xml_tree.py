"""XML as a tree that paths of a mapping lead through: read without types and entities, written with what is put in.

A path is `step/step/@attribute`; a step is an element's name, with the prefix of a namespace where it has one, and may say
which of several it is: `q:Question[@id='Q3']/q:Answer`. `.` is the element itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from meguri.diligence.rmi.errors import BadMapping, unsupported

MOST_BYTES = 20_000_000
_DEEPEST, _MOST_ELEMENTS = 64, 300_000
_STEP = re.compile(r"(?:([\w.-]+):)?([^\W\d][\w.-]*)(?:\[@(?:([\w.-]+):)?([^\W\d][\w.-]*)='([^'<&]*)'\])?")
_ATTRIBUTE = re.compile(r"@(?:([\w.-]+):)?([^\W\d][\w.-]*)")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class Element:
    """An element; names are `{namespace}name`, or the name alone."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element"] = field(default_factory=list)
    text: str = ""


class Step(NamedTuple):
    """An element's name, and the attribute with the value that it must have, if any."""

    name: str
    attribute: str
    value: str


class Path(NamedTuple):
    """Steps to an element, and the attribute in which the value stands ('': in its text)."""

    steps: tuple[Step, ...]
    attribute: str


def path_of(text: str, namespaces: Mapping[str, str]) -> Path:
    """A path as a mapping writes it. Raises BadMapping."""
    steps: list[Step] = []
    attribute = ""
    parts = re.split(r"/(?![^\[]*\])", text.strip())
    for place, part in enumerate(parts):
        if part in ("", "."):
            continue
        if (found := _ATTRIBUTE.fullmatch(part)) and place == len(parts) - 1:
            attribute = _named(found[1], found[2], namespaces, "")
        elif found := _STEP.fullmatch(part):
            told = _named(found[3], found[4], namespaces, "") if found[4] else ""
            steps.append(Step(_named(found[1], found[2], namespaces, namespaces.get("", "")), told, found[5] or ""))
        else:
            raise BadMapping(ja=f"パス「{text}」を解釈できません", en=f"the path “{text}” is none")
    return Path(tuple(steps), attribute)


def _named(prefix: str | None, name: str, namespaces: Mapping[str, str], otherwise: str) -> str:
    if prefix and prefix not in namespaces:
        raise BadMapping(
            ja=f"接頭辞「{prefix}」の名前空間がありません", en=f"there is no namespace for the prefix “{prefix}”"
        )
    space = namespaces[prefix] if prefix else otherwise
    return f"{{{space}}}{name}" if space else name


def parse(content: bytes) -> Element:
    """The root of an XML file. Raises TemplateUnsupported."""
    if len(content) > MOST_BYTES:
        raise unsupported("too_large")
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    top = Element("")
    open_: list[Element] = [top]
    count = 0

    def refuse(*_: object) -> None:
        raise unsupported("entities")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(open_) > _DEEPEST or count > _MOST_ELEMENTS:
            raise unsupported("too_large")
        one = Element(_whole(name), {_whole(key): value for key, value in attributes.items()})
        open_[-1].children.append(one)
        open_.append(one)

    def text(data: str) -> None:
        open_[-1].text += data

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_.pop()
    parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError) as error:
        raise unsupported("not_xml") from error
    return top.children[0]


def _whole(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def every(of: Element, path: Path) -> list[Element]:
    """The elements to which the steps of a path lead."""
    found = [of]
    for step in path.steps:
        found = [
            child
            for one in found
            for child in one.children
            if child.name == step.name and (not step.attribute or child.attributes.get(step.attribute) == step.value)
        ]
    return found


def value_at(of: Element, path: Path) -> str:
    """The first value of a path without spaces around it; '' where there is none."""
    for one in every(of, path):
        said = one.attributes.get(path.attribute, "") if path.attribute else one.text
        if said.strip():
            return said.strip()
    return ""


def put(into: Element, path: Path, value: str) -> None:
    """Writes a value, with the elements that lead to it."""
    for step in path.steps:
        known = every(into, Path((step,), ""))
        into = known[-1] if known else add(into, step)
    if path.attribute:
        into.attributes[path.attribute] = clean(value)
    else:
        into.text = clean(value)


def clean(text: str) -> str:
    """A text without the control signs that no XML file may hold."""
    return _NO_XML.sub("", text)


def add(into: Element, step: Step) -> Element:
    """A further element."""
    made = Element(step.name, {step.attribute: step.value} if step.attribute else {})
    into.children.append(made)
    return made


def write(root: Element, namespaces: Mapping[str, str]) -> bytes:
    """The file of a tree, in UTF-8, with the namespaces declared on its root."""
    prefixes = {space: prefix for prefix, space in namespaces.items()}

    def name_of(whole: str) -> str:
        if not whole.startswith("{"):
            return whole
        space, _, name = whole[1:].partition("}")
        return f"{prefixes[space]}:{name}" if prefixes.get(space) else name

    declared = "".join(
        f" xmlns{':' + prefix if prefix else ''}={quoteattr(space)}" for prefix, space in sorted(namespaces.items())
    )

    def lines(one: Element, depth: int, more: str = "") -> list[str]:
        name, pad = name_of(one.name), "  " * depth
        told = "".join(f" {name_of(key)}={quoteattr(value)}" for key, value in one.attributes.items())
        if not one.children:
            return [f"{pad}<{name}{more}{told}>{escape(one.text)}</{name}>"]
        inside = [line for child in one.children for line in lines(child, depth + 1)]
        return [f"{pad}<{name}{more}{told}>{escape(one.text)}", *inside, f"{pad}</{name}>"]

    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *lines(root, 0, declared), ""]).encode()
