"""Named SQL in files."""

import pytest

from meguri.storage.queries import BadQueries, load_queries, parse_queries


def test_each_name_has_its_statement_without_remarks_and_semicolon() -> None:
    queries = parse_queries("-- a file\n-- name: first\n-- says\nSELECT 1;\n\n-- name: second\nSELECT 2", "here")
    assert [query.name for query in queries] == ["first", "second"]
    assert queries.first.sql == "/* first */ SELECT 1"


@pytest.mark.parametrize(
    "text",
    [
        "-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;",
        "-- name: a\n-- nothing\n",
        "SELECT 0;\n-- name: a\nSELECT 1;",
        "-- name: Not A Name\nSELECT 1;",
        "-- name:\nSELECT 1;",
    ],
    ids=["twice", "empty", "before", "bad name", "no name"],
)
def test_a_file_out_of_form_is_refused(text: str) -> None:
    with pytest.raises(BadQueries):
        parse_queries(text, "here")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(BadQueries, match="no query named nothing"):
        _ = parse_queries("-- name: a\nSELECT 1", "here").nothing


def test_the_statements_of_storage_load() -> None:
    assert load_queries("meguri.storage").audit_chains.name == "audit_chains"
