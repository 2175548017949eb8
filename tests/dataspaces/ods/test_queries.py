"""SPARQL within bounds: reading alone, one graph alone, ten seconds, so many rows."""

import asyncio
import json
import time

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from meguri.dataspaces.ods import querying
from meguri.dataspaces.ods.graph import ntriples
from meguri.dataspaces.ods.querying import Question, Refused, answer, check, run
from meguri.dataspaces.rules import ods

pytestmark = pytest.mark.anyio


def many(count: int) -> bytes:
    return ntriples([Triple(NamedNode(f"urn:s:{n}"), NamedNode("urn:p"), Literal(str(n))) for n in range(count)])


@pytest.mark.parametrize(
    "query",
    ["INSERT DATA { <a> <b> <c> }", "DELETE WHERE { ?s ?p ?o }", "LOAD <http://x>", "CLEAR ALL", "DROP ALL",
     "CREATE GRAPH <x>",
     "SELECT * FROM <http://x> { ?s ?p ?o }", "SELECT * { SERVICE <http://x> { ?s ?p ?o } }",
     "select * { service ?x { ?s ?p ?o } }",
     "SELECT * { # '''\n SERVICE <http://x> { ?s ?p ?o } # '''\n }",
     'SELECT * { # """\r SERVICE <http://x> { ?s ?p ?o } # """\n }',
     "SELECT * { # <\n SERVICE ?x { ?s ?p ?o } # >\n }",
     "SELECT * { ?s ?p '''it\\''''; SERVICE <http://x> { ?s ?p ?o } ?s ?p '''''' }",
     "SELECT * { \\u0053ERVICE <http://x> { ?s ?p ?o } }",
     "SELECT * { # \\u000A SERVICE <http://x> { ?s ?p ?o } }",
     "SELECT * { VALUES ?x { <http://x> } FILTER(1<2||2<EXISTS{SERVICE?x{?s?p?o}FILTER(1>0)}) }",
     "ASK FROM NAMED <x> { ?s ?p ?o }"],
)  # fmt: skip
def test_what_is_more_than_reading_here_is_refused(query: str) -> None:
    with pytest.raises(Refused) as refused:
        check(query)
    assert (refused.value.status, refused.value.code) == (400, "QUERY_NOT_ALLOWED")


def test_many_variables_are_no_long_path() -> None:
    """A wide table is asked for with hundreds of variables; a path of as many steps is not walked."""
    wide = " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(100))
    check(f"SELECT * {{ {wide} FILTER(?o1 = ?o2 || ?o3 = ?o4 && !BOUND(?o5)) }}")
    with pytest.raises(Refused):
        check(f"SELECT * {{ ?s {'/'.join(['<urn:p>'] * 300)} ?o }}")


def test_words_within_texts_and_addresses_are_no_orders() -> None:
    check('SELECT ?s { ?s <urn:INSERT> "DELETE FROM SERVICE" } # LOAD')


@pytest.mark.parametrize(
    "text", ['"' + '\\"' * 30_000, "'''" + "\\'" * 30_000, '"""' + '""a' * 20_000 + "\\", "<a" * 30_000]
)
def test_texts_that_do_not_end_cost_no_more_than_others(text: str) -> None:
    start = time.monotonic()
    check(f"ASK {{ ?s ?p {text}")
    assert time.monotonic() - start < 1


async def test_so_many_at_once_and_no_long_line() -> None:
    turns = querying.Turns(at_once=1, wait_s=0.05)
    async with turns.one():
        with pytest.raises(Refused) as refused:
            async with turns.one():
                pass
    assert (refused.value.status, refused.value.code) == (503, "BUSY")
    async with turns.one():
        pass


async def test_the_process_of_a_query_reaches_nothing_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a federated query that nobody recognised would not leave the process."""
    heard: list[bytes] = []

    async def outside(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(10))
        writer.close()

    monkeypatch.setattr(querying, "check", lambda _: None)
    async with await asyncio.start_server(outside, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Refused):
            await answer(f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}", many(1))
    assert heard == []


def test_what_is_not_sparql_is_told_by_its_place_alone() -> None:
    found = run(Question("SELECT ?s { ?s ?p secret }", b"", 10))
    assert found.error
    assert "secret" not in found.error
    assert found.error.replace(":", "").isdigit()


async def test_rows_beyond_the_most_are_cut_and_it_is_said() -> None:
    found = run(Question("SELECT ?s { ?s ?p ?o }", many(30), 10))
    assert len(json.loads(found.body)["results"]["bindings"]) == 10
    assert found.truncated
    told = await answer("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", many(30))
    assert json.loads(told.body)["results"]["bindings"][0]["n"]["value"] == "30"
    assert (await answer("ASK { ?s ?p '3' }", many(5))).body
    for rows, cut in ((9, False), (10, False), (11, True)):
        made = run(Question("CONSTRUCT { ?s <urn:q> ?o } WHERE { ?s ?p ?o }", many(rows), 10))
        assert made.truncated is cut, rows
    assert (await answer("CONSTRUCT { ?s <urn:q> ?o } WHERE { ?s ?p ?o }", many(3))).media_type == "application/ld+json"


async def test_a_heavy_query_is_ended_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    quick = msgspec.structs.replace(ods(), query_seconds=0.8)
    monkeypatch.setattr(querying, "ods", lambda: quick)
    start = time.monotonic()
    with pytest.raises(Refused) as refused:
        await answer("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n2 ?o }", many(400))
    assert (refused.value.status, refused.value.code) == (503, "QUERY_TIMEOUT")
    assert time.monotonic() - start < 5
