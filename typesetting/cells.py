"""What goes into cells of spreadsheets and CSV files."""

from __future__ import annotations

# What a spreadsheet takes for the start of a formula, or for blanks before one; the last four are
# the wide letters of East Asian keyboards.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# What may stand before it and is passed over.
BLANKS = " \u00a0"


def neutral(text: str) -> str:
    """Text that no spreadsheet runs as a formula: an apostrophe goes before what it might run.

    Every CSV file of the portal goes through it.
    """
    return f"'{text}" if text.lstrip(BLANKS).startswith(DANGEROUS) else text
