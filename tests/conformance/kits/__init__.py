"""Outside test kits and peers, run by hand against a served node: `python -m tests.conformance.kits dsp aas`.

They need Java, Maven, Node.js and the public registries, so they are no part of `make test`. What a run found is kept as data
in `rules/dataspaces/outside_kits.toml`, from which the page docs/reference/outside-kits.md and `meguri conformance` are made.
"""
