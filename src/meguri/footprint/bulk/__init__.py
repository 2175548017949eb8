"""The footprints of many own parts from one table."""
