"""A copy that machines read: JSON as `schema.json` beside this file says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from participants.subject_access.document import Copy, Entry, Part

SCHEMA = Path(__file__).resolve().parent / "schema.json"
NAME = "thisisderby-subject-access"
VERSION = 1


def render_json(copy: Copy) -> bytes:
    """UTF-8 text; the same copy gives the same bytes."""
    parts = [_part(part) for part in copy.parts]
    whole = {"schema": NAME, "version": VERSION, "made_at": copy.made_at, "sections": parts}
    return json.dumps(whole, ensure_ascii=False, indent=2).encode()


def _part(part: Part) -> dict[str, Any]:
    entries = [_entry(each) for each in part.entries]
    return {"section": part.section, "title": part.title, "entries": entries}


def _entry(entry: Entry) -> dict[str, Any]:
    left_out = entry.left_out or None
    # A key would say which of two records something was left out of.
    key = None if left_out else entry.key
    return {"key": key, "title": entry.title, "left_out": left_out, "data": dict(entry.data)}
