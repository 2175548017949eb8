"""Reporting templates of the Responsible Minerals Initiative (CMRT, EMRT, AMRT): read, checked, merged, filled in.

The workbooks are the user's own; none of their texts or lists is part of this product. Reading happens in a process of its
own with little memory and time; filling in edits single cells of the user's file and leaves every other part as it is.
"""
