"""SPARQL over a graph, in a process of its own that is ended when its time is over.

`python -m meguri.dataspaces.ods.querying` reads one question (query, graph as N-Triples, most rows) and writes the answer. The
parent holds the clock: a query that runs too long is killed with all it holds, which no library's own limit can promise.
"""

import asyncio
import re
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

import msgspec
from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat, Store, serialize

from meguri.dataspaces.rules import ods

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_SILENT = re.compile(
    r"#[^\n\r]*"
    r"|\"{3}(?:[^\"\\]|\\.|\"{1,2}(?!\"))*(?:\"{3}|\\?\Z)|'{3}(?:[^'\\]|\\.|'{1,2}(?!'))*(?:'{3}|\\?\Z)"
    r"|\"(?:[^\"\\\n\r]|\\.)*\"?|'(?:[^'\\\n\r]|\\.)*'?"
    r"|<[^<>\"{}|^`\\\x00-\x20]*>",
    re.DOTALL,
)
"""Comments, texts and addresses, from left to right as the grammar reads them: none can hide the end of another.

A text that does not end is no SPARQL; it is taken as far as it goes, so that many of them cost no more than one.
"""
_FORBIDDEN = re.compile(
    r"(?<![?$:\w])(INSERT|DELETE|LOAD|CLEAR|CREATE|DROP|COPY|MOVE|ADD|SERVICE|FROM|WITH|USING)\b(?!:)", re.IGNORECASE
)
_READS = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
_NAMED = re.compile(r"[?$]\w+|\|\||&&")
"""Variables and the signs of logic: not steps of a path."""
_STEPS = re.compile(r"[/|^*+?]")
_MEMORY = 1 << 30


class Refused(Exception):
    """The query is not answered; `code` of a fixed list, `place` where it is not SPARQL."""

    def __init__(self, status: int, code: str, place: str = "") -> None:
        """The status is the HTTP status."""
        super().__init__(code)
        self.status, self.code, self.place = status, code, place


class Turns:
    """So many queries at once, and a short line before them: whoever would wait longer is asked to come again."""

    def __init__(self, at_once: int = 2, wait_s: float = 3) -> None:
        """Nobody waits yet."""
        self._places, self._wait_s = asyncio.Semaphore(at_once), wait_s

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place for one query. Raises Refused (503)."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._places.acquire()
        except TimeoutError:
            raise Refused(503, "BUSY") from None
        try:
            yield
        finally:
            self._places.release()


class Question(msgspec.Struct, frozen=True):
    """What the process is asked."""

    query: str
    graph: bytes
    most: int


class Found(msgspec.Struct, frozen=True):
    """What it answers: bytes of a media type, or why not."""

    body: bytes = b""
    media_type: str = ""
    truncated: bool = False
    error: str = ""


def check(query: str) -> None:
    """Only reading, only here. Raises Refused."""
    if len(query.encode()) > ods().query_bytes:
        raise Refused(413, "QUERY_TOO_LARGE")
    bare = _SILENT.sub(" ", _ESCAPE.sub(_character, query))
    if _FORBIDDEN.search(bare):
        raise Refused(400, "QUERY_NOT_ALLOWED")
    if not _READS.search(bare):
        raise Refused(400, "QUERY_INVALID", "1:1")
    if len(_STEPS.findall(_NAMED.sub(" ", bare))) > 10 * ods().path_depth:
        raise Refused(400, "QUERY_NOT_ALLOWED")


def _character(found: re.Match[str]) -> str:
    """The character of an escape, which the grammar replaces before it reads anything."""
    number = int(found[1] or found[2], 16)
    return chr(number) if number <= sys.maxunicode else " "


async def answer(query: str, graph: bytes) -> Found:
    """The answer of a process of its own. Raises Refused."""
    check(query)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said = msgspec.msgpack.encode(Question(query, graph, ods().query_rows))
    try:
        async with asyncio.timeout(ods().query_seconds):
            told, _ = await process.communicate(said)
    except TimeoutError:
        raise Refused(503, "QUERY_TIMEOUT") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise Refused(503, "QUERY_TIMEOUT")
    found = msgspec.msgpack.decode(told, type=Found)
    if found.error:
        raise Refused(400, "QUERY_INVALID", found.error)
    return found


def run(asked: Question) -> Found:
    """The answer, within this process."""
    store = Store()
    store.bulk_load(input=asked.graph, format=RdfFormat.N_TRIPLES)
    try:
        results: Any = store.query(asked.query)
    except SyntaxError as error:
        return Found(error=_place(str(error)))
    except (OSError, RuntimeError, ValueError):
        return Found(error="1:1")
    if isinstance(results, QueryBoolean):
        return Found(_written(results.serialize(format=QueryResultsFormat.JSON)), "application/sparql-results+json")
    if isinstance(results, QuerySolutions):
        return _solutions(results, asked.most)
    triples = list(islice(results, asked.most + 1))
    body = _written(serialize(triples[: asked.most], format=RdfFormat.JSON_LD))
    return Found(body, "application/ld+json", truncated=len(triples) > asked.most)


def _solutions(results: QuerySolutions, most: int) -> Found:
    names = [one.value for one in results.variables]
    rows: list[dict[str, Any]] = []
    truncated = False
    for one in results:
        if len(rows) == most:
            truncated = True
            break
        rows.append({name: _term(value) for name in names if (value := one[name]) is not None})
    body = {"head": {"vars": names}, "results": {"bindings": rows}}
    return Found(msgspec.json.encode(body), "application/sparql-results+json", truncated)


def _term(value: Any) -> dict[str, str]:
    kind = type(value).__name__
    if kind == "NamedNode":
        return {"type": "uri", "value": value.value}
    if kind == "BlankNode":
        return {"type": "bnode", "value": value.value}
    made = {"type": "literal", "value": value.value}
    if value.language:
        return {**made, "xml:lang": value.language}
    return {**made, "datatype": value.datatype.value}


def _written(value: bytes | None) -> bytes:
    return value or b""


def _place(text: str) -> str:
    """Line and column only: the parser's own sentence would repeat the query."""
    found = re.search(r"(\d+):(\d+)", text)
    return f"{found[1]}:{found[2]}" if found else "1:1"


def main() -> None:
    """Answer one question from standard input."""
    seconds = int(ods().query_seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Question)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # no file and no connection can be opened from here on
    sys.stdout.buffer.write(msgspec.msgpack.encode(run(asked)))


if __name__ == "__main__":
    main()
