"""Registration of passports with the registry of the Union (Regulation (EU) 2023/1542 Art. 77(10); (EU) 2026/1778).

The registry has no public interface text yet: what speaks to it is a `Binding`. `stand_in` is the local one, which behaves as
the registry is described; `eu` refuses until there is a text to implement.
"""
