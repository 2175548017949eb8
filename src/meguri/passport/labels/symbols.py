"""Symbols on a label, drawn by us: the crossed-out wheeled bin (Regulation (EU) 2023/1542 Annex VI Part B), Cd, Pb, and CE.

The CE marking has the proportions of Regulation (EC) 765/2008 Annex II: arcs of equal circles on a grid, at least 5 mm high.
"""

_HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" aria-label="{name}">'


def collection(metals: tuple[str, ...] = ()) -> str:
    """The bin, with the signs of metals beneath it where there are more than the law's limit."""
    height = 100 + (34 if metals else 0)
    signs = " ".join(metals)
    text = (
        f'<text x="50" y="128" font-family="BIZ UDPGothic, sans-serif" font-weight="bold" font-size="30" '
        f'text-anchor="middle" fill="#000">{signs}</text>'
        if metals
        else ""
    )
    return (
        _HEAD.format(box=f"0 0 100 {height}", name=f"separate collection {signs}".strip())
        + '<g fill="none" stroke="#000" stroke-width="4" stroke-linejoin="round" stroke-linecap="round">'
        '<path d="M27 30h46l-5 48H33z"/><path d="M22 30h56"/><path d="M30 30c2-10 38-10 40 0"/><path d="M44 19h12"/>'
        '<path d="M38 42l3 28M50 42v28M62 42l-3 28"/><circle cx="64" cy="83" r="6"/><path d="M33 78v10h8"/>'
        '</g><g stroke="#000" stroke-width="6" stroke-linecap="round"><path d="M12 8l76 84M88 8L12 92"/></g>'
        + text
        + "</svg>"
    )


def metal(sign: str) -> str:
    """`Cd` or `Pb` alone."""
    return (
        _HEAD.format(box="0 0 60 40", name=sign)
        + f'<text x="30" y="31" font-family="BIZ UDPGothic, sans-serif" font-weight="bold" font-size="34" '
        f'text-anchor="middle" fill="#000">{sign}</text></svg>'
    )


def ce() -> str:
    """The CE marking on its grid of 28 by 20 squares: two circles of 10 squares, 17 apart, strokes of 3, one square 5 units."""
    return (
        _HEAD.format(box="0 0 140 100", name="CE") + '<g fill="none" stroke="#000" stroke-width="15">'
        '<path d="M55 7.8A42.5 42.5 0 1 0 55 92.2"/><path d="M140 7.8A42.5 42.5 0 1 0 140 92.2"/><path d="M95 50h35"/></g></svg>'
    )
