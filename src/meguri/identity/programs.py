"""What a browser calls itself, as people know it (pure). A guess to recognise one's own devices by, never a proof."""

import re

# In this order: many programs also name those whose place they take.
_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)[^ ]* (?:Mobile/\w+ )?Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("macOS", "Mac OS X"),
    ("ChromeOS", "CrOS"),
    ("Linux", "Linux"),
)


def program_of(user_agent: str) -> str:
    """`Chrome 131 · Windows`; what is not recognised stays as it is, shortened."""
    browser = next(
        (f"{name} {found[1]}" for name, pattern in _BROWSERS if (found := re.search(pattern, user_agent))), None
    )
    system = next((name for name, sign in _SYSTEMS if sign in user_agent), None)
    known = " · ".join(part for part in (browser, system) if part)
    return known or user_agent[:60]
