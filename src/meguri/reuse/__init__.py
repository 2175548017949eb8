"""Reuse: what a used battery may do, what it is worth, and where it goes next."""
