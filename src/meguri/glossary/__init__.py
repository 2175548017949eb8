"""The trade's words, as data: found, explained, and two of them with figures that one can move."""
