"""The one screen that `make demo` ends with."""

import json
from collections.abc import Sequence
from pathlib import Path

INDENT = " " * 13


def text(*, address: str, sign_ins: str, report: Path, headline: str, logs: Path) -> str:
    """The screen. `sign_ins` and `headline` are JSON, "" where they are not known."""
    lines = [
        "",
        "The #ThisIsDerby portal is running.",
        "",
        f"  Open       {address}",
        *sign_in_lines(sign_ins),
        *report_lines(report, headline),
        f"  Logs       {logs}/",
        "",
        "  Stop with Ctrl-C. Start over: make demo-reset. Another port: make demo PORT=8080.",
    ]
    return "\n".join(lines)


def sign_in_lines(sign_ins: str) -> list[str]:
    """A line for each role, from JSON: [password, [[role, e-mail, code], ...], seconds]."""
    try:
        password, people, seconds = json.loads(sign_ins)
    except ValueError:
        return ["  Sign in    (the demo's accounts are not known)"]
    wide = max(len(role) for role, _, _ in people)
    long = max(len(email) for _, email, _ in people)
    lines = [f"{INDENT}{role:<{wide}}  {email:<{long}}  {code}" for role, email, code in people]
    return [
        f"  Sign in    everybody's password is {password}, then the code beside",
        *lines,
        f"{INDENT}These codes are new in {seconds} seconds, each opens once: make codes",
    ]


def report_lines(report: Path, headline: str) -> list[str]:
    """Where the first report lies and, from its headline figures in JSON, what it says."""
    where = f"  Report     {report}/report.pdf, and the same as .xlsx, .csv and .html"
    try:
        figures = json.loads(headline)
        parts: Sequence[str] = (
            f"{figures['unique_participants']:,} people",
            f"{figures['attendances']:,} attendances",
            f"{float(figures['contact_hours']):,.0f} contact hours",
        )
    except (ValueError, KeyError, TypeError):
        return [where]
    return [where, INDENT + ", ".join(parts)]
