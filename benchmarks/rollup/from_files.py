"""The same job as `meguri footprint rollup`, Parquet in and Parquet out, by a peer: a whole process.

python from_files.py duckdb|polars NODES LINKS OUT. Levels are not known here: each peer finds them by itself.
"""

import sys


def by_duckdb(nodes: str, links: str, out: str) -> None:
    import duckdb

    base = duckdb.connect()
    run = base.execute
    run(f"CREATE TABLE nodes AS SELECT * FROM '{nodes}'")
    run(f"CREATE TABLE links AS SELECT * FROM '{links}'")
    run("CREATE TABLE totals AS SELECT id, co2 AS total FROM nodes WHERE id NOT IN (SELECT parent FROM links)")
    run("CREATE TABLE waiting AS SELECT parent, count(*) AS links FROM links GROUP BY parent")
    while run("SELECT count(*) FROM waiting").fetchone() != (0,):
        run("""
            CREATE OR REPLACE TABLE ready AS
            SELECT parent, sum(amount * total) AS brought
              FROM links SEMI JOIN waiting USING (parent) JOIN totals ON totals.id = child
             GROUP BY parent
            HAVING count(*) = (SELECT any_value(links) FROM waiting WHERE waiting.parent = links.parent)
        """)
        run("INSERT INTO totals SELECT id, co2 + brought FROM ready JOIN nodes ON id = parent")
        run("DELETE FROM waiting WHERE parent IN (SELECT parent FROM ready)")
    run(f"COPY (SELECT id, total AS co2 FROM totals ORDER BY id) TO '{out}' (FORMAT parquet)")


def by_polars(nodes: str, links: str, out: str) -> None:
    import polars as pl

    parts, uses = pl.read_parquet(nodes), pl.read_parquet(links)
    needed = uses.group_by("parent").agg(pl.len().alias("links"))
    totals = parts.join(needed, left_on="id", right_on="parent", how="anti").rename({"co2": "total"})
    while uses.height:
        found = (
            uses.join(totals, left_on="child", right_on="id")
            .group_by("parent")
            .agg((pl.col("amount") * pl.col("total")).sum().alias("brought"), pl.len().alias("found"))
            .join(needed, on="parent")
            .filter(pl.col("found") == pl.col("links"))
        )
        rows = parts.join(found, left_on="id", right_on="parent").select(
            "id", (pl.col("co2") + pl.col("brought")).alias("total")
        )
        totals = pl.concat([totals, rows])
        uses = uses.join(found, on="parent", how="anti")
    totals.rename({"total": "co2"}).sort("id").write_parquet(out)


if __name__ == "__main__":
    {"duckdb": by_duckdb, "polars": by_polars}[sys.argv[1]](*sys.argv[2:])
