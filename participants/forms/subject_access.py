"""Decisions on the entries of a copy: what stays, and what is left out and why."""

from __future__ import annotations

from collections.abc import Mapping

STAYS = "stays"
OUT = "out"


def decisions_of(data: Mapping[str, str], keys: list[str]) -> tuple[dict[str, str], list[str]]:
    """What was decided by key, and keys of entries to be left out for no reason.

    Each entry has `decide-<key>`, "stays" or "out", and `why-<key>`. Entries that nobody has
    decided on are not among the answer.
    """
    decided, unexplained = {}, []
    for key in keys:
        choice, why = data.get(f"decide-{key}", ""), data.get(f"why-{key}", "").strip()
        if choice == STAYS:
            decided[key] = ""
        elif choice == OUT and why:
            decided[key] = why
        elif choice == OUT:
            unexplained.append(key)
    return decided, unexplained
