"""Passports from files: cells into values, rows into passports, faults by row and column."""
