"""Passports in other people's formats: out with a report of what was lost, in with what was ignored, and checked.

`formats` lists them; each format's own package holds its mapping and its schema. A mapping says one thing once, for both
ways: `lens`.
"""
