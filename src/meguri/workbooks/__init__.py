"""Workbooks that people send: parsed in a process of its own, whose memory and time end before the server's do.

`reading.open_book` is the only way by which a workbook's cells enter this program.
"""
