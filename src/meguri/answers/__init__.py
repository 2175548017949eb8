"""Many answers at once: the open requests as a table, filled in a spreadsheet, looked at, and sent."""
