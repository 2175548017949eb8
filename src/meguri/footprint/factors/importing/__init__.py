"""Files of emission factors into factors. Everything is read here, nothing is fetched."""

import zipfile
from collections.abc import Mapping
from io import BytesIO

from meguri.footprint.factors.errors import ImportUnreadable
from meguri.footprint.factors.importing.characterisation import from_lcia_method
from meguri.footprint.factors.importing.found import Found
from meguri.footprint.factors.importing.lca import from_ecospold, from_ilcd, from_openlca
from meguri.footprint.factors.importing.table import from_table
from meguri.footprint.factors.importing.xml import Element, root_of

__all__ = ["Found", "read_factors"]
MOST_BYTES = 100 << 20
MOST_FILES = 50_000


def read_factors(file_name: str, content: bytes, columns: Mapping[str, str]) -> Found:
    """The factors of a file by its kind. Raises ImportUnreadable, ColumnsMissing."""
    name = file_name.lower()
    if name.endswith((".csv", ".xlsx")):
        return from_table(file_name, content, columns)
    if name.endswith((".spold", ".xml")):
        return _of_xml(file_name, root_of(file_name, content))
    if name.endswith(".zip"):
        return _of_zip(file_name, content)
    raise ImportUnreadable(file=file_name, why="CSV, XLSX, SPOLD, XML, ZIP")


def _of_xml(file_name: str, root: Element) -> Found:
    kind = root.tag.rpartition("}")[2]
    if kind == "ecoSpold":
        return from_ecospold(file_name, root)
    if kind in ("processDataSet", "LCIAResultDataSet"):
        return from_ilcd(file_name, root)
    if kind == "LCIAMethodDataSet":
        return from_lcia_method(file_name, root)
    raise ImportUnreadable(file=file_name, why=f"<{kind}>")


def _wanted(entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Of a reference package with its flows, units and sources only the methods: they name the flows that count."""
    methods = [entry for entry in entries if "lciamethods/" in entry.filename.lower()]
    return methods or entries


def _of_zip(file_name: str, content: bytes) -> Found:
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        entries = _wanted(archive.infolist())
    except zipfile.BadZipFile:
        raise ImportUnreadable(file=file_name, why="ZIP") from None
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise ImportUnreadable(file=file_name, why=f"> {MOST_BYTES >> 20} MB")
    files = {entry.filename: archive.read(entry) for entry in entries if not entry.is_dir()}
    if any(path.startswith("processes/") and path.endswith(".json") for path in files):
        return from_openlca(file_name, files)
    found = [_of_xml(path, root_of(path, body)) for path, body in files.items() if path.endswith((".spold", ".xml"))]
    if not found:
        raise ImportUnreadable(file=file_name, why="ZIP")
    return Found.together(found)
