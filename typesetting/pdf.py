"""One way from a template and its data to a PDF that prints well and reads aloud."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import typst

from typesetting.fonts import Missing, font_folder

STANDARDS: list[typst.PDFStandard] = ["ua-1", "a-2a"]


class PdfError(RuntimeError):
    """Typst had something to say about a document, so its PDF is not to be trusted."""


def typeset(template: Path, *, name: str, data: dict[str, Any], made_at: dt.datetime) -> bytes:
    """A PDF/UA-1 and PDF/A-2a file; the same data give the same bytes.

    The template reads `data` as JSON text from `sys.inputs` under `name`, and may read files of
    its own folder. Letters that the font lacks become [?A], [?B]; `data["missing"]`, which is
    added here, says which they are: they neither stop the document nor vanish.

    Raises:
        PdfError: Typst gave a warning. A missing font is only one, and leaves pages blank.
        typst.TypstError: the document breaks one of the two standards.
    """
    missing = Missing()
    printable = _printable(data, missing) | {"missing": missing.listed()}
    with font_folder() as folder:
        pdf, warnings = typst.compile_with_warnings(
            template,
            root=template.parent,
            font_paths=typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
            ),
            ignore_system_fonts=True,
            sys_inputs={name: json.dumps(printable)},
            format="pdf",
            pdf_standards=STANDARDS,
            # Typst takes a zone without a name only; whole seconds are all that a PDF holds.
            timestamp=int(made_at.astimezone(dt.UTC).timestamp()),
        )
    if warnings:
        raise PdfError("; ".join(warning.message for warning in warnings))
    return pdf


def _printable(value: Any, missing: Missing) -> Any:
    """Every text in nested lists and dictionaries, with marks for what the font lacks."""
    if isinstance(value, str):
        # Line ends in a drawing are its own; no other text has any.
        return "\n".join(missing.printable(line) for line in value.split("\n"))
    if isinstance(value, list):
        return [_printable(item, missing) for item in value]
    if isinstance(value, dict):
        return {key: _printable(item, missing) for key, item in value.items()}
    return value
