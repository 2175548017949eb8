"""Lists as their importers bring them: the canonical CSV, the columns of the command, entity lines, and SDN files."""

import csv
from io import StringIO
from typing import Any

import msgspec

from meguri.diligence.errors import BadFile
from meguri.diligence.screening.countries import country_code
from meguri.diligence.screening.decide import Entry

_SDN_COLUMNS = 12
_EMPTY = "-0-"


def entries_of(text: str) -> list[Entry]:
    """The entries of a list in any of the forms below; delisted ones are left out. Raises BadFile."""
    start = text.lstrip("﻿ \r\n")
    if not start:
        return []
    if start.startswith("{"):
        return _entities(start)
    head = next(csv.reader(StringIO(start)))
    names = [name.strip().casefold() for name in head]
    if "name" in names:
        return _rows(start, names)
    if len(head) == _SDN_COLUMNS:
        return _sdn(start)
    raise BadFile(reason="列の見出しがありません", reason_en="there are no column headings")


def _rows(text: str, names: list[str]) -> list[Entry]:
    reader = csv.DictReader(StringIO(text))
    reader.fieldnames = names
    found = []
    for row in reader:
        if None in row or any(value is None for value in row.values()):
            raise BadFile(
                reason=f"{reader.line_num} 行目の列の数が違います", reason_en=f"line {reader.line_num} is cut off"
            )
        if row.get("delisted_on"):
            continue
        found.append(
            Entry(
                id=row.get("entry_id") or row.get("id") or "",
                name=row["name"],
                aliases=tuple(part.strip() for part in (row.get("aliases") or "").split(";") if part.strip()),
                country=country_code(row.get("country")),
                identifier=(row.get("identifier") or row.get("identifiers") or "").strip(),
                programme=(row.get("programme") or row.get("programs") or "").strip(),
            )
        )
    return found


def _entities(text: str) -> list[Entry]:
    """FollowTheMoney entities, one JSON object in each line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entity: dict[str, Any] = msgspec.json.decode(line)
            said: dict[str, list[str]] = entity.get("properties", {})
            names = [*said.get("name", []), *([entity["caption"]] if entity.get("caption") else [])]
            found.append(
                Entry(
                    id=str(entity["id"]),
                    name=names[0],
                    aliases=tuple(dict.fromkeys([*names[1:], *said.get("alias", []), *said.get("previousName", [])])),
                    country=country_code(next(iter(said.get("country", [])), "")),
                    identifier=";".join([*said.get("leiCode", []), *said.get("registrationNumber", [])]),
                    programme=";".join(entity.get("datasets", [])),
                )
            )
        except (msgspec.DecodeError, KeyError, IndexError, AttributeError) as error:
            raise BadFile(reason=f"{number} 行目を読めません", reason_en=f"line {number} cannot be read") from error
    return found


def _sdn(text: str) -> list[Entry]:
    """Twelve columns without heading: number, name, type, programme, …, remarks; `-0-` is empty."""
    found = []
    for row in csv.reader(StringIO(text)):
        if len(row) != _SDN_COLUMNS:
            continue  # the file ends with a single control character
        cells = ["" if cell.strip() == _EMPTY else cell.strip() for cell in row]
        found.append(Entry(id=cells[0], name=cells[1], programme=cells[3]))
    return found
