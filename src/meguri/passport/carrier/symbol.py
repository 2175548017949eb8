"""QR codes (ISO/IEC 18004): the URI as one segment of bytes, at the level of error correction that was asked for."""

import io
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import segno

from meguri.passport.carrier.errors import CarrierReadbackFailed, CarrierTooPale, ModuleSizeOutOfRange
from meguri.passport.carrier.reading import codes_in
from meguri.passport.carrier.rules import carrier_rules

_PIXELS = 4


class ErrorCorrection(StrEnum):
    """Levels that a label may have; the lowest, L, is too little for a label that lives on a battery."""

    M = "M"
    Q = "Q"
    H = "H"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol that was read again and says what it should.

    uri        its content
    version    of the QR code: 1–40
    modules    along a side, without the quiet zone
    module_mm  size of one module
    """

    uri: str
    version: int
    modules: int
    error_correction: ErrorCorrection
    module_mm: float
    matrix: tuple[tuple[bool, ...], ...]

    @property
    def side_mm(self) -> float:
        """Length of a side with the quiet zone."""
        return (self.modules + 2 * carrier_rules().carrier.quiet_modules) * self.module_mm

    @property
    def too_long(self) -> bool:
        """Whether the content is longer than is good for small labels."""
        return len(self.uri) > carrier_rules().carrier.warn_above_characters

    def svg(self, dark: str = "#000000", light: str = "#ffffff") -> str:
        """The symbol in its real size, modules as one path. Raises CarrierTooPale."""
        _demand_contrast(dark, light)
        quiet = carrier_rules().carrier.quiet_modules
        whole = self.modules + 2 * quiet
        path = "".join(
            f"M{start + quiet} {row + quiet}h{length}v1h-{length}z"
            for row, line in enumerate(self.matrix)
            for start, length in _runs(line)
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.side_mm:.2f}mm" height="{self.side_mm:.2f}mm" '
            f'viewBox="0 0 {whole} {whole}" role="img" shape-rendering="crispEdges">'
            f'<path fill="{light}" d="M0 0h{whole}v{whole}H0z"/><path fill="{dark}" d="{path}"/></svg>'
        )

    def png(self, dpi: int = 600) -> bytes:
        """The symbol as a picture with whole pixels per module, at about `dpi`."""
        scale = max(2, round(self.module_mm / 25.4 * dpi))
        out = io.BytesIO()
        _made(self.uri, self.error_correction).save(
            out, kind="png", scale=scale, border=carrier_rules().carrier.quiet_modules, dpi=dpi
        )
        return out.getvalue()


def symbol_for(uri: str, level: ErrorCorrection | None = None, module_mm: float | None = None) -> Symbol:
    """The symbol for a URI, decoded again. Raises ModuleSizeOutOfRange, CarrierReadbackFailed."""
    rule = carrier_rules().carrier
    chosen = level or ErrorCorrection(rule.error_correction)
    size = rule.module_mm if module_mm is None else module_mm
    if not rule.module_least_mm <= size <= rule.module_most_mm:
        raise ModuleSizeOutOfRange(least=rule.module_least_mm, most=rule.module_most_mm)
    made = _made(uri, chosen)
    matrix = tuple(tuple(bool(module) for module in row) for row in made.matrix)
    if codes_in(_picture(matrix)) != [uri]:
        raise CarrierReadbackFailed
    return Symbol(uri, int(made.version), len(matrix), chosen, size, matrix)


def contrast(dark: str, light: str) -> float:
    """The contrast ratio of two colours `#rrggbb` (WCAG 2.1, relative luminance)."""
    one, other = sorted((_luminance(dark), _luminance(light)))
    return (other + 0.05) / (one + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    channels = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _demand_contrast(dark: str, light: str) -> None:
    ratio = contrast(dark, light) if _luminance(dark) < _luminance(light) else 1.0  # light on dark is not read by all
    if ratio < carrier_rules().carrier.contrast:
        raise CarrierTooPale(ratio=f"{ratio:.1f}")


def _made(uri: str, level: ErrorCorrection) -> segno.QRCode:
    return segno.make_qr(uri, error=level.value.lower(), mode="byte", boost_error=False, encoding="utf-8")


def _picture(matrix: tuple[tuple[bool, ...], ...]) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    quiet = carrier_rules().carrier.quiet_modules
    grid = np.pad(np.array(matrix, dtype=bool), quiet)
    shade = np.where(grid, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(shade.repeat(_PIXELS, axis=0).repeat(_PIXELS, axis=1))


def _runs(line: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    found: list[tuple[int, int]] = []
    for place, dark in enumerate(line):
        if dark and found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((place, 1))
    return found
