"""The same roll-up by other means. Each has `build`, which may take its time, and `solve`, which counts."""

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from meguri.footprint.engine.arrays import Floats
from meguri.footprint.engine.reference import Reference


def level_edges(size: int) -> list[int]:
    """Where the eight levels of the reference structure begin: a gift to every peer, which need not find them."""
    weights = (1, 2, 4, 6, 6, 4, 2, 1)
    return [0, *np.cumsum([weight * size // 26 for weight in weights[:-1]]).tolist(), size]


class Scipy:
    """A bare sweep: one CSR matrix, cut into levels that are already known and contiguous."""

    def build(self, made: Reference) -> None:
        size = made.own.size
        pairs = (made.parents.astype(np.int32), made.children.astype(np.int32))
        uses = csr_array((made.amounts, pairs), shape=(size, size))
        edges = level_edges(size)
        self.blocks = [(edges[at], edges[at + 1], uses[edges[at] : edges[at + 1]]) for at in range(6, -1, -1)]

    def solve(self, own: Floats) -> Floats:
        total = own.copy()
        for start, stop, uses in self.blocks:
            total[start:stop] += uses @ total
        return total


class DuckDB:
    """One SQL statement for each level; links and parts lie in a table per level."""

    def build(self, made: Reference) -> None:
        import duckdb
        import pyarrow as pa

        self.base: Any = duckdb.connect()
        edges = level_edges(made.own.size)
        links = np.searchsorted(made.parents, edges)
        for level in range(8):
            rows = slice(edges[level], edges[level + 1])
            nodes = pa.table({"id": np.arange(rows.start, rows.stop), "own": made.own[rows]})
            self.base.execute(f"CREATE TABLE nodes{level} AS SELECT * FROM nodes")
            span = slice(links[level], links[level + 1])
            uses = pa.table({"parent": made.parents[span], "child": made.children[span], "amount": made.amounts[span]})
            self.base.execute(f"CREATE TABLE uses{level} AS SELECT * FROM uses")
            del nodes, uses

    def solve(self, own: Floats) -> Floats:
        run = self.base.execute
        run("CREATE OR REPLACE TABLE totals AS SELECT id, own AS total FROM nodes7")
        for level in range(6, -1, -1):
            run(f"""
                INSERT INTO totals
                SELECT id, own + coalesce(brought, 0)
                  FROM nodes{level}
                  LEFT JOIN (SELECT parent, sum(amount * total) AS brought
                               FROM uses{level} JOIN totals ON totals.id = child GROUP BY parent) ON parent = id
            """)
        result: Floats = run("SELECT total FROM totals ORDER BY id").fetchnumpy()["total"]
        return result


class Polars:
    """A join and a group-by for each level."""

    def build(self, made: Reference) -> None:
        import polars as pl

        self.pl: Any = pl
        edges = level_edges(made.own.size)
        links = np.searchsorted(made.parents, edges)
        self.nodes, self.uses = [], []
        for level in range(8):
            rows = slice(edges[level], edges[level + 1])
            self.nodes.append(pl.DataFrame({"id": np.arange(rows.start, rows.stop), "own": made.own[rows]}))
            span = slice(links[level], links[level + 1])
            columns = {"parent": made.parents[span], "child": made.children[span], "amount": made.amounts[span]}
            self.uses.append(pl.DataFrame(columns))

    def solve(self, own: Floats) -> Floats:
        pl = self.pl
        totals = self.nodes[7].rename({"own": "total"})
        for level in range(6, -1, -1):
            brought = (
                self.uses[level]
                .lazy()
                .join(totals.lazy(), left_on="child", right_on="id")
                .group_by("parent")
                .agg((pl.col("amount") * pl.col("total")).sum().alias("brought"))
            )
            rows = (
                self.nodes[level]
                .lazy()
                .join(brought, left_on="id", right_on="parent", how="left")
                .select("id", (pl.col("own") + pl.col("brought").fill_null(0)).alias("total"))
                .collect()
            )
            totals = pl.concat([rows, totals])
        result: Floats = totals.sort("id")["total"].to_numpy()
        return result


class Brightway:
    """One product only: that is what a Brightway calculation answers."""

    def build(self, made: Reference) -> None:
        import bw_processing as bwp
        from bw2calc import JacobiGMRESLCA

        size = made.own.size
        rows = np.concatenate([np.arange(size), made.children])
        columns = np.concatenate([np.arange(size), made.parents])
        indices = np.empty(rows.size, dtype=bwp.INDICES_DTYPE)
        indices["row"], indices["col"] = rows, columns
        flip = np.arange(rows.size) >= size
        package = bwp.create_datapackage()
        amounts = np.concatenate([np.ones(size), made.amounts])
        package.add_persistent_vector(
            matrix="technosphere_matrix", indices_array=indices, data_array=amounts, flip_array=flip
        )
        emitted = np.empty(size, dtype=bwp.INDICES_DTYPE)
        emitted["row"], emitted["col"] = size, np.arange(size)
        package.add_persistent_vector(matrix="biosphere_matrix", indices_array=emitted, data_array=made.own)
        one = np.array([(size, size)], dtype=bwp.INDICES_DTYPE)
        package.add_persistent_vector(matrix="characterization_matrix", indices_array=one, data_array=np.array([1.0]))
        # Iterative from the start and without the answer from before: factorising a matrix of this size does not end.
        self.lca: Any = JacobiGMRESLCA(
            demand={0: 1}, data_objs=[package], direct_first_solve=False, use_guess=False, jacobi_pairing="diagonal"
        )
        self.lca.lci()
        self.lca.lcia()

    def solve(self, own: Floats) -> Floats:
        self.lca.redo_lci({0: 1})
        self.lca.lcia_calculation()
        return np.array([self.lca.score])
