"""Recycling: waste batteries become lots, lots become metals, metals become certified content of new cells.

A double-entry ledger keeps every gram once; rates of recovery are computed from it by versioned rules.
"""
