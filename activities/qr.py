"""An address as a QR code, to be scanned from a screen: one path of an SVG."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_M

# Light modules round it, without which telephones do not find it.
QUIET_ZONE = 4


@dataclass(frozen=True)
class Code:
    """A code of `size` by `size` modules, and the outline of its dark ones."""

    size: int
    path: str


def code_of(text: str) -> Code:
    """The QR code of a text, with its quiet zone. Raises ValueError where it does not fit."""
    code = qrcode.QRCode(border=QUIET_ZONE, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return Code(len(rows), path)
