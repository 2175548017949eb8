"""The signs beside words: drawn on a grid of 24, by one stroke, in the colour of the text. Never the only sign."""

from markupsafe import Markup

_SHAPES = {
    # status: one shape each, told apart without colour
    "ok": '<circle cx="12" cy="12" r="9"/><path d="m8 12.4 2.8 2.8L16 9.6"/>',
    "waiting": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.2 2"/>',
    "attention": '<path d="M12 3.6 21.4 20H2.6z"/><path d="M12 10v4.4M12 17.2v.1"/>',
    "stop": '<path d="M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z"/><path d="m9 9 6 6m0-6-6 6"/>',
    "draft": '<circle cx="12" cy="12" r="9" stroke-dasharray="3.4 2.25"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.6M12 7.5v.1"/>',
    "locked": '<rect x="5" y="10.5" width="14" height="9.5" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
    "returned": '<path d="M9 5 4 10l5 5"/><path d="M4 10h10a6 6 0 0 1 0 12h-2" transform="translate(0 -1.5)"/>',
    "ended": '<circle cx="12" cy="12" r="9"/><path d="M8 12h8"/>',
    # things
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "bell": '<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z"/><path d="M10 21h4"/>',
    "company": '<path d="M4 21V6l8-3v18M12 9h8v12M2.5 21h19"/><path d="M7 9.5h2M7 13h2M7 16.5h2M15 13h2M15 16.5h2"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4.5 21a7.5 7.5 0 0 1 15 0"/>',
    "language": '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c5 5.5 5 12.5 0 18M12 3c-5 5.5-5 12.5 0 18"/>',
    "part": '<path d="m12 3 8 4.5v9L12 21l-8-4.5v-9z"/><path d="m4 7.5 8 4.5 8-4.5M12 12v9"/>',
    "battery": '<rect x="3" y="8" width="16" height="9" rx="2"/><path d="M21.5 11v3M11.5 9.5l-2.5 3h3.5l-2.5 3"/>',
    "factory": '<path d="M3 21V10l6 4v-4l6 4V4h4l1 17z"/><path d="M7 17.5h2M13 17.5h2"/>',
    "leaf": '<path d="M5 19C4 9 10 4 20 4c0 10-5 16-15 15Z"/><path d="M5 19 13 11"/>',
    "cycle": '<path d="M20 12a8 8 0 1 1-2.6-5.9"/><path d="M20 3.5V8h-4.5"/>',
    "document": '<path d="M6 3h8l4.5 4.5V21H6z"/><path d="M14 3v4.5h4.5M9 12.5h6.5M9 16h6.5"/>',
    # acts
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "right": '<path d="m9 5 7 7-7 7"/>',
    "down": '<path d="m5 9 7 7 7-7"/>',
    "up": '<path d="m5 15 7-7 7 7"/>',
    "sort": '<path d="m8 9.5 4-4.5 4 4.5M8 14.5l4 4.5 4-4.5"/>',
    "download": '<path d="M12 4v11.5m-5-5 5 5 5-5M4.5 20h15"/>',
    "upload": '<path d="M12 15.5V4m-5 5 5-5 5 5M4.5 20h15"/>',
    "undo": '<path d="M8.5 5 4 9.5 8.5 14"/><path d="M4 9.5h10.5a5.25 5.25 0 0 1 0 10.5H10"/>',
    "external": '<path d="M13.5 4H20v6.5M20 4l-9.5 9.5M17 14v6H4V7h6"/>',
    "camera": '<path d="M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M7.5 12h9"/>',
    "print": '<path d="M7 9V3.5h10V9M7 17H4V9h16v8h-3"/><path d="M7 14h10v6.5H7z"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "trash": '<path d="M4.5 7h15M10 4h4M6.5 7l1 13.5h9l1-13.5M10.5 11v6M13.5 11v6"/>',
}

NAMES = tuple(_SHAPES)


def icon(name: str, size: int = 20) -> Markup:
    """The sign `name`, `size` pixels wide, hidden from readers aloud: a word always stands beside it.

    Raises KeyError for an unknown name.
    """
    inner = Markup(_SHAPES[name])  # noqa: S704 our own shapes, above
    return Markup(
        '<svg class="icon icon-{}" width="{}" height="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        "{}</svg>"
    ).format(name, size, size, inner)
