"""Worksheets: what a plant writes down, under a rule pack, to a result that says where every kilogram comes from."""
