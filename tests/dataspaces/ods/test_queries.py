"""SPARQL within bounds: reading alone, one graph alone, ten seconds, so many rows."""

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
     "ASK FROM NAMED <x> { ?s ?p ?o }"],
)  # fmt: skip
def test_what_is_more_than_reading_here_is_refused(query: str) -> None:
    with pytest.raises(Refused) as refused:
        check(query)
    assert (refused.value.status, refused.value.code) == (400, "QUERY_NOT_ALLOWED")


def test_words_within_texts_and_addresses_are_no_orders() -> None:
    check('SELECT ?s { ?s <urn:INSERT> "DELETE FROM SERVICE" } # LOAD')


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
