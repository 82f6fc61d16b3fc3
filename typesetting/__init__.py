"""Printing: data and a Typst template in, an accessible PDF out. Knows nothing of the portal."""

from __future__ import annotations

from typesetting.fonts import Missing, coverage
from typesetting.pdf import PdfError, typeset

__all__ = ["Missing", "PdfError", "coverage", "typeset"]
