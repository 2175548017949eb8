"""XML from strangers: no document type, no entities, no depth or size without end."""

from collections.abc import Iterator
from typing import TypeAlias
from xml.etree import ElementTree

from meguri.footprint.factors.errors import ImportUnreadable

Element: TypeAlias = ElementTree.Element
DEEPEST = 100


class _Refused(Exception):
    pass


class _Builder(ElementTree.TreeBuilder):
    depth = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Refused
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self.depth -= 1
        return super().end(tag)

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise _Refused


def root_of(file_name: str, content: bytes) -> Element:
    """The root of a document. Raises ImportUnreadable for a document type (entities), and for what is no XML."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ImportUnreadable(file=file_name, why="DTD")
    parser = ElementTree.XMLParser(target=_Builder())  # noqa: S314
    try:
        parser.feed(content)
        root: Element = parser.close()
    except (ElementTree.ParseError, _Refused, ValueError) as error:
        raise ImportUnreadable(file=file_name, why=f"XML ({error})") from None
    return root


def each(root: Element, name: str) -> Iterator[Element]:
    """Every element of this local name below, whatever its namespace."""
    return (element for element in root.iter() if str(element.tag).rpartition("}")[2] == name)


def first(root: Element, name: str) -> Element | None:
    """The first one."""
    return next(each(root, name), None)


def text(root: Element | None, name: str) -> str:
    """The text of the first element of this name below, or nothing."""
    found = first(root, name) if root is not None else None
    return (found.text or "").strip() if found is not None else ""


def attribute(element: Element | None, name: str) -> str | None:
    """An attribute by its local name."""
    if element is None:
        return None
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)
